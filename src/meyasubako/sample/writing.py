"""A run of sample mail in a folder: mboxes by monitor and month, the reports, the routes and the truth.

``monitor/<monitor>/<YYYY-MM>.mbox``, ``report/<YYYY-MM>.mbox`` (LF, mboxrd quoting), ``routes.json``,
``truth.jsonl`` (a row a mail, in order: path of its mbox, its place in it from 0, then the fields of ``Truth``).
Memory does not grow with the run: months come one after the other, and only the files of one are open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

from meyasubako.errors import StorageError
from meyasubako.sample.mails import SampleMail
from meyasubako.sample.providers import routes

FROM_LINE = re.compile(rb"(?m)^(?=>*From )")


class Summary(NamedTuple):
    """What was written: mails in all and by channel, bytes of mail."""

    mails: int
    monitor: int
    report: int
    size: int


def mbox_entry(mail: SampleMail) -> bytes:
    """A mail with its ``From `` line, quoted as mboxrd does, and the empty line after it."""
    raw = mail.raw
    if b"\nFrom " in raw or b"\n>" in raw or raw.startswith(b"From "):
        raw = FROM_LINE.sub(b">", raw)
    return f"From {mail.envelope} {mail.unix_date}\n".encode("ascii") + raw + b"\n"


def mbox_path(mail: SampleMail) -> str:
    """The mbox a mail belongs to, relative to the folder."""
    truth = mail.truth
    folder = f"monitor/{truth.monitor}" if truth.monitor else "report"
    return f"{folder}/{truth.month}.mbox"


class MonthFiles:
    """The open mboxes of one month: handle and number of mails by path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.month = ""
        self._files: dict[str, tuple[IO[bytes], list[int]]] = {}
        self._stack = ExitStack()

    def add(self, mail: SampleMail) -> tuple[str, int]:
        """Write a mail; gives its mbox and its place there."""
        if mail.truth.month != self.month:
            self.close()
            self.month = mail.truth.month
        path = mbox_path(mail)
        if path not in self._files:
            full = self.folder / path
            full.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = (self._stack.enter_context(full.open("wb")), [0])
        file, count = self._files[path]
        file.write(mbox_entry(mail))
        count[0] += 1
        return path, count[0] - 1

    def close(self) -> None:
        """Close the month's files."""
        self._stack.close()
        self._files.clear()


def write_run(
    mails: Iterable[SampleMail], folder: Path, on_mail: Callable[[int], None] | None = None
) -> Summary:
    """Write mails, in their order, under ``folder``; ``on_mail`` hears how many are done, every hundred.

    Raises StorageError when the folder cannot be written.
    """
    counts = {"monitor": 0, "report": 0}
    size = 0
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "routes.json").write_text(
            json.dumps(routes(), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        with (folder / "truth.jsonl").open("w", encoding="utf-8", newline="\n") as rows:
            files = MonthFiles(folder)
            try:
                for number, mail in enumerate(mails, 1):
                    path, place = files.add(mail)
                    rows.write(encode({"path": path, "place": place, **mail.truth.row()}) + "\n")
                    counts[mail.truth.channel] += 1
                    size += mail.truth.size
                    if on_mail and number % 100 == 0:
                        on_mail(number)
            finally:
                files.close()
    except OSError as error:
        raise StorageError(str(folder), f"cannot take the sample: {error.strerror}") from error
    return Summary(counts["monitor"] + counts["report"], counts["monitor"], counts["report"], size)
