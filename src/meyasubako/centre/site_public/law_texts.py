"""The law's own words for the pages: checks, verdicts, certainties and articles in the page's language.

What a check looks at is said here for readers; its rule in each version comes from the law's data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meyasubako.law.checks import CHECKS
from meyasubako.law.regimes import load_regime
from meyasubako.law.schema import Rule, Version
from meyasubako.law.types import Certainty, Verdict
from meyasubako.law.words import CERTAINTY_WORDS, CHECK_WORDS, SCOPE_WORDS, VERDICT_WORDS, Words, article_said

REGIME = "jp"
SCOPE = "advertising"
CHECK_NAMES = tuple(CHECKS)
LOOKS_AT = {
    "advertising": _(
        "Whether the mail advertises the sender's own or another's business, so that the Act applies."
    ),
    "incidental": _(
        "Whether advertising is only added to a mail sent for another reason, which fewer duties bind."
    ),
    "consent": _(
        "On what ground the recipient could be mailed. A monitor mailbox never consented; what anybody else "
        "agreed to cannot be told from the mail."
    ),
    "sent_after_opt_out": _("Whether the mail came after the recipient had asked to be left alone."),
    "subject_marker": _("Whether the subject bears the marker that was owed until 2008, in the right place."),
    "label_name": _("Whether the mail names who answers for sending it, where it is easily seen."),
    "label_opt_out": _("Whether the mail gives an address or a link by which to refuse further mail."),
    "label_opt_out_notice": _(
        "Whether the mail says, beside that address, that further mail can be refused."
    ),
    "label_postal_address": _("Whether the mail, or a page it links to, gives the sender's postal address."),
    "label_contact": _(
        "Whether the mail, or a page it links to, gives a contact for complaints and questions."
    ),
    "label_sender_address": _("Whether the mail shows the address it was sent from."),
    "forged_sender": _("Whether the sending address or the signs of the sending equipment were forged."),
    "fictitious_address": _("Whether the mail went to an address that a program made up and nobody uses."),
}


def _said(words: Words) -> str:
    return words.en if get_language() == "en" else words.ja


def check_text(check: str) -> str:
    """A check's name for people; its own name where the law's data no longer knows it."""
    words = CHECK_WORDS.get(check)
    return check if words is None else _without_marker(_said(words))


def _without_marker(text: str) -> str:
    """On English pages the marker of old is described, not shown."""
    return text.replace("未承諾広告※", "(2002-2008)") if get_language() == "en" else text


@dataclass(frozen=True, slots=True)
class CheckTitle:
    """A check's name as a text in whichever language it is shown."""

    check: str

    def __str__(self) -> str:
        return check_text(self.check)


def verdict_text(check: str, verdict: str) -> str:
    """What a check saw, in words; ``advertising`` has words of its own, since it accuses nobody."""
    try:
        known = Verdict(verdict)
    except ValueError:
        return verdict
    return _said(SCOPE_WORDS.get(known, VERDICT_WORDS[known]) if check == SCOPE else VERDICT_WORDS[known])


def certainty_text(certainty: str) -> str:
    """How well a rule is known, in words."""
    try:
        return _said(CERTAINTY_WORDS[Certainty(certainty)])
    except ValueError:
        return certainty


def article_text(article: str) -> str:
    """An article as it is cited in the page's language."""
    return article_said(article, english=get_language() == "en")


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """The rule behind a check in one version of the law, as the page shows it."""

    name: str
    title: str
    first: date
    last: date | None
    article: str
    place: str
    certainty: str
    certainty_text: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a check looks at, and its rule in every version that has one, newest first."""

    check: str
    looks_at: str
    versions: tuple[RuleVersion, ...]


def explanation(check: str) -> Explanation:
    """The explanation of a check in the page's language. Raises LawDataError where the law's data breaks its schema."""
    regime = load_regime(REGIME)
    versions = [
        _rule_version(version, version.rules[check], regime.last_day(version))
        for version in reversed(regime.versions)
        if check in version.rules
    ]
    return Explanation(check, str(LOOKS_AT.get(check, "")), tuple(versions))


def _rule_version(version: Version, rule: Rule, last: date | None) -> RuleVersion:
    source = version.sources[rule.source]
    english = get_language() == "en"
    return RuleVersion(
        name=version.name,
        title=version.title_en if english else version.title_ja,
        first=version.day,
        last=last,
        article=article_text(rule.article),
        place=article_text(rule.place.article) if rule.place else "",
        certainty=rule.certainty.value,
        certainty_text=certainty_text(rule.certainty.value),
        source=f"{source.title} ({source.seen})" if english else f"{source.title_ja}（{source.seen_ja}）",
        note=rule.note if english else rule.note_ja,
    )
