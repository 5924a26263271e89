"""Mails out of files and folders: .eml under any name, Maildir, mbox, zip, tar, compressed, nested.

What something is, its content decides (``kinds``); what is no mail is named with the reason and never taken. Reads
as a stream: one mail, one block and the decoders are held. No path of an archive reaches the disk.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from meyasubako.errors import MeyasuError
from meyasubako.receivers.containers import (
    BLOCK,
    CAPS,
    Caps,
    DamagedError,
    ExhaustedError,
    Meter,
    Source,
    expand,
    printable,
    zip_members,
)
from meyasubako.receivers.kinds import COMPRESSED, HEAD_BYTES, Kind, recognise
from meyasubako.receivers.mbox import split_mbox
from meyasubako.receivers.tar import tar_members

_REASONS = {
    Kind.EMPTY: "empty",
    Kind.OTHER: "not a mail: no header of a mail in its first lines",
}


class Mail(NamedTuple):
    """A mail found: its bytes as received, and where.

    ``path`` is the file's, then "!" and the member's name for each archive, then "#" and the place in an mbox
    (from 1): ``traps/2026-05.tar.xz!cur/171.M2.host``, ``inbox.mbox#17``.
    """

    path: str
    raw: bytes


class Unreadable(NamedTuple):
    """Something that is no mail, or could not be read, and why."""

    path: str
    reason: str


Found = Mail | Unreadable


def read_archives(paths: Iterable[Path], caps: Caps = CAPS) -> Iterator[Found]:
    """Every mail in these files and folders, in an order that depends on names only.

    Raises MeyasuError before anything is read when a path named is not there or cannot be opened.
    """
    named = list(paths)
    for path in named:
        if not path.exists():
            raise MeyasuError(str(path), "no such file or folder")
        if not os.access(path, os.R_OK):
            raise MeyasuError(str(path), "no right to read it")
    return _read_named(named, caps)


def _read_named(paths: list[Path], caps: Caps) -> Iterator[Found]:
    for path in paths:
        if path.is_dir():
            for file in _files(str(path)):
                if isinstance(file, Unreadable):
                    yield file
                else:
                    yield from _read_file(file, caps)
        else:
            yield from _read_file(str(path), caps)


def _files(folder: str) -> Iterator[str | Unreadable]:
    """Paths of the files under a folder, sorted within each; links to folders are not followed.

    The ``tmp`` of a Maildir is left alone: what lies there is still being delivered.
    """
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield Unreadable(printable(folder), error.strerror or "cannot be read")
        return
    folders = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    is_maildir = {"cur", "new", "tmp"} <= folders
    for entry in entries:
        if entry.name not in folders:
            yield entry.path
        elif not (is_maildir and entry.name == "tmp"):
            yield from _files(entry.path)


def _read_file(path: str, caps: Caps) -> Iterator[Found]:
    """The mails of one file. Only regular files are opened: a pipe or a device could block for ever."""
    name = printable(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path for each of a million files costs
        if not stat.S_ISREG(status.st_mode):
            yield Unreadable(name, "not a regular file")
            return
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - the same
            head = file.read(HEAD_BYTES)
            if len(head) == status.st_size < HEAD_BYTES and recognise(head) is Kind.MAIL:
                yield Mail(name, head)  # the usual file of a folder, on the shortest way
                return
            file.seek(0)
            buffered = io.BufferedReader(file, BLOCK)
            try:
                yield from _Reader(caps, status.st_size).read(buffered, name)
            finally:
                buffered.detach()
    except OSError as error:
        yield Unreadable(name, error.strerror or str(error))


class _Reader:
    """Reads one file that was given, with all that is nested in it, under one meter."""

    def __init__(self, caps: Caps, size: int) -> None:
        self._caps = caps
        self._meter = Meter(size, caps)

    def read(self, file: io.BufferedIOBase, path: str) -> Iterator[Found]:
        """The mails of the file."""
        try:
            yield from self._content(Source(file), path, 0, file)
        except ExhaustedError as error:
            yield Unreadable(path, str(error))

    def _content(
        self, source: Source, path: str, depth: int, file: io.BufferedIOBase | None = None
    ) -> Iterator[Found]:
        """The mails of a file or member, whatever it is; ``file`` is the file itself. Raises ExhaustedError."""
        try:
            head = source.head
            kind = recognise(head)
            if kind is Kind.MAIL:
                raw = head if len(head) < HEAD_BYTES else source.whole(self._caps.mail)
                yield self._too_large(path) if raw is None else Mail(path, raw)
            elif kind is Kind.MBOX:
                yield from self._mbox(source, path)
            elif kind in _REASONS:
                yield Unreadable(path, _REASONS[kind])
            elif depth >= self._caps.depth:
                yield Unreadable(path, f"nested more than {self._caps.depth} deep")
            elif kind in COMPRESSED:
                yield from self._content(expand(kind, source, self._meter), path, depth + 1)
            elif kind is Kind.TAR:
                yield from self._tar(source, path, depth)
            else:
                yield from self._zip(source, path, depth, file)
        except DamagedError as error:
            yield Unreadable(path, str(error))

    def _held(self, content: bytes, path: str, depth: int) -> Iterator[Found]:
        """The mails of a member that is in memory: nearly always the mail that it is."""
        if len(content) < HEAD_BYTES and recognise(content) is Kind.MAIL:
            yield Mail(path, content)
        else:
            yield from self._content(Source(io.BytesIO(content)), path, depth)

    def _mbox(self, source: Source, path: str) -> Iterator[Found]:
        head = source.read(HEAD_BYTES)
        lone_is_mbox = path.lower().endswith((".mbox", ".mbx")) or path.endswith("mbox")
        pieces = split_mbox(source.read, head, limit=self._caps.mail, lone_is_mbox=lone_is_mbox)
        # A lone mail is the file itself, several are numbered: the first waits until that is known.
        first = next(pieces)
        numbered = False
        for number, piece in enumerate(pieces, 2):
            if not numbered:
                numbered = True
                yield self._piece(first, f"{path}#1")
                first = None
            yield self._piece(piece, f"{path}#{number}")
        if not numbered:
            yield self._piece(first, path)

    def _piece(self, raw: bytes | None, path: str) -> Found:
        self._meter.member()
        return self._too_large(path) if raw is None else Mail(path, raw)

    def _too_large(self, path: str) -> Unreadable:
        return Unreadable(path, f"a mail of more than {self._caps.mail} bytes")

    def _tar(self, source: Source, path: str, depth: int) -> Iterator[Found]:
        for name, content in tar_members(source):
            self._meter.member()
            member = f"{path}!{name}"
            if content is None:
                yield Unreadable(member, "stored sparse, which is not read")
            elif isinstance(content, bytes):
                yield from self._held(content, member, depth + 1)
            else:
                yield from self._content(content, member, depth + 1)

    def _zip(self, source: Source, path: str, depth: int, file: io.BufferedIOBase | None) -> Iterator[Found]:
        if file is not None:
            yield from self._zip_members(file, path, depth)
            return
        content = source.whole(self._caps.held)
        if content is None:
            yield Unreadable(path, f"a nested zip of more than {self._caps.held} bytes")
        else:
            yield from self._zip_members(io.BytesIO(content), path, depth)

    def _zip_members(self, seekable: io.BufferedIOBase, path: str, depth: int) -> Iterator[Found]:
        for name, member in zip_members(seekable, self._meter):
            self._meter.member()
            inner = f"{path}!{name}"
            if isinstance(member, str):
                yield Unreadable(inner, member)
            else:
                yield from self._content(member, inner, depth + 1)
