"""Archives of plain mails, runs of ``meyasu ingest`` in processes of their own, and what they left behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table


def plain_mail(number: int) -> bytes:
    """A small mail, each another one."""
    return (
        f"Return-Path: <bounce{number}@example.com>\n"
        f"Received: from mail.example.com (mail.example.com [192.0.2.{number % 254 + 1}])\n"
        f"\tby mx.example.org (Postfix) with ESMTP id {number:08X}\n"
        f"\tfor <trap@example.org>; Mon, {number % 28 + 1} Jan 2026 12:00:00 +0900\n"
        f"From: sender{number}@example.com\nTo: trap@example.org\nSubject: number {number}\n"
        f"Date: Mon, {number % 28 + 1} Jan 2026 11:59:00 +0900\nMessage-ID: <{number}@example.com>\n\n"
        f"Text of mail {number}: https://shop{number % 7}.example.com/\n"
    ).encode()


def write_archive(path: Path, numbers: range) -> set[str]:
    """A tar of plain mails; the sha256 of each."""
    digests = set()
    with tarfile.open(path, "w") as archive:
        for number in numbers:
            raw = plain_mail(number)
            digests.add(hashlib.sha256(raw).hexdigest())
            entry = tarfile.TarInfo(f"{number}.eml")
            entry.size = len(raw)
            archive.addfile(entry, BytesIO(raw))
    return digests


def start(*arguments: str | Path, home: Path, workers: int = 1) -> subprocess.Popen[bytes]:
    """``meyasu`` with these arguments, leader of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "meyasubako.cli", *map(str, arguments)],
        env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": str(workers)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 the process and every worker of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def finish(process: subprocess.Popen[bytes], timeout: float = 120) -> bytes:
    """Standard output of a run that must end well."""
    output, errors = process.communicate(timeout=timeout)
    assert process.returncode == 0, errors.decode()
    return output


def assert_every_mail_once(home: Path, digests: set[str]) -> None:
    """Each mail has one arrival, one observation of it and evidence."""
    place = Home.at(home)
    arrivals: list[tuple[str, str]] = []
    for batch in Table.open(place, ARRIVALS_LAYOUT).scan(["arrival_id", "sha256"]):
        arrivals += zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
    assert sorted(sha256 for _, sha256 in arrivals) == sorted(digests)
    observed = [
        arrival_id
        for batch in Table.open(place, OBSERVATIONS_LAYOUT).scan(["arrival_id"])
        for arrival_id in batch.column(0).to_pylist()
    ]
    assert sorted(observed) == sorted(arrival_id for arrival_id, _ in arrivals)
    held: dict[str, bytes] = {}
    for batch in Table.open(place, EVIDENCE_LAYOUT).scan(["sha256", "raw"]):
        held.update(zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True))
    assert set(held) == digests
    assert all(hashlib.sha256(raw).hexdigest() == sha256 for sha256, raw in held.items())
