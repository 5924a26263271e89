"""What the label checks share: whether a label that was found may stand where it stands, and links to other places."""

from __future__ import annotations

from typing import NamedTuple

import cython

from meyasubako.law.matter import Matter
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Vocabulary
from meyasubako.law.schema import Rule, Where
from meyasubako.law.types import Finding, Verdict

HEAD_LINES = cython.declare(cython.Py_ssize_t, 12)
"""Lines with words that a block of labels before the body may take where no advertising word shows where that begins."""
POINTER_GAP = cython.declare(cython.Py_ssize_t, 120)


class Label(NamedTuple):
    """What a label is called in the two languages."""

    ja: str
    en: str


class Pointer(NamedTuple):
    """A sign that says where outside the mail something stands: its words (folded offsets) and the URL."""

    view: Folded
    start: int
    end: int
    url: str


def placed(matter: Matter, rule: Rule, label: Label, view: Folded, start: int, end: int) -> Finding:
    """The finding for a label that stands at these folded offsets: correct, to be seen, and where it may stand."""
    assert rule.place is not None
    spans = (view.span(start, end),)
    where = rule.place.where
    if rule.check in matter.facts.incorrect:
        return matter.finding(
            rule,
            Verdict.BREACH,
            f"{label.ja}が表示されているが、調査により正しくないことが判明している",
            f"It shows {label.en}, but an investigation found it untrue.",
            spans,
        )
    if rule.place.same_code and matter.is_in_other_code(view, start, end):
        return matter.finding(
            rule,
            Verdict.WRONG_PLACE,
            f"{label.ja}があるが、通信文と異なる文字コードで表示されている",
            f"It has {label.en}, but in another character code than the text of the mail.",
            spans,
            rule.place,
            rule.place.same_code,
        )
    look = matter.looks(view, start, end)
    seen = where is not Where.ANYWHERE
    if look == "hidden":
        return matter.finding(
            rule,
            Verdict.WRONG_PLACE if seen else Verdict.LIKELY,
            f"{label.ja}があるが、背景と同じ色、極小の文字等により見えない",
            f"It has {label.en}, but unseen: in the colour of the ground, without size, or not displayed.",
            spans,
            rule.place,
        )
    if look == "tiny" and seen:
        return matter.finding(
            rule,
            Verdict.LIKELY,
            f"{label.ja}があるが、文字が極めて小さく容易に認識できないおそれがある",
            f"It has {label.en}, but in type so small that it is hardly recognised with ease.",
            spans,
            rule.place,
        )
    if where is Where.BEFORE_BODY and not before_body(matter, view, start):
        return matter.finding(
            rule,
            Verdict.WRONG_PLACE,
            f"{label.ja}があるが、通信文より前にない",
            f"It has {label.en}, but not before the body.",
            spans,
            rule.place,
        )
    return matter.finding(rule, Verdict.OK, f"{label.ja}が表示されている", f"It shows {label.en}.", spans)


def absent(matter: Matter, rule: Rule, label: Label) -> Finding:
    """The finding for a label that was not found in the text."""
    if matter.is_picture_only and rule.place is not None and rule.place.same_code:
        return matter.finding(
            rule,
            Verdict.MISSING,
            f"{label.ja}が文字で表示されていない（画像中の表示では足りない）",
            f"It does not show {label.en} as text (a picture is not enough).",
            (),
            rule.place,
            rule.place.same_code,
        )
    return matter.finding(
        rule, Verdict.MISSING, f"{label.ja}が表示されていない", f"It does not show {label.en}."
    )


def before_body(matter: Matter, view: Folded, start: int) -> bool:
    """Whether a place lies before the body: before the advertising begins, else within the first lines."""
    if view.where == "from":
        return True
    begins = matter.begins[view.where]
    if begins < len(view.folded):
        return start <= begins
    return len(list(filter(str.strip, view.folded[:start].splitlines()))) <= HEAD_LINES


def find_pointer_to(matter: Matter, words: Vocabulary) -> Pointer | None:
    """Words that name where something stands, with a link in them or right after them; None where there are none."""
    at: cython.Py_ssize_t
    for text, link in matter.link_words if words.found_in(matter.said_by_links) else ():
        if words.stands_in(text):
            for view in matter.views:
                at = view.folded.find(text)
                if at >= 0:
                    return Pointer(view, at, at + len(text), link.url)
    for view in matter.views:
        for start, end in view.find_words(words, 4):
            for contact in matter.contacts[view.where]:
                if contact.kind == "url" and 0 <= contact.start - end <= POINTER_GAP:
                    return Pointer(view, start, contact.end, contact.value)
    return None


def behind_link(matter: Matter, rule: Rule, label: Label, pointer: Pointer, *, shown: bool | None) -> Finding:
    """The finding for a label that stands outside the mail; ``shown``: an officer's snapshot has it, None: no snapshot."""
    spans = (pointer.view.span(pointer.start, pointer.end),)
    if shown is None:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            f"{label.ja}はリンク先にあるとされ、電子メールからは確認できない",
            f"It says that {label.en} stands behind a link; this cannot be verified from the mail.",
            spans,
        )
    if shown:
        return matter.finding(
            rule,
            Verdict.OK,
            f"{label.ja}がリンク先（保存された写し）に表示されている",
            f"The page behind the link (a snapshot) shows {label.en}.",
            spans,
        )
    return matter.finding(
        rule,
        Verdict.MISSING,
        f"{label.ja}がリンク先（保存された写し）にも表示されていない",
        f"Neither the mail nor the page behind its link (a snapshot) shows {label.en}.",
        spans,
    )
