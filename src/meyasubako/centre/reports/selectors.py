"""What may be seen of reports and petitions, by whom; values, never rows. Nothing here opens what is sealed.

The centre and the two authorities see every report, others those of their own organisation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from meyasubako.centre.accounts.permissions import can_file_reports, check_can_read_reports
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports.domain.receipts import read_number, secret_hash
from meyasubako.centre.reports.domain.states import Action, Actor, State, actions
from meyasubako.centre.reports.models import (
    ErasureRequest,
    OuterMail,
    OutgoingMail,
    Petition,
    PetitionNotice,
    Report,
    ReporterIdentity,
    ReportMail,
    Statement,
)
from meyasubako.centre.reports.services.withdrawing import UnknownLinkError
from meyasubako.centre.reports.types import (
    MailSeen,
    MonthCount,
    OutcomeSeen,
    PetitionTracking,
    ReportDetail,
    ReportRow,
    StepSeen,
    Tracking,
)

SEES_ALL = frozenset({"centre", "mic", "caa"})
MAIL_COLUMNS = (
    "position", "place", "how", "sha256", "size", "arrival_id", "lost", "delivered_at", "erased_at", "campaign",
)  # fmt: skip


class Page(NamedTuple):
    """Reports of one page and how many there are in all."""

    rows: tuple[ReportRow, ...]
    total: int


def reports_of(viewer: Viewer) -> QuerySet[Report]:
    """The reports a viewer may know of. Raises Denied."""
    check_can_read_reports(viewer)
    reports = Report.objects.all()
    if viewer.is_system or viewer.organisation_kind in SEES_ALL:
        return reports
    return reports.filter(organisation_id=viewer.organisation_id)


def report_page(
    viewer: Viewer,
    *,
    state: str | None = None,
    kind: str | None = None,
    channel: str | None = None,
    held_reason: str | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    first: int = 0,
    size: int = 50,
    oldest_first: bool = False,
) -> Page:
    """Reports by what is given, newest first."""
    wanted = {
        "state": state,
        "kind": kind,
        "channel": channel,
        "held_reason": held_reason,
        "day__gte": received_from,
        "day__lte": received_to,
    }
    found = reports_of(viewer).filter(**{name: value for name, value in wanted.items() if value is not None})
    order = ("received_at", "id") if oldest_first else ("-received_at", "-id")
    rows = found.order_by(*order)[first : first + size]
    return Page(tuple(map(_row, rows)), found.count())


def state_counts(viewer: Viewer) -> dict[str, int]:
    """How many reports are in each state; every state is named."""
    counted = reports_of(viewer).order_by().values_list("state").annotate(count=Count("pk"))
    return {**dict.fromkeys((state.value for state in State), 0), **dict(counted)}


def held_counts(viewer: Viewer) -> dict[str, int]:
    """How many reports are held for each reason."""
    held = reports_of(viewer).filter(state=State.HELD.value).order_by()
    return dict(held.values_list("held_reason").annotate(count=Count("pk")))


def report_of_number(viewer: Viewer, number: str) -> ReportRow | None:
    """The report with a number that was typed or dictated; None where there is none."""
    read = read_number(number)
    found = reports_of(viewer).filter(number=read).first() if read else None
    return None if found is None else _row(found)


def report_detail(viewer: Viewer, report_id: int) -> ReportDetail | None:
    """Everything of a report but the person; None where the viewer has none such."""
    report = (
        reports_of(viewer)
        .annotate(
            has_outer=Exists(OuterMail.objects.filter(report=OuterRef("pk"))),
            has_statement=Exists(Statement.objects.filter(report=OuterRef("pk"))),
            has_identity=Exists(ReporterIdentity.objects.filter(report=OuterRef("pk"))),
        )
        .filter(pk=report_id)
        .first()
    )
    if report is None:
        return None
    outgoing = list(OutgoingMail.objects.filter(report=report).values_list("purpose", "state", "reason"))
    files = can_file_reports(viewer)
    return ReportDetail(
        row=_row(report),
        language=report.language,
        erased_at=report.erased_at,
        steps=_steps(report, accounts=files),
        outcomes=_outcomes(report),
        mails=report_mails(viewer, report_id),
        authentication=OuterMail.objects.filter(report=report)
        .values_list("auth_spf", "auth_dkim", "auth_dmarc")
        .first(),
        acknowledged=next(((state, why) for purpose, state, why in outgoing if purpose != "answer"), None),
        answers=sum(1 for purpose, _, _ in outgoing if purpose == "answer"),
        erasure=ErasureRequest.objects.filter(report=report).values_list("state", flat=True).first(),
        actions=_possible(report, has_outer=report.has_outer) if files else (),
        has_outer_mail=report.has_outer,
        has_statement=report.has_statement,
        has_identity=report.has_identity,
    )


def report_mails(viewer: Viewer, report_id: int) -> tuple[MailSeen, ...]:
    """The mails of a report, without their bytes."""
    reports = reports_of(viewer).filter(pk=report_id)
    rows = ReportMail.objects.filter(report__in=reports).order_by("position").values(*MAIL_COLUMNS)
    return tuple(MailSeen(**{**row, "lost": tuple(row["lost"])}) for row in rows)


def reports_of_arrivals(viewer: Viewer, arrival_ids: list[str]) -> dict[str, int]:
    """The report that each of these arrivals came in, by arrival."""
    reports = reports_of(viewer)
    rows = ReportMail.objects.filter(arrival_id__in=arrival_ids, report__in=reports)
    return dict(rows.values_list("arrival_id", "report_id"))


def erasure_requests(viewer: Viewer) -> tuple[ReportRow, ...]:
    """Reports whose evidence a reporter wants erased and nobody has decided on."""
    wanted = reports_of(viewer).filter(erasure__state=ErasureRequest.State.REQUESTED)
    return tuple(map(_row, wanted.order_by("erasure__requested_at", "pk")))


def tracking(secret: str) -> Tracking:
    """What the holder of a link sees of a report. Raises UnknownLinkError."""
    report = Report.objects.filter(link_hash=secret_hash(secret)).first()
    if report is None:
        raise UnknownLinkError
    return Tracking(
        report_id=report.pk,
        number=report.number,
        kind=report.kind,
        channel=report.channel,
        state=report.state,
        received_at=report.received_at,
        mails=report.mails,
        delivered=report.held_mails.filter(delivered_at__isnull=False).count(),
        steps=_steps(report, accounts=False),
        outcomes=_outcomes(report),
        erased_at=report.erased_at,
        erasure=ErasureRequest.objects.filter(report=report).values_list("state", flat=True).first(),
    )


def petition_tracking(secret: str) -> PetitionTracking:
    """What the holder of a link sees of a petition. Raises UnknownLinkError."""
    petition = Petition.objects.filter(link_hash=secret_hash(secret)).first()
    if petition is None:
        raise UnknownLinkError
    return PetitionTracking(
        number=petition.number,
        petitioner=petition.petitioner,
        matters=tuple(petition.matters),
        addressees=petition.addressees,
        notified=tuple(petition.notices.values_list("organisation__kind", "sent_at")),
        received_at=petition.received_at,
        investigate_by=petition.investigate_by,
        investigated_at=petition.investigated_at,
    )


def petitions_of(viewer: Viewer) -> QuerySet[Petition]:
    """Petitions a viewer may know of: the centre all, an authority those made or notified to it, a carrier its own."""
    petitions = Petition.objects.order_by("-received_at", "-id")
    if viewer.is_system or viewer.organisation_kind == "centre":
        check_can_read_reports(viewer)
        return petitions
    mine = Q(organisation_id=viewer.organisation_id) | Q(made_by_id=viewer.organisation_id)
    if viewer.organisation_kind in ("mic", "caa"):
        check_can_read_reports(viewer)
        told = PetitionNotice.objects.filter(petition=OuterRef("pk"), organisation_id=viewer.organisation_id)
        return petitions.filter(mine | Exists(told) | Q(**{f"to_{viewer.organisation_kind}": True}))
    return petitions.filter(mine)


def month_counts() -> tuple[MonthCount, ...]:
    """Reports by the month in Japan in which the centre received them (S1), oldest first.

    A report counts once it was taken, and stays counted when it is withdrawn or erased; what lies in the holding pen
    (a bounce, a notice) counts when an officer files it. ``without_mail`` are those that hold none (an SMS, a text).
    """
    counted = (
        Report.objects.filter(counted=True)
        .order_by()
        .values("day__year", "day__month", "kind", "channel")
        .annotate(
            reports=Count("pk"),
            without=Count("pk", filter=Q(mails=0)),
            outside=Count("pk", filter=Q(delivered=False)),
        )
    )
    reports: Counter[str] = Counter()
    without: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    channels: dict[str, Counter[str]] = defaultdict(Counter)
    for row in counted:
        month = f"{row['day__year']:04d}-{row['day__month']:02d}"
        reports[month] += row["reports"]
        without[month] += row["without"]
        outside[month] += row["outside"]
        kinds[month][row["kind"]] += row["reports"]
        channels[month][row["channel"]] += row["reports"]
    return tuple(
        MonthCount(
            month, reports[month], without[month], outside[month], dict(kinds[month]), dict(channels[month])
        )
        for month in sorted(reports)
    )


def _possible(report: Report, *, has_outer: bool) -> tuple[str, ...]:
    """What an officer can do: only what has its outer mail still can be taken apart again."""
    possible = actions(State(report.state), Actor.OFFICER)
    return tuple(one.value for one in possible if has_outer or one is not Action.RERUN)


def _row(report: Report) -> ReportRow:
    return ReportRow(
        report_id=report.pk,
        number=report.number,
        kind=report.kind,
        channel=report.channel,
        state=report.state,
        received_at=report.received_at,
        mails=report.mails,
        wrapped_as=report.wrapped_as,
        held_reason=report.held_reason,
    )


def _steps(report: Report, *, accounts: bool) -> tuple[StepSeen, ...]:
    rows = report.steps.values_list("at", "action", "actor", "state", "reason", "account_id")
    return tuple(StepSeen(*row[:5], row[5] if accounts else None) for row in rows)


def _outcomes(report: Report) -> tuple[OutcomeSeen, ...]:
    return tuple(OutcomeSeen(*row) for row in report.outcomes.values_list("at", "outcome", "reference"))
