"""Many mails observed stage by stage: a group of them is parsed, then where each came from is found, and so on.

A processor whose caches hold the code and the tables of one stage reads mail a fifth faster than one that takes every
mail through all of them. This is the edge where one mail must not stop the others: whatever goes wrong in one, and
however long it takes, becomes a defect of that mail.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from types import FrameType
from typing import Any, TypeVar

from meyasubako.analysis.context import SECONDS_A_MAIL, Context
from meyasubako.analysis.observe import (
    SenderSeen,
    as_fact,
    as_row,
    find_mail_origin,
    judge_mail,
    observe_nothing,
    see_sender,
)
from meyasubako.analysis.schema import Observation
from meyasubako.analysis.types import Envelope
from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.law.types import Finding
from meyasubako.mail.language import language_of
from meyasubako.mail.parse import parse
from meyasubako.mail.types import Defect, Message
from meyasubako.origin.types import Origin
from meyasubako.sender import Answers

TOO_SLOW = "analysis-too-slow"
FAILED = "analysis-failed"
GROUP = 64
"""Mails that go through the stages together: what was read of them stays in memory so long."""
TICK = 1.0
"""Seconds after which it is looked again whether a mail has had its time: no call a mail, and none is cut short."""


class TooSlowError(Exception):
    """One stage took longer than ``SECONDS_A_MAIL`` with one mail."""


@contextmanager
def time_cap() -> Iterator[Callable[[float], object]]:
    """Yield a function that (re)starts the clock of one mail; 0 stops it.

    The clock is the process's own alarm, so it works in the main thread, which is where worker processes run.
    Elsewhere it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda _seconds: None
        return
    end = 0.0

    def restart(seconds: float) -> None:
        nonlocal end
        end = time.monotonic() + seconds if seconds else 0.0

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if end and time.monotonic() >= end:
            raise TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        yield restart
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Case:
    """One mail on its way: what came in, and what each stage adds. ``defect`` says why there is no ``row``."""

    __slots__ = (
        "answers", "defect", "envelope", "judged", "language", "mail", "origin", "raw", "row", "sender", "sketch",
    )  # fmt: skip

    mail: Message
    origin: Origin
    sender: SenderSeen | None
    judged: tuple[date, str, tuple[Finding, ...]]
    language: str | None
    sketch: bytes
    row: Observation

    def __init__(
        self,
        envelope: Envelope,
        raw: bytes,
        answers: list[dict[str, Any]] | None = None,
        *,
        defect: Defect | None = None,
    ) -> None:
        """``answers`` are rows of ``dns_answers``, None where the DNS was not asked; a ``defect`` ends the way here."""
        self.envelope = envelope
        self.raw = raw
        self.answers = answers
        self.defect = defect


One = TypeVar("One", bound=Case)
Stage = Callable[[One, Context], None]


def observe_each(
    cases: Iterable[One], context: Context, *, dating: Stage[One] | None = None
) -> Iterator[One]:
    """Take cases through the stages; each comes back, in order, with its ``row`` or its ``defect``.

    ``dating`` may put another ``envelope`` in the place of a case's own once its mail and its origin are known.
    """
    stages: list[Stage[One]] = [_read, _locate, _authenticate, _judge, _sketch, _put_down]
    if dating is not None:
        stages.insert(2, dating)
    left = iter(cases)
    with time_cap() as restart:
        while group := list(islice(left, GROUP)):
            for stage in stages:
                _run(stage, group, context, restart)
            yield from group


def row_of(case: Case, context: Context) -> Observation:
    """The row of a case that has been through the stages, whatever came of it."""
    if case.defect is None:
        return case.row
    return observe_nothing(case.envelope, context, len(case.raw), case.defect)


def _run(
    stage: Stage[One], cases: Sequence[One], context: Context, restart: Callable[[float], object]
) -> None:
    """Take the cases that nothing was wrong with through one stage."""
    for case in cases:
        if case.defect is not None:
            continue
        try:
            restart(SECONDS_A_MAIL)
            stage(case, context)
            restart(0)
        except TooSlowError:
            restart(0)
            case.defect = Defect(TOO_SLOW, "analysis")
        except Exception as error:  # noqa: BLE001 - a mistake of ours about one mail must not lose the others
            restart(0)
            case.defect = Defect(FAILED, "analysis", type(error).__name__)


def _read(case: Case, _context: Context) -> None:
    case.mail = parse(case.raw)


def _locate(case: Case, context: Context) -> None:
    case.origin = find_mail_origin(case.mail, case.envelope, context)


def _authenticate(case: Case, _context: Context) -> None:
    answers = Answers.from_rows(case.answers) if case.answers is not None else None
    case.sender = see_sender(case.mail, case.envelope, case.origin, answers)


def _judge(case: Case, context: Context) -> None:
    case.judged = judge_mail(case.mail, case.envelope, context, as_fact(case.sender, case.origin))


def _sketch(case: Case, _context: Context) -> None:
    case.language = language_of(case.mail.text or case.mail.subject or "")
    case.sketch = fingerprint(case.mail.text)


def _put_down(case: Case, context: Context) -> None:
    case.row = as_row(
        case.mail, case.envelope, context, case.origin, case.sender, case.judged, case.language, case.sketch
    )
