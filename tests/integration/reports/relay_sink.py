"""An SMTP server on this machine that keeps what it is given, for tests of what the centre sends."""

from __future__ import annotations

import socket
from typing import Any, NamedTuple


class Delivered(NamedTuple):
    """A mail as the relay got it."""

    path: str
    to: list[str]
    raw: bytes


class Sink:
    """Keeps mails; ``answers`` is what it says to RCPT or to the end of DATA, if not yes."""

    def __init__(self) -> None:
        self.mails: list[Delivered] = []
        self.rcpt = ""
        self.data = ""

    async def handle_RCPT(  # noqa: N802 - called by this name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - called by this name
        if self.data:
            return self.data
        self.mails.append(Delivered(envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 OK"


class LocalRelay(NamedTuple):
    """A relay on this machine."""

    port: int
    scheme: str = "smtp"
    host: str = "127.0.0.1"
    user: str = ""
    password: str = ""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
