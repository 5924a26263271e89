"""What a check looks at: a mail read once, the facts from outside, and the law in force.

Everything read from the text is read at most once and only when a check asks: most mails need little of it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import cython

from meyasubako.law.reading.advertising import first_sign, weigh, whole_word
from meyasubako.law.reading.codes import text_by_code
from meyasubako.law.reading.contacts import PHONE_WORDS, Contact, find_contacts, find_phone
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.folding import fold
from meyasubako.law.reading.hidden import Visibility, visibility
from meyasubako.law.reading.mailto import mailto_links
from meyasubako.law.reading.names import Name, company_in, find_name
from meyasubako.law.reading.opt_out import Mention, Target, find_mentions, find_targets
from meyasubako.law.reading.scripts import holds_kana, is_unread
from meyasubako.law.reading.sought import Places, places_of
from meyasubako.law.schema import Place, Rule, Version
from meyasubako.law.types import Certainty, Facts, Finding, Span, Verdict
from meyasubako.mail.types import Link, Message

if TYPE_CHECKING:
    from functools import cached_property as lazy
else:
    from meyasubako.law.lazily import lazy

BULK_FIELDS = frozenset({"list-unsubscribe", "feedback-id", "x-campaign", "x-mailer-campaign"})
TEXT, UNV = Certainty.TEXT, Certainty.UNV
NOTES = {
    Certainty.SEC: ("（根拠は二次資料）", " (The rule is known from a secondary source.)"),
    UNV: (
        "（この規定は未確認であり、事実として扱わないこと）",
        " (This rule is unverified and not stated as fact.)",
    ),
}
DOUBT = ("（広告が付随的であれば不要）", " (Not required if the advertising is incidental.)")
ORDER = (TEXT, Certainty.SEC, UNV)
ACCUSING = frozenset({Verdict.BREACH, Verdict.MISSING, Verdict.WRONG_PLACE})
MOST_SAID = 64
PICTURE_TEXT = cython.declare(cython.Py_ssize_t, 40)
"""A mail with a picture and fewer letters than this says what it says in the picture."""


new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


class Matter:
    """One mail under one version of a law."""

    def __init__(self, message: Message, facts: Facts, version: Version) -> None:
        """Only what tells advertising from other mail is read at once: for most mails that is all there is to read."""
        self.message = message
        self.facts = facts
        self.version = version
        self.doubtful: frozenset[str] = frozenset()
        """Checks whose duty may not exist for this mail: they accuse nobody."""
        subject: str = message.subject or ""
        text: str = message.text
        japanese: cython.bint = holds_kana(subject) or holds_kana(text)
        self.is_japanese: bool = japanese
        """Whether subject or text holds kana."""
        self.signs = weigh(subject, text, japanese, self.leads)
        """Signs of advertising in the subject and the text."""

    def is_in_scope(self, scope: Finding) -> bool:
        """Whether the other checks are called for: advertising, or a picture whose labels must still be text."""
        if scope.verdict is Verdict.OK:
            return False
        return scope.verdict is Verdict.LIKELY or (
            self.is_picture_only and not self.version.rules["advertising"].values["consented_is_outside"]
        )

    @lazy
    def text(self) -> Folded:
        """The text a reader sees first."""
        return Folded("text", self.message.text)

    @lazy
    def views(self) -> tuple[Folded, ...]:
        """Every text a reader may see: the main one, and the visible text of the HTML beside a plain part."""
        message = self.message
        if message.plain and message.html_text and message.html_text != message.text:
            return self.text, Folded("html_text", message.html_text)
        return (self.text,)

    @lazy
    def begins(self) -> dict[str, int]:
        """About where the advertising begins in each view."""
        return {view.where: first_sign(view.folded, eastern=view.is_eastern) for view in self.views}

    @lazy
    def subject(self) -> Folded:
        """The subject; empty where there is none."""
        return Folded("subject", self.message.subject or "")

    def is_unread_script(self) -> bool:
        """Whether the text is in a script that the word lists do not cover, and holds no kana."""
        return not self.is_japanese and is_unread(self.message.text)

    @lazy
    def is_picture_only(self) -> bool:
        """Whether what the mail says is said in a picture."""
        message = self.message
        text: str = message.text
        if len(text) > 4 * PICTURE_TEXT or len("".join(text.split())) >= PICTURE_TEXT:
            return False
        return "<img" in message.html[:200_000].lower() or any(
            attachment.type.startswith("image/") for attachment in message.attachments
        )

    def leads(self) -> bool:
        """Whether the mail has links or says that it is bulk mail."""
        return bool(self.message.links) or any(map(self.message.values, BULK_FIELDS))

    def sign_spans(self) -> tuple[Span, ...]:
        """Where the signs of advertising stand: the first place of each, in the subject or else in the text."""
        spans: list[Span] = []
        at: cython.Py_ssize_t
        for word in self.signs.words:
            for view in (self.subject, self.text):
                folded: str = view.folded
                at = folded.find(word)
                if at > 0 and word.isascii():
                    at = whole_word(folded, word, at)
                if at >= 0:
                    spans.append(view.span(at, at + len(word)))
                    break
        return tuple(spans)

    @lazy
    def link_words(self) -> tuple[tuple[str, Link], ...]:
        """What each link says, folded; links that show no words left out."""
        return tuple((fold(link.text), link) for link in self.links[:200] if link.text)

    @lazy
    def said_by_links(self) -> Places:
        """Where words stand in what all links say: what is not among these stands in none of them."""
        said = "\n".join([words for words, _ in self.link_words])
        return places_of(said, eastern=not said.isascii()) if said else {}

    @lazy
    def links(self) -> tuple[Link, ...]:
        """Links of the message, and those of its HTML that write a mail."""
        written = mailto_links(self.message.html)
        return self.message.links + written if written else self.message.links

    @lazy
    def name(self) -> tuple[Folded, Name] | None:
        """The sender's name: in a text, else as the company in the From field's display name."""
        fallback: tuple[Folded, Name] | None = None
        for view in self.views:
            name = find_name(view)
            if name is not None and name.official:
                return view, name
            if name is not None and fallback is None:
                fallback = view, name
        if self.message.from_ is not None and self.message.from_.name:
            display = Folded("from", self.message.from_.name)
            if name := company_in(display.folded + "\n"):
                return display, name._replace(end=min(name.end, len(display.folded)))
        return fallback

    @lazy
    def contacts(self) -> dict[str, list[Contact]]:
        """E-mail addresses and URLs of each view."""
        return {view.where: find_contacts(view.folded) for view in self.views}

    @lazy
    def phone(self) -> tuple[Folded, Contact] | None:
        """The first telephone number."""
        for view in self.views:
            if view.where == "text" and not self.message.phones and not view.holds(PHONE_WORDS):
                continue
            if phone := find_phone(view):
                return view, phone
        return None

    @lazy
    def mentions(self) -> dict[str, list[Mention]]:
        """Wordings that speak of opting out, of each view; those inside a URL or address are no statement."""
        found: dict[str, list[Mention]] = {}
        for view in self.views:
            contacts = self.contacts[view.where]
            starts = [contact.start for contact in contacts]
            found[view.where] = [
                mention
                for mention in find_mentions(view)
                if (before := bisect_right(starts, mention.start)) == 0
                or contacts[before - 1].end <= mention.start
            ]
        return found

    @lazy
    def target(self) -> tuple[Folded, Target] | None:
        """Where an opt-out goes, the best placed of the first view that has one."""
        for view in self.views:
            contacts = self.contacts[view.where]
            if targets := find_targets(
                view, self.mentions[view.where], contacts, self.link_words, self.said_by_links
            ):
                return view, targets[0]
        return None

    @lazy
    def visibility(self) -> Visibility | None:
        """How the words of the HTML look; None where nothing in it hides."""
        return visibility(self.message.html) if self.message.html else None

    def looks(self, view: Folded, start: int, end: int) -> str:
        """How these folded characters look to the eye: shown, tiny or hidden."""
        if not self.message.html or (view.where == "text" and self.message.plain) or view.where == "from":
            return "shown"
        if self.visibility is None:
            return "shown"
        span = view.span(start, end)
        return self.visibility.of(view.source[span.start : span.end])

    @lazy
    def codes(self) -> tuple[str, str] | None:
        """Words of plain text in the message's own code and in others; None where there is only one."""
        return text_by_code(self.message)

    def is_in_other_code(self, view: Folded, start: int, end: int) -> bool:
        """Whether these folded characters stand only in a part that is in another character code than the text.

        Words in ASCII are encoded alike in every code that mail uses.
        """
        if view.where != "text" or self.codes is None:
            return False
        span = view.span(start, end)
        words = "".join(view.source[span.start : span.end].split())
        return not words.isascii() and words in self.codes[1] and words not in self.codes[0]

    def snapshot(self, url: str) -> Folded | None:
        """What an officer saw behind a link; None where nobody looked."""
        for snapshot in self.facts.snapshots:
            if fold(snapshot.url).rstrip("/") == fold(url).rstrip("/"):
                return Folded(f"snapshot:{snapshot.url}", snapshot.text)
        return None

    def finding(
        self,
        rule: Rule,
        verdict: Verdict,
        ja: str,
        en: str,
        spans: tuple[Span, ...] = (),
        place: Place | None = None,
        article: str | None = None,
    ) -> Finding:
        """A finding under a rule, or under its ``place`` where the place was wrong, or under an article of its own.

        The certainty is the weaker of the two; an unverified rule accuses nobody: the verdict becomes ``likely``, and
        the sentences say so. A sentence of a rule (``ja``) always means the same finding, so those without spans are
        made once.
        """
        if spans or self.doubtful:
            return self.new_finding(rule, verdict, ja, en, spans, place, article)
        found = rule.said.get(ja)
        if found is None:
            found = self.new_finding(rule, verdict, ja, en, spans, place, article)
            if len(rule.said) < MOST_SAID:
                rule.said[ja] = found
        return found

    def new_finding(
        self,
        rule: Rule,
        verdict: Verdict,
        ja: str,
        en: str,
        spans: tuple[Span, ...],
        place: Place | None,
        article: str | None,
    ) -> Finding:
        """A finding made anew: see ``finding``."""
        certainty = rule.certainty
        if place is not None and ORDER.index(place.certainty) > ORDER.index(certainty):
            certainty = place.certainty
        if certainty is UNV and verdict in ACCUSING:
            verdict = Verdict.LIKELY
        note_ja, note_en = NOTES[certainty] if certainty is not TEXT else ("", "")
        if self.doubtful and rule.check in self.doubtful and verdict in ACCUSING:
            verdict = Verdict.UNVERIFIABLE
            note_ja, note_en = f"{DOUBT[0]}{note_ja}", f"{DOUBT[1]}{note_en}"
        if note_ja:
            ja, en = ja + note_ja, en + note_en
        article = article or (place.article if place is not None else rule.article)
        return new(Finding, (rule.check, article, self.version.name, verdict, certainty, ja, en, spans))
