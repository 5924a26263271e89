"""L3: the statement that one may opt out by mail to that address or through that URL (Ordinance Art 9(i)).

Immediately before or after L2. If one can opt out by mailing the very address the mail came from, anywhere in the mail
where it is easily seen.
"""

from __future__ import annotations

import cython

from meyasubako.law.labels import Label, absent, placed
from meyasubako.law.matter import Matter
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.opt_out import Mention, Target
from meyasubako.law.schema import Rule, Where
from meyasubako.law.types import Finding, Verdict

LABEL = Label("受信拒否の通知ができる旨", "the statement that one may opt out")


def check(matter: Matter, rule: Rule) -> Finding:
    """Is the statement there, and does it stand beside the address it speaks of."""
    found = matter.target
    if found is None:
        return unaddressed(matter, rule) or absent(matter, rule, LABEL)
    view, target = found
    mention = nearest(matter.mentions[view.where], target)
    if mention is None:
        return absent(matter, rule, LABEL)
    shown = placed(matter, rule, LABEL, view, mention.start, mention.end)
    if shown.verdict is not Verdict.OK or target.is_adjacent or may_stand_anywhere(matter, rule, target):
        return shown
    return apart(matter, rule, view, mention, target)


def unaddressed(matter: Matter, rule: Rule) -> Finding | None:
    """Opting out is spoken of, but no address stands near."""
    for view in matter.views:
        for mention in matter.mentions[view.where]:
            return matter.finding(
                rule,
                Verdict.MISSING,
                "受信拒否に触れているが、通知先が示されておらず、通知ができる旨の表示とならない",
                "It speaks of opting out, but names no address or URL for it: that is no statement that one may.",
                (view.span(mention.start, mention.end),),
            )
    return None


def nearest(mentions: list[Mention], target: Target) -> Mention | None:
    """The mention nearest the address."""
    best: Mention | None = None
    gap: cython.Py_ssize_t
    least: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t = target.start
    end: cython.Py_ssize_t = target.end
    for mention in mentions:
        gap = max(mention.start - end, start - mention.end)
        if best is None or gap < least:
            best, least = mention, gap
    return best


def may_stand_anywhere(matter: Matter, rule: Rule, target: Target) -> bool:
    """Whether the law of the day asks no neighbourhood, or excuses it because a reply is enough."""
    assert rule.place is not None
    if rule.place.where is not Where.BESIDE_OPT_OUT:
        return True
    sender = matter.message.from_
    is_reply = target.kind == "reply" or (
        target.kind == "address" and sender is not None and sender.address.lower() in target.value.lower()
    )
    return rule.place.reply_exception and is_reply


def apart(matter: Matter, rule: Rule, view: Folded, mention: Mention, target: Target) -> Finding:
    """The statement and the address stand apart."""
    return matter.finding(
        rule,
        Verdict.WRONG_PLACE,
        f"{LABEL.ja}の表示が通知先の直前又は直後にない",
        f"It has {LABEL.en}, but not immediately before or after the address for it.",
        (view.span(mention.start, mention.end), view.span(target.start, target.end)),
        rule.place,
    )
