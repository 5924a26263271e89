"""One connection to an IMAP server: what is there, the mails themselves, and waiting for more.

The protocol is imap-tools' and the standard library's; here is what a puller needs of it, in batches with known
sizes, read without marking anything as seen. Mails are removed one by one (UIDPLUS, RFC 4315; MOVE, RFC 6851): a server that
can only expunge all that anybody marked is left alone.
"""

from __future__ import annotations

import imaplib
import ipaddress
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from meyasubako.errors import MeyasuError, UnavailableError, UsageError
from meyasubako.mail.dates import parse_date
from meyasubako.receivers.imap.state import Account

TLS_MODES = ("implicit", "starttls", "none")
_WINDOW = 500
_TIMEOUT = 60.0
_LARGEST_UID = 2**32
_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')
_ERRORS = (ImapToolsError, imaplib.IMAP4.error, OSError)


class Waiting(NamedTuple):
    """A mail on the server that was not fetched yet: its UID and its size in bytes as the server says (0: it does not)."""

    uid: int
    size: int


class Fetched(NamedTuple):
    """A mail: its UID, when the server took it (aware, UTC; None where it does not say), its bytes."""

    uid: int
    received_at: datetime | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class Login:
    """How to get in. ``tls``: "implicit" (port 993), "starttls" (port 143) or "none"; ``ca`` a file of certificates
    to trust besides the system's.
    """

    account: Account
    password: str
    tls: str = "implicit"
    ca: Path | None = None


class Server:
    """A mailbox that is selected. Use as a context manager. Every failure of network or server is UnavailableError."""

    def __init__(self, login: Login, *, may_change: bool) -> None:
        """Connect, log in, select; read-only unless ``may_change``. Raises UnavailableError, UsageError."""
        self._account = login.account
        self._box: BaseMailBox
        try:
            self._box = _connected(login)
            self._box.login(login.account.user, login.password, initial_folder=None)
            self._ask_capabilities()
            self.uidvalidity, self.uidnext = self._select(may_change)
        except MailboxLoginError as error:
            raise UnavailableError(str(login.account), "the server refuses the login") from error
        except _ERRORS as error:
            raise UnavailableError(str(login.account), _reason(error)) from error

    def _ask_capabilities(self) -> None:
        """What the server can do for who is logged in, which is more than it said at first (RFC 9051 section 6.1.1)."""
        kind, said = self._box.client.capability()
        if kind == "OK" and said and said[-1]:
            self._box.client.capabilities = tuple(said[-1].decode("ascii", "replace").upper().split())

    def _select(self, may_change: bool) -> tuple[int, int]:
        """Select the mailbox; the number its UIDs are valid under, and the least UID that is not given yet."""
        status = self._box.folder.status(self._account.mailbox, ["UIDVALIDITY", "UIDNEXT"])
        self._box.folder.set(self._account.mailbox, readonly=not may_change)
        said = self._box.client.response("UIDVALIDITY")[1]
        validity = int(said[0]) if said and said[0] else status["UIDVALIDITY"]
        return validity, status.get("UIDNEXT", _LARGEST_UID)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._box.logout()
        except _ERRORS:
            return  # it is gone already

    @property
    def can_idle(self) -> bool:
        """Whether the server says by itself that mail came (RFC 2177)."""
        return "IDLE" in self._box.client.capabilities

    def waiting(self, first_uid: int) -> Iterator[Waiting]:
        """The mails from a UID on, in the order of their UIDs, with their sizes; asked window by window."""
        try:
            found = sorted({int(uid) for uid in self._box.uids(f"UID {first_uid}:*", charset=None)})
            uids = [uid for uid in found if uid >= first_uid]  # "n:*" names the last mail even below n
            for start in range(0, len(uids), _WINDOW):
                yield from self._sizes(uids[start : start + _WINDOW])
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def _sizes(self, uids: Sequence[int]) -> Iterator[Waiting]:
        rows = [row for row in self._asked(uids, "(UID RFC822.SIZE)") if isinstance(row, bytes)]
        sizes = {
            int(uid[1]): int(size[1])
            for row in rows
            if (uid := _UID.search(row)) and (size := _SIZE.search(row))
        }
        yield from (Waiting(uid, sizes.get(uid, 0)) for uid in uids)

    def _asked(self, uids: Sequence[int], parts: str) -> list[bytes | tuple[bytes, bytes]]:
        kind, data = self._box.client.uid("FETCH", ",".join(map(str, uids)), parts)
        if kind != "OK":
            raise UnavailableError(str(self._account), f"FETCH: {kind}")
        return [row for row in data if row is not None]

    def fetched(self, uids: Sequence[int]) -> list[Fetched]:
        """These mails, as far as they are still there; nothing is marked as seen."""
        try:
            rows = self._asked(uids, "(UID INTERNALDATE BODY.PEEK[])")
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error
        mails: dict[int, Fetched] = {}
        for number, row in enumerate(rows):
            if not isinstance(row, tuple):
                continue
            after = rows[number + 1] if number + 1 < len(rows) else b""
            said = row[0] + b" " + (after if isinstance(after, bytes) else b"")
            uid, date = _UID.search(said), _DATE.search(said)
            if uid is not None and int(uid[1]) in set(uids):
                mails[int(uid[1])] = Fetched(int(uid[1]), parse_date(date[1]) if date else None, row[1])
        return [mails[uid] for uid in uids if uid in mails]

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Wait for the server's word that mail came (IDLE), at most so long, or until ``is_over`` says so."""
        try:
            with self._box.idle as idle:
                ends = time.monotonic() + seconds
                while time.monotonic() < ends and not is_over() and not idle.poll(timeout=1):
                    pass
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def taken_before(self, day: datetime, next_uid: int) -> list[int]:
        """UIDs below ``next_uid`` of mails that the server took before a day."""
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        if next_uid <= 1:
            return []
        try:
            said = f"UID 1:{next_uid - 1} BEFORE {day.day}-{months[day.month - 1]}-{day.year}"
            return sorted(uid for uid in map(int, self._box.uids(said, charset=None)) if uid < next_uid)
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def all_below(self, next_uid: int) -> list[int]:
        """UIDs below ``next_uid`` that are still there."""
        if next_uid <= 1:
            return []
        try:
            found = self._box.uids(f"UID 1:{next_uid - 1}", charset=None)
            return sorted(uid for uid in map(int, found) if uid < next_uid)
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def remove(self, uids: Sequence[int]) -> None:
        """Delete these mails for good, and no others. Raises UsageError where the server cannot."""
        if "UIDPLUS" not in self._box.client.capabilities:
            raise UsageError(str(self._account), "the server cannot delete single mails (UIDPLUS, RFC 4315)")
        try:
            for start in range(0, len(uids), _WINDOW):
                chosen = ",".join(map(str, uids[start : start + _WINDOW]))
                self._must("STORE", chosen, "+FLAGS.SILENT", r"(\Deleted)")
                self._must("EXPUNGE", chosen)
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move these mails into a folder, which must be there. Raises UsageError where the server cannot."""
        if "MOVE" not in self._box.client.capabilities:
            raise UsageError(str(self._account), "the server cannot move mails (MOVE, RFC 6851)")
        try:
            if not self._box.folder.exists(folder):
                raise MeyasuError(f"--move {folder}", "no such folder on the server")
            self._box.move(list(map(str, uids)), folder, chunks=_WINDOW)
        except _ERRORS as error:
            raise UnavailableError(str(self._account), _reason(error)) from error

    def _must(self, command: str, *arguments: str) -> None:
        kind, _ = self._box.client.uid(command, *arguments)
        if kind != "OK":
            raise UnavailableError(str(self._account), f"{command}: {kind}")


def _connected(login: Login) -> BaseMailBox:
    account = login.account
    if login.tls == "none":
        return MailBoxUnencrypted(account.host, account.port, timeout=_TIMEOUT)
    context = ssl.create_default_context()
    if login.ca is not None:
        context.load_verify_locations(login.ca)
    if login.tls == "starttls":
        return MailBoxStartTls(account.host, account.port, timeout=_TIMEOUT, ssl_context=context)
    return MailBox(account.host, account.port, timeout=_TIMEOUT, ssl_context=context)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address as written."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _reason(error: BaseException) -> str:
    """One line about what the network or the server did."""
    return " ".join(str(error).split())[:300] or type(error).__name__
