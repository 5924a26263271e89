"""What officers do to reports, one or many: each act is one call of one service, which checks and records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.reports.domain.states import ImpossibleError
from meyasubako.centre.reports.models import Report
from meyasubako.centre.reports.selectors import reports_of
from meyasubako.centre.reports.services import holding
from meyasubako.centre.reports.types import SubmittedMail
from meyasubako.errors import UnavailableError

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: the act, and what it needs."""

    act: str
    kind: Kind = Kind.UNSORTED
    text: str = ""
    mails: Sequence[SubmittedMail] = ()


def _rerun(report_id: int, _order: Order, by: Viewer, now: datetime) -> None:
    holding.report_rerun(report_id=report_id, by=by, now=now)


def _refile(report_id: int, order: Order, by: Viewer, now: datetime) -> None:
    holding.report_refile(report_id=report_id, mails=order.mails, kind=order.kind, by=by, now=now)


def _sort(report_id: int, order: Order, by: Viewer, now: datetime) -> None:
    holding.report_sort(report_id=report_id, kind=order.kind, by=by, now=now)


def _close(report_id: int, _order: Order, by: Viewer, now: datetime) -> None:
    holding.report_close(report_id=report_id, by=by, now=now)


def _hold(report_id: int, _order: Order, by: Viewer, now: datetime) -> None:
    holding.report_hold(report_id=report_id, by=by, now=now)


def _reopen(report_id: int, _order: Order, by: Viewer, now: datetime) -> None:
    holding.report_reopen(report_id=report_id, by=by, now=now)


def _answer(report_id: int, order: Order, by: Viewer, now: datetime) -> None:
    holding.report_answer(report_id=report_id, text=order.text, by=by, now=now)


ACTS: dict[str, Callable[[int, Order, Viewer, datetime], None]] = {
    "rerun": _rerun,
    "refile": _refile,
    "sort": _sort,
    "close": _close,
    "hold": _hold,
    "reopen": _reopen,
    "answer": _answer,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order: how many reports it was done to, and the numbers of the others with the reason."""

    done: int
    refused: list[tuple[str, str]]


def carry_out(order: Order, report_ids: Sequence[int], *, by: Viewer, now: datetime) -> Done:
    """Do it to each report the viewer may know of. One that cannot be done stops no other. Raises Denied."""
    numbers = dict(reports_of(by).filter(pk__in=report_ids[:MOST_AT_ONCE]).values_list("pk", "number"))
    done, refused = 0, []
    for report_id in sorted(numbers):
        reason = problem(order, report_id, by, now)
        if reason is None:
            done += 1
        else:
            refused.append((numbers[report_id], reason))
    return Done(done, refused)


def problem(order: Order, report_id: int, by: Viewer, now: datetime) -> str | None:
    """Do it to one report; why it could not be done, in the page's language, or None. Raises Denied."""
    try:
        ACTS[order.act](report_id, order, by, now)
    except ImpossibleError:
        return _("The state of this report does not allow it.")
    except holding.NotAnswerableError:
        return _("There is no address to answer to.")
    except UnavailableError:
        return _("No mail relay is set up: nothing can be sent.")
    except Report.DoesNotExist:
        return _("There is no such report.")
    return None
