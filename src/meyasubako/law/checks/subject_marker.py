"""The marker 未承諾広告※ at the very front of the subject, in the years that required it (Act of 2002, Art 3(i)).

Not required since 2008-12-01, so no later version has this rule. Look-alikes (末承諾広告※, without ※) were in wide
use to pass filters: the item is then not shown correctly.
"""

from __future__ import annotations

from meyasubako.law.matter import Matter
from meyasubako.law.reading.folding import fold
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict

LOOK_ALIKES = (
    "未承諾広告",
    "末承諾広告",
    "未承認広告",
    "末承認広告",
    "未承諾公告",
    "未承諾の広告",
    "非承諾広告",
)


def check(matter: Matter, rule: Rule) -> Finding:
    """Does the marker stand at the front of the subject."""
    if matter.facts.medium != rule.values["medium"]:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "件名のない通信で表示がどこに必要であったかは未確認",
            "Where the marker had to stand in a message without a subject is unverified.",
        )
    marker = fold(rule.values["marker"])
    text = matter.subject.folded
    at = text.find(marker)
    if at >= 0:
        span = (matter.subject.span(at, at + len(marker)),)
        if not text[:at].strip():
            return matter.finding(
                rule,
                Verdict.OK,
                "件名の最前部に表示がある",
                "The marker stands at the front of the subject.",
                span,
            )
        return matter.finding(
            rule,
            Verdict.WRONG_PLACE,
            "表示はあるが、件名の最前部にない",
            "The marker is there, but not at the front of the subject.",
            span,
            rule.place,
        )
    squeezed = matter.subject.squeezed
    if any(alike in squeezed for alike in LOOK_ALIKES):
        return matter.finding(
            rule,
            Verdict.BREACH,
            "表示に似た別の文字列であり、正しく表示されていない",
            "A look-alike stands in its place: the marker is not shown correctly.",
            (matter.subject.span(0, len(text)),),
        )
    return matter.finding(
        rule, Verdict.MISSING, "件名に表示がない", "The marker is missing from the subject."
    )
