"""Handing one mail to the relay over SMTP (RFC 5321), and telling what became of it as a value.

The dialogue is walked step by step, because it matters where it broke: before DATA nothing was sent and it may be
tried again; after DATA nobody knows, and it must not be.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from enum import StrEnum
from typing import NamedTuple, Protocol

TIMEOUT = 30.0


class Relay(Protocol):
    """Where the relay is and who we are to it; ``scheme`` is smtp, smtp+starttls or smtps."""

    @property
    def scheme(self) -> str:
        """How it is spoken to."""

    @property
    def host(self) -> str:
        """Its name."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def user(self) -> str:
        """ "" where it asks for none."""

    @property
    def password(self) -> str:
        """ "" where it asks for none."""


class Fate(StrEnum):
    """What became of the mail."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


class Handed(NamedTuple):
    """The fate and a code for why: ``smtp-550``, ``no-connection``."""

    fate: Fate
    reason: str = ""


def hand_over(relay: Relay, message: EmailMessage, *, path: str, to: str) -> Handed:
    """Send the mail with ``path`` as reverse-path ("" for the null path). Never raises for what the relay does."""
    if not to.isascii() or not to.isprintable():
        return Handed(Fate.REFUSED, "address-not-ascii")
    try:
        connection = _connected(relay)
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Handed(Fate.LATER, "no-connection")
    try:
        return _dialogue(connection, message, path, to)
    finally:
        connection.close()


def _connected(relay: Relay) -> smtplib.SMTP:
    if relay.scheme == "smtps":
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT)
    try:
        connection.ehlo_or_helo_if_needed()
        if relay.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
        if relay.user:
            connection.login(relay.user, relay.password)
    except (OSError, smtplib.SMTPException):
        connection.close()
        raise
    return connection


def _dialogue(connection: smtplib.SMTP, message: EmailMessage, path: str, to: str) -> Handed:
    try:
        # Not mail() and rcpt(): they take the quotes off a local part that needs them.
        code, _ = connection.docmd("MAIL", f"FROM:<{path}>")
        if code // 100 == 2:
            code, _ = connection.docmd("RCPT", f"TO:<{to}>")
        if code // 100 != 2:
            return _refusal(code)
    except (OSError, smtplib.SMTPException):
        return Handed(Fate.LATER, "connection-lost")
    try:
        code, _ = connection.data(message.as_bytes())
    except smtplib.SMTPDataError as error:
        return _refusal(error.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Handed(Fate.UNSURE, "connection-lost")
    if code // 100 != 2:
        return _refusal(code)
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        return Handed(Fate.SENT)
    return Handed(Fate.SENT)


def _refusal(code: int) -> Handed:
    """RFC 5321 section 4.2.1: 4yz may be tried again, 5yz not."""
    return Handed(Fate.LATER if code // 100 == 4 else Fate.REFUSED, f"smtp-{code}")
