"""Whether the mail was sent against a wish not to be mailed (Act Art 3(3), Ordinance Art 5).

Three mails and their order: the first one received, the wish that answered it, and this one. A wish may cover
everything, certain matter, or a certain period. Japan's text knows no days of grace; others do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meyasubako.law.matter import Matter
from meyasubako.law.reading.folding import fold
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, OptOut, Span, Verdict


def check(matter: Matter, rule: Rule) -> Finding | None:
    """Was it sent against the wish on record; None where none is."""
    wish = matter.facts.opt_out
    if wish is None:
        return None
    sent = matter.facts.sent_at or matter.message.date
    if sent is None or (
        wish.first_received_at is not None and aware(wish.first_received_at) > aware(wish.notified_at)
    ):
        return unverifiable(
            matter, rule, "三通の順序が確認できない", "The order of the three mails is not shown."
        )
    sent, notified = aware(sent), aware(wish.notified_at)
    if sent <= honoured_from(notified, rule.values["grace_business_days"]):
        return matter.finding(
            rule,
            Verdict.OK,
            "拒否の通知より前、又は対応に認められる期間内に送信されている",
            "It was sent before the opt-out, or within the time allowed to honour it.",
        )
    if (
        wish.until is not None
        and "period" in rule.values["scopes"]
        and sent.astimezone(matter.version.zone).date() > wish.until
    ):
        return matter.finding(
            rule,
            Verdict.OK,
            "拒否の期間は満了している",
            "The period of the opt-out was over.",
        )
    return scope(matter, rule, wish)


def scope(matter: Matter, rule: Rule, wish: OptOut) -> Finding:
    """The order holds: does the wish cover this mail, and is it this sender's."""
    limits = {"subject": bool(wish.subjects), "period": wish.until is not None}
    if any(set_ and limit not in rule.values["scopes"] for limit, set_ in limits.items()):
        return unverifiable(
            matter, rule, "限定付きの拒否が当時認められていたかは確認できない",
            "Whether a limited opt-out was known to the law of the day cannot be verified.",
        )  # fmt: skip
    spans = subject_spans(matter, wish.subjects)
    if wish.subjects and not spans:
        return unverifiable(
            matter, rule, "拒否された事項に関する電子メールかどうか確認できない",
            "Whether it concerns the matter that was refused cannot be verified.",
        )  # fmt: skip
    same = same_sender(matter, wish)
    if same is False:
        return unverifiable(
            matter, rule, "拒否の通知を受けた者と同じ送信者かどうか確認できない",
            "Whether it comes from the sender who was notified cannot be verified.",
        )  # fmt: skip
    if wish.proven and same:
        return matter.finding(
            rule,
            Verdict.BREACH,
            "拒否の通知の後に、その意思に反して送信されている",
            "It was sent after the opt-out and against it.",
            spans,
        )
    return matter.finding(
        rule,
        Verdict.LIKELY,
        "拒否の通知の後に送信されたと申し立てられている（通知の写し又は同一送信者の確認がない）",
        "It is said to have been sent after an opt-out (no copy of the notice, or not shown to be the same sender).",
        spans,
    )


def unverifiable(matter: Matter, rule: Rule, ja: str, en: str) -> Finding:
    """The chain does not show it either way."""
    return matter.finding(rule, Verdict.UNVERIFIABLE, ja, en)


def aware(moment: datetime) -> datetime:
    """A naive time is taken as UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def honoured_from(notified: datetime, business_days: int) -> datetime:
    """Until when mail may still be under way: so many business days (Monday to Friday) after the notice."""
    moment, left = notified, business_days
    while left > 0:
        moment += timedelta(days=1)
        left -= moment.weekday() < 5
    return moment


def subject_spans(matter: Matter, subjects: tuple[str, ...]) -> tuple[Span, ...]:
    """Where the refused matter is named in this mail."""
    found: list[Span] = []
    for subject in subjects:
        wanted = fold(subject)
        for folded in (matter.subject, matter.text):
            at = folded.folded.find(wanted) if wanted else -1
            if at >= 0:
                found.append(folded.span(at, at + len(wanted)))
    return tuple(found)


def same_sender(matter: Matter, wish: OptOut) -> bool | None:
    """Whether both mails come from one domain or a part of it; None where it is not known."""
    if wish.first_from is None or matter.message.from_ is None:
        return None
    first, now = wish.first_from.lower().rpartition("@")[2], matter.message.from_.domain
    if not first or not now:
        return None
    return first == now or first.endswith("." + now) or now.endswith("." + first)
