"""A session driven from bytes to its end, and what holds for any bytes, however they are cut."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import NamedTuple

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.limits import Limits
from meyasubako.receivers.smtp.protocol import (
    Delivery,
    Dialect,
    Event,
    MailBegins,
    Recipient,
    Session,
)

TIGHT = Limits(
    size=200,
    header=60,
    command_line=80,
    text_line=40,
    path=30,
    recipients=3,
    refused=4,
    idle_commands=12,
    errors=4,
)
_LINE = re.compile(rb"[2-5]\d\d[ -][\x20-\x7e]*\r\n")


class Run(NamedTuple):
    """What came out of a session: every event, everything it said, and the most bytes it held."""

    events: list[Event]
    output: bytes
    held: int

    @property
    def mails(self) -> list[bytes]:
        """The mails it took."""
        return [event.raw for event in self.events if isinstance(event, Delivery)]

    @property
    def codes(self) -> list[int]:
        """The code of each reply, the greeting's first."""
        return [int(line[:3]) for line in self.output.splitlines() if line[3:4] == b" "]


def drive(pieces: Iterable[bytes], session: Session | None = None) -> Run:
    """Feed a session; senders named full@ and recipients named no@ are refused, everything else is taken."""
    session = session or Session("mx.example.org")
    run = Run([], session.take_output(), 0)
    for piece in pieces:
        session.receive(piece)
        while (event := session.next_event()) is not None:
            run.events.append(event)
            match event:
                case MailBegins(sender):
                    refused = sender.address.startswith("full@")
                    session.answer(replies.NO_ROOM if refused else replies.SENDER_OK)
                case Recipient(address):
                    refused = address.startswith("no@")
                    session.answer(replies.UNKNOWN_RECIPIENT if refused else replies.RECIPIENT_OK)
                case Delivery():
                    session.answer(replies.ACCEPTED)
        run = run._replace(held=max(run.held, session.held), output=run.output + session.take_output())
    return run


def check(data: bytes, cuts: Iterable[int], limits: Limits, dialect: Dialect) -> None:
    """Any bytes: nothing is raised, the cuts change nothing, no cap is passed, every reply is a line."""
    whole = drive([data], Session("mx.example.org", dialect, limits, tls_offered=True, forwards=True))
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    cut = drive(pieces, Session("mx.example.org", dialect, limits, tls_offered=True, forwards=True))
    assert cut.events == whole.events
    assert cut.output == whole.output
    assert _LINE.sub(b"", whole.output) == b""
    longest = max(map(len, pieces), default=0)
    assert cut.held <= max(limits.command_line, limits.size) + 16 + longest
    for event in whole.events:
        if isinstance(event, Delivery):
            assert len(event.raw) <= limits.size
            assert 1 <= len(event.recipients) <= limits.recipients
            assert event.raw.count(b"\n") == event.raw.count(b"\r") == event.raw.count(b"\r\n")
            assert event.raw == b"" or event.raw.endswith(b"\r\n")
