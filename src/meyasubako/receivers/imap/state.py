"""How far a mailbox has been pulled, kept so that a mail is taken once, whenever the process dies.

A batch is laid into a segment beside the spool and synced. Then the state, replaced whole, says that the batch is
taken and names the segment: that is the moment it counts. Then the segment moves into the spool. Whoever dies before
that moment fetches the batch again and overwrites the segment; whoever dies after it finds the segment and moves it.

The digests of what was taken stand in a file of their own: when a server numbers its mailbox anew (UIDVALIDITY), the
mails that are known by their bytes are not taken again.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from meyasubako.errors import StorageError
from meyasubako.receivers.spool import SUFFIX, SegmentWriter
from meyasubako.tables.durable import sync_folder, write_durably
from meyasubako.tables.home import Home

FORMAT = 1
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox of one account, which is what UIDs belong to (RFC 9051 section 2.3.1.1)."""

    host: str
    port: int
    user: str
    mailbox: str

    @property
    def key(self) -> str:
        """A short name for files: the same account and mailbox, the same key."""
        said = "\n".join((self.host.lower(), str(self.port), self.user, self.mailbox))
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:20]

    def __str__(self) -> str:
        return f"{self.user} at {self.host}, {self.mailbox}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been taken: every UID below ``next_uid`` under ``uidvalidity`` (0: nothing yet).

    ``writer`` and ``number`` name the last segment, ``skipped`` are UIDs that were not taken (too large). Mails below
    ``known_below`` were there when the server numbered its mailbox anew, and may have been taken before.
    """

    writer: str
    uidvalidity: int = 0
    next_uid: int = 1
    number: int = 0
    taken: int = 0
    known_below: int = 0
    skipped: tuple[int, ...] = ()


class PullState:
    """The state of one mailbox, in the home's folder ``imap``. For one process at a time: hold the lease."""

    def __init__(self, home: Home, account: Account, spool: Path) -> None:
        """Load it, or begin; bring a segment that was counted into the spool. Raises StorageError."""
        folder = home.path / "imap"
        self._path = folder / f"{account.key}.json"
        self._digests = folder / f"{account.key}.taken"
        self._staging = folder / f"{account.key}.staging"
        self._spool = spool
        self._account = account
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
            self.progress = self._load()
            self._finish()
        except OSError as error:
            raise StorageError(str(folder), error.strerror or str(error)) from error

    def _load(self) -> Progress:
        try:
            said = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return Progress(str(uuid.uuid4()))
        except ValueError as error:
            raise StorageError(str(self._path), f"cannot be read: {error}") from error
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise StorageError(str(self._path), f"is no state of format {FORMAT}")
        values: dict[str, Any] = {name: said[name] for name in Progress.__slots__}
        return Progress(**{**values, "skipped": tuple(values["skipped"])})

    def _finish(self) -> None:
        """Move the segment that counts into the spool; what else lies beside it was never counted."""
        for path in sorted(self._staging.iterdir()):
            if path.name == self._name(self.progress.number):
                path.rename(self._spool / path.name)
            else:
                path.unlink()
        sync_folder(self._spool)
        sync_folder(self._staging)

    def _name(self, number: int) -> str:
        return f"{uuid.UUID(self.progress.writer)}.{number:08d}{SUFFIX}"

    def numbered_anew(self, uidvalidity: int, uidnext: int) -> None:
        """The server counts from 1 again: so do we, knowing what we have by its bytes. Raises StorageError."""
        known_below = uidnext if self.progress.uidvalidity else 0
        fresh = replace(
            self.progress, uidvalidity=uidvalidity, next_uid=1, skipped=(), known_below=known_below
        )
        self._save(fresh)

    @property
    def compares(self) -> bool:
        """Whether mails come next that may have been taken under another number."""
        return self.progress.next_uid < self.progress.known_below

    def known(self) -> frozenset[str]:
        """Digests of the mails that were taken."""
        try:
            lines = self._digests.read_text("ascii").split("\n")
        except FileNotFoundError:
            return frozenset()
        rows = [line.split(" ") for line in lines if line.count(" ") == 2]
        return frozenset(digest for validity, uid, digest in rows if self._was_taken(int(validity), int(uid)))

    def _was_taken(self, uidvalidity: int, uid: int) -> bool:
        """A digest is written before its mail counts: under the present numbering its UID must be passed."""
        return uidvalidity != self.progress.uidvalidity or uid < self.progress.next_uid

    def take(
        self,
        payloads: list[bytes],
        digests: Iterable[tuple[int, str]],
        *,
        next_uid: int,
        skipped: Iterable[int] = (),
    ) -> None:
        """One batch: in the spool for good when this returns. Raises StorageError: then nothing of it is."""
        number = self.progress.number
        try:
            if payloads:
                number += 1
                self._stage(payloads, number)
                self._note(digests)
            passed = (*self.progress.skipped, *skipped)
            taken = self.progress.taken + len(payloads)
            self._save(replace(self.progress, next_uid=next_uid, number=number, taken=taken, skipped=passed))
            self._finish()
        except OSError as error:
            raise StorageError(str(self._staging), error.strerror or str(error)) from error

    def _stage(self, payloads: list[bytes], number: int) -> None:
        segment = SegmentWriter(self._staging, uuid.UUID(self.progress.writer), number)
        try:
            segment.append(payloads)
            segment.sync()
        finally:
            segment.close()

    def _note(self, digests: Iterable[tuple[int, str]]) -> None:
        validity = self.progress.uidvalidity
        with self._digests.open("a", encoding="ascii") as file:
            file.write("".join(f"{validity} {uid} {digest}\n" for uid, digest in digests))
            file.flush()
            os.fsync(file.fileno())

    def _save(self, progress: Progress) -> None:
        said = {"format": FORMAT, "account": asdict(self._account), **asdict(progress)}
        try:
            write_durably(self._path, json.dumps(said, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise StorageError(str(self._path), error.strerror or str(error)) from error
        self.progress = progress


def digest_of(raw: bytes) -> str:
    """What a mail is known by when its number changes."""
    return hashlib.sha256(raw).hexdigest()[:_DIGEST]
