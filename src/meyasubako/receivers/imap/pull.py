"""From a mailbox to the spool: what is new there, in batches, each mail once.

A mail's arrival id is made from account, mailbox, UIDVALIDITY and UID, so that the same mail is the same arrival
whoever pulls it and however often. When it came in is when its server took it (INTERNALDATE, RFC 9051 section 2.3.3):
that server is the operator's own, the boundary that is trusted. See ``state`` for how nothing is taken twice.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from meyasubako.errors import StorageError, UnavailableError
from meyasubako.receivers.arrival import is_plausible, month_in_japan
from meyasubako.receivers.imap.server import Fetched, Login, Server, Waiting
from meyasubako.receivers.imap.state import Account, PullState, digest_of
from meyasubako.receivers.spool import Envelope, payload_of
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive

BATCH_MAILS = 200
BATCH_BYTES = 16 * 1024 * 1024
IDLE_SECONDS = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0

_log = logging.getLogger(__name__)


class Target(NamedTuple):
    """What the mails are: those of a monitor (its name, class, carrier), or (``monitor`` None) reports."""

    monitor: str | None
    monitor_class: str | None = None
    carrier: str | None = None

    @property
    def channel(self) -> str:
        return "report" if self.monitor is None else "monitor"


@dataclass(frozen=True, slots=True)
class Rules:
    """``most_bytes`` of one mail; what happens on the server to mails that are safe: nothing, unless
    ``delete_after`` (since the server took them) or ``move_to`` (a folder) says so.
    """

    most_bytes: int = 50 * 1024 * 1024
    delete_after: timedelta | None = None
    move_to: str | None = None

    @property
    def may_change(self) -> bool:
        return self.delete_after is not None or self.move_to is not None


class Pulled(NamedTuple):
    """What a pull did: mails taken, too large to take, known by their bytes, deleted, moved; whether the server
    had numbered its mailbox anew.
    """

    taken: int = 0
    too_large: int = 0
    known: int = 0
    deleted: int = 0
    moved: int = 0
    numbered_anew: bool = False


def pull_once(home: Home, login: Login, target: Target, rules: Rules) -> Pulled:
    """Take what is new. Raises UnavailableError (the server, or another process pulls), StorageError (what was
    taken stays so), UsageError.
    """
    with exclusive(home, f"imap-{login.account.key}"), Server(login, may_change=rules.may_change) as server:
        return _Puller(home, login.account, target, rules).pull(server)


def pull_forever(
    home: Home, login: Login, target: Target, rules: Rules, stop: threading.Event, *, every: float
) -> Pulled:
    """Take what comes until told to stop; a server that fails is tried again, later each time."""
    total = Pulled()
    pause = FIRST_PAUSE
    with exclusive(home, f"imap-{login.account.key}"):
        while not stop.is_set():
            try:
                with Server(login, may_change=rules.may_change) as server:
                    pause = FIRST_PAUSE
                    while not stop.is_set():
                        total = _added(total, _Puller(home, login.account, target, rules).pull(server))
                        _wait(server, stop, every)
            except (UnavailableError, StorageError) as error:
                _log.warning("mailbox not pulled, tried again in %.0f s: %s", pause, error.reason)
                stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
    return total


def _wait(server: Server, stop: threading.Event, every: float) -> None:
    """Until the server says that mail came, or ``every`` seconds, or the end."""
    if server.can_idle:
        server.wait(min(every, IDLE_SECONDS), stop.is_set)
    else:
        stop.wait(every)


def _added(total: Pulled, one: Pulled) -> Pulled:
    return Pulled(
        total.taken + one.taken,
        total.too_large + one.too_large,
        total.known + one.known,
        total.deleted + one.deleted,
        total.moved + one.moved,
        total.numbered_anew or one.numbered_anew,
    )


class _Puller:
    """One pull: what it takes, and what it counted."""

    def __init__(self, home: Home, account: Account, target: Target, rules: Rules) -> None:
        self._account = account
        self._target = target
        self._rules = rules
        spool = home.report_spool if target.monitor is None else home.spool
        self._state = PullState(home, account, spool)
        self._known = self._state.known() if self._state.compares else frozenset()

    def pull(self, server: Server) -> Pulled:
        """Take what is new, then do on the server what the rules say about mails that are safe."""
        anew = self._numbering(server.uidvalidity, server.uidnext)
        taken = known = too_large = 0
        for batch in _batches(server.waiting(self._state.progress.next_uid), self._rules.most_bytes):
            wanted = [mail.uid for mail in batch if mail.size <= self._rules.most_bytes]
            mails = server.fetched(wanted) if wanted else []
            here = {mail.uid for mail in mails}
            new = [mail for mail in mails if not self._is_known(mail)]
            self._state.take(
                [payload_of(self._envelope(mail, server.uidvalidity), mail.raw) for mail in new],
                [(mail.uid, digest_of(mail.raw)) for mail in new],
                next_uid=batch[-1].uid + 1,
                # Too large, or not handed out whatever the reason: not ours, so never to be deleted.
                skipped=[mail.uid for mail in batch if mail.uid not in here],
            )
            taken, known = taken + len(new), known + len(mails) - len(new)
            too_large += len(batch) - len(wanted)
        if too_large:
            _log.warning(
                "%d mails larger than %d bytes were left on the server", too_large, self._rules.most_bytes
            )
        deleted, moved = self._tidy(server)
        return Pulled(taken, too_large, known, deleted, moved, anew)

    def _numbering(self, uidvalidity: int, uidnext: int) -> bool:
        """Whether the server numbered the mailbox anew: then what we have is known by its bytes."""
        before = self._state.progress.uidvalidity
        if before == uidvalidity:
            return False
        self._state.numbered_anew(uidvalidity, uidnext)
        if not before:
            return False
        self._known = self._state.known()
        _log.warning(
            "the server numbered the mailbox anew (UIDVALIDITY %d, was %d): the %d mails taken before are known by "
            "their bytes and not taken again",
            uidvalidity, before, len(self._known),
        )  # fmt: skip
        return True

    def _is_known(self, mail: Fetched) -> bool:
        """Whether the mail was taken before the server numbered its mailbox anew."""
        return mail.uid < self._state.progress.known_below and digest_of(mail.raw) in self._known

    def _envelope(self, mail: Fetched, uidvalidity: int) -> Envelope:
        now = datetime.now(UTC)
        is_said = mail.received_at is not None and is_plausible(mail.received_at, now)
        moment = mail.received_at if is_said and mail.received_at is not None else now
        user = self._account.user
        return {
            "arrival_id": arrival_id(self._account, uidvalidity, mail.uid, moment),
            "received_at": moment.isoformat(timespec="microseconds"),
            "received_at_source": "boundary" if is_said else "clock",
            "month": month_in_japan(moment),
            "channel": self._target.channel,
            "monitor": self._target.monitor,
            "monitor_class": self._target.monitor_class,
            "carrier": self._target.carrier,
            "envelope_from": None,
            "envelope_to": user if "@" in user else None,
            "client_ip": None,
            "client_port": None,
            "helo": None,
            "tls": None,
            "report_id": None,
        }

    def _tidy(self, server: Server) -> tuple[int, int]:
        """Delete or move what is safe and due; never a mail that was not taken."""
        next_uid, skipped = self._state.progress.next_uid, set(self._state.progress.skipped)
        if self._rules.move_to is not None:
            due = [uid for uid in server.all_below(next_uid) if uid not in skipped]
            if due:
                server.move(due, self._rules.move_to)
            return 0, len(due)
        if self._rules.delete_after is not None:
            day = datetime.now(UTC) - self._rules.delete_after
            due = [uid for uid in server.taken_before(day, next_uid) if uid not in skipped]
            if due:
                server.remove(due)
            return len(due), 0
        return 0, 0


def _batches(waiting: Iterator[Waiting], most_bytes: int) -> Iterator[list[Waiting]]:
    """Mails in batches that memory and a segment bear; a large mail counts only if it will be fetched."""
    batch: list[Waiting] = []
    size = 0
    for mail in waiting:
        weight = mail.size if mail.size <= most_bytes else 0
        if batch and (len(batch) >= BATCH_MAILS or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(mail)
        size += weight
    if batch:
        yield batch


def arrival_id(account: Account, uidvalidity: int, uid: int, moment: datetime) -> str:
    """The one id of a mail of a mailbox: a version 7 UUID (RFC 9562 section 5.7) whose random part is a digest."""
    said = f"{account.key}\n{uidvalidity}\n{uid}".encode()
    digest = int.from_bytes(hashlib.sha256(said).digest()[:10], "big")
    milliseconds = int(moment.timestamp() * 1_000) & 0xFFFF_FFFF_FFFF
    value = (
        milliseconds << 80
        | 0x7 << 76
        | (digest >> 62 & 0xFFF) << 64
        | 0b10 << 62
        | (digest & 0x3FFF_FFFF_FFFF_FFFF)
    )
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
