"""L1: the name of the sender, or of whoever commissioned the mail and is responsible (Act Art 4(i)).

Anywhere in the mail where it is easily seen; the From field's display name is part of what is shown. A brand or a
handle is no name: the check then answers ``cannot be verified``. So it does not say whose the name is.
"""

from __future__ import annotations

from meyasubako.law.labels import Label, absent, placed
from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict

LABEL = Label("送信者の氏名又は名称", "the sender's name")


def check(matter: Matter, rule: Rule) -> Finding:
    """Is a name shown where it may stand."""
    found = matter.name
    if found is None:
        return absent(matter, rule, LABEL)
    view, name = found
    if not name.official:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "送信者を示す語はあるが、正式な氏名又は名称かどうか確認できない",
            "A sender is named, but whether this is a full name and not a brand or handle cannot be verified.",
            (view.span(name.start, name.end),),
        )
    return placed(matter, rule, LABEL, view, name.start, name.end)
