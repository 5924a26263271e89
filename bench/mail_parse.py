"""Our whole reading of a mail against the standard library's bare parse, and one mail of 50 MB.

    python bench/mail_parse.py [--mails 1500]

CPU time, the same mails in the same run, median of three passes. Ours includes text, HTML, links, contacts,
attachments; trace fields are read only when they are looked at, so what all of them would cost is given beside it.
Exits with 1 where an archive misses its bar.
"""

from __future__ import annotations

import argparse
import base64
import email.parser
import email.policy
import os
import resource
import statistics
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from meyasubako.mail import parse
from meyasubako.mail.received import parse_received

BARS = {"spam-ham-2001-2002": 0.8, "phishing-2019-2025": 0.6}
"""The most our reading may cost for each archive, as a share of the standard library's bare parse."""
HUGE = 50 * 1024 * 1024


def mails_of(archive: str, most: int) -> list[bytes]:
    """Mails spread evenly over an archive of the shared data."""
    data = Path(
        os.environ.get("MEYASU_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    with tarfile.open(data / f"{archive}.tar.xz", "r:xz") as tar:
        members = [member for member in tar if member.isfile() and member.size > 200]
        step = max(1, len(members) // most)
        return [
            handle.read() for member in members[::step] if (handle := tar.extractfile(member)) is not None
        ]


def microseconds(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """CPU microseconds a mail, median of three passes."""
    passes = []
    for _ in range(3):
        start = time.process_time()
        for mail in mails:
            read(mail)
        passes.append((time.process_time() - start) / len(mails) * 1e6)
    return statistics.median(passes)


def trace(raw: bytes) -> None:
    """Only what the trace fields cost."""
    for index, value in enumerate(TRACES[raw]):
        parse_received(value, index)


TRACES: dict[bytes, list[bytes]] = {}


def huge_mails() -> dict[str, bytes]:
    """One mail of 50 MB of several kinds."""
    head = b"From: a@example.com\nSubject: x\nMIME-Version: 1.0\nContent-Type: "
    line = base64.b64encode(bytes(range(54))) + b"\n"
    return {
        "attachment": head
        + b"a/b; name=x\nContent-Transfer-Encoding: base64\n\n"
        + line * (HUGE // len(line)),
        "text": head + b"text/plain\n\n" + b"see http://www.example.com/ now\n" * (HUGE // 32),
        "html": head + b"text/html\n\n" + b"<p><a href=http://a.example/>b</a>\n" * (HUGE // 36),
        "parts": head + b"multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (HUGE // 8),
        "header": b"X-Long: y\n" * (HUGE // 10) + b"\nbody",
    }


def main() -> int:
    """Print the table; 1 where a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=1_500)
    most = options.parse_args().mails
    for name, raw in huge_mails().items():
        start = time.process_time()
        parse(raw)
        print(f"50 MB {name}: {time.process_time() - start:.2f} s CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory with all five mails held: {peak} MB")
    stdlib = email.parser.BytesParser(policy=email.policy.compat32)
    missed = False
    for archive, bar in BARS.items():
        mails = mails_of(archive, most)
        TRACES.update({mail: parse(mail).values("Received") for mail in mails})
        theirs, ours, traces = (microseconds(read, mails) for read in (stdlib.parsebytes, parse, trace))
        print(
            f"{archive}: {len(mails)} mails of {sum(map(len, mails)) // len(mails)} bytes: stdlib {theirs:.0f} us, "
            f"ours {ours:.0f} us, ratio {ours / theirs:.2f} (bar {bar}); every trace field {traces:.0f} us more"
        )
        missed = missed or ours > bar * theirs
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
