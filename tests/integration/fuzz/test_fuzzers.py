"""Runs every fuzzer: some seconds among the tests, an hour each among the soaks. It must end by itself, unharmed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).resolve().parents[2]
PARSE_SEEDS = (
    (
        b"\x00From: =?iso-2022-jp?B?GyRCJCIbKEI=?= <a@example.com>\r\nDate: Tue, 24 Nov 2026 16:00:00 +0900\r\n"
        b"Subject: =?utf-8?Q?=E3=81=82?=\r\nReceived: from x (x [192.0.2.1]) by y.example; Tue, 24 Nov 2026 16:00:00 +0900\r\n"
        b'Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$"\x1b(B http://www.example.com/ 03-1234-5678\r\n'
    ),
    (
        b"\x80Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<a href='http://a.example'>b.example</a>"
        b"\n--b\nContent-Type: a/b; name*=utf-8''%E3%81%82\nContent-Transfer-Encoding: base64\n\nYWJj\n--b--\n"
    ),
    b"\x00Subject: x\n\nbegin 644 a\n#86)C\n`\nend\n",
)
SMTP_SEEDS = (
    b"\x02\x05\x09abcdefSubject: x\r\n\r\n..dot\r\n.\r\nMAIL FROM:<b@example.com> SIZE=9 BODY=8BITMIME\r\nQUIT\r\n",
    b"\x06\x05\x09abcdefx\n.\nMAIL FROM:<>\r\n",
    b"\x00\x05\x09abcdefEHLO x\r\nSTARTTLS\r\nMAIL FROM:<>\r\n",
    b"\x05\x05\x09abcdefLHLO x\r\nXFORWARD ADDR=IPV6:2001:db8::1 PORT=25\r\nMAIL FROM:<>\r\nRCPT TO:<no@x>\r\n",
)


class Fuzzer(NamedTuple):
    """Where a fuzzer begins, how long its input may get, and its seconds among the tests."""

    seeds: tuple[bytes, ...]
    longest: int
    seconds: int


def reports() -> tuple[bytes, ...]:
    """The samples of reports."""
    return tuple(path.read_bytes() for path in sorted((TESTS / "corpus" / "wrapped").glob("*.eml")))


FUZZERS = {
    "mail_parse": Fuzzer(PARSE_SEEDS, 4_096, 15),
    "mail_unwrap": Fuzzer(reports(), 8_192, 12),
    "smtp_protocol": Fuzzer(SMTP_SEEDS, 4_096, 10),
}


def fuzz(name: str, folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """Run a fuzzer from its seeds for so long."""
    for number, seed in enumerate(FUZZERS[name].seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    return subprocess.run(
        [
            sys.executable,
            str(TESTS / "fuzz" / f"fuzz_{name}.py"),
            f"-max_total_time={seconds}",
            "-timeout=5",
            f"-max_len={FUZZERS[name].longest}",
            f"-artifact_prefix={folder}/",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )


def test_every_fuzzer_is_run() -> None:
    assert sorted(FUZZERS) == sorted(
        path.stem.removeprefix("fuzz_") for path in (TESTS / "fuzz").glob("fuzz_*.py")
    )
    assert all(fuzzer.seeds for fuzzer in FUZZERS.values())


@pytest.mark.parametrize("name", FUZZERS)
def test_a_fuzzer_finds_nothing_in_some_seconds(name: str, tmp_path: Path) -> None:
    done = fuzz(name, tmp_path, FUZZERS[name].seconds)
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done" in done.stderr


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("name", FUZZERS)
def test_a_fuzzer_finds_nothing_in_an_hour(name: str, tmp_path: Path) -> None:
    done = fuzz(name, tmp_path, 3_600)
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done" in done.stderr
