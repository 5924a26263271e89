"""What one session may ask for: sizes in bytes, counts. Where a standard names a size, ours is above it, and said so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of one session.

    ``command_line``: 512 octets in RFC 5321 section 4.5.3.1.4, and extensions add to it; four times that is taken.
    ``text_line``: 1,000 octets in RFC 5321 section 4.5.3.1.6; spam does not keep to it, and a mail refused is
    evidence lost, so a line of 1 MB is taken. ``path``: 256 octets in RFC 5321 section 4.5.3.1.3; twice that is taken.
    ``recipients``: RFC 5321 section 4.5.3.1.8 asks for at least 100. ``refused`` is how many recipients one
    connection may name that do not exist, ``idle_commands`` how many commands it may give without bringing a mail, and
    ``errors`` how many that nobody understands.
    """

    size: int = 25 * 1024 * 1024
    header: int = 256 * 1024
    command_line: int = 2_048
    text_line: int = 1024 * 1024
    path: int = 512
    recipients: int = 100
    refused: int = 1_000
    idle_commands: int = 100
    errors: int = 10


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds, and how slow a client may be.

    ``command``: RFC 5321 section 4.5.3.2.7 asks for at least five minutes. The text of a mail must come with at least
    ``least_rate`` bytes a second on the mean, once ``grace`` is over, and be whole within ``text``. A session brings a
    mail at least every ``without_mail``. ``proxy`` is for the header of the PROXY protocol, ``handshake`` for TLS,
    ``linger`` for a client to read why its session ended, ``drain`` for mails to end when the server does.
    """

    command: float = 300.0
    grace: float = 30.0
    least_rate: float = 200.0
    text: float = 1_800.0
    without_mail: float = 1_200.0
    proxy: float = 10.0
    handshake: float = 30.0
    linger: float = 2.0
    drain: float = 25.0
