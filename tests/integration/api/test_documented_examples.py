"""The examples of docs/monitors.md and docs/api.md do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from api_site import ApiSite, mail

DOCS = Path(__file__).resolve().parents[3] / "docs"
REFUSAL = (
    "Apr  1 12:{minute:02d}:00 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 "
    "<hanako{minute:02d}@decoy.example>: Recipient address rejected: User unknown in virtual mailbox table; "
    "from=<x@spam.example> to=<hanako{minute:02d}@decoy.example> proto=ESMTP helo=<pc>\n"
)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def meyasu_on_path(folder: Path) -> str:
    """A folder with a command ``meyasu`` of this environment, before the others."""
    folder.mkdir()
    command = folder / "meyasu"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m meyasubako.cli "$@"\n')
    command.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_the_register_and_the_counts_of_the_page(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "Apr  1 11:00:00 mx1 postfix/master[1]: daemon started\n"
        + "".join(REFUSAL.format(minute=minute) for minute in range(1, 13))
    )
    os.utime(log, (1_775_020_000,) * 2)  # 2026-04-01
    environment = {
        **os.environ, "MEYASU_HOME": str(tmp_path / "home"), "PATH": meyasu_on_path(tmp_path / "bin"),
    }  # fmt: skip
    ran = 0
    for block in blocks("monitors.md", "console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            said = re.sub(r"[\d,]+ bytes", "N bytes", done.stdout)
            assert (done.returncode, said) == (0, re.sub(r"[\d,]+ bytes", "N bytes", expected)), done.stderr
            ran += 1
    assert ran == 9


def test_the_requests_of_the_page(site: ApiSite, tmp_path: Path) -> None:
    (tmp_path / "first.eml").write_bytes(mail(1))
    (tmp_path / "second.eml").write_bytes(mail(2))
    environment = {**os.environ, "SITE": f"http://127.0.0.1:{site.port}", "KEY": site.token, "NUMBER": ""}
    answers = []
    for command in blocks("api.md", "sh"):
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))
        environment["NUMBER"] = environment["NUMBER"] or answers[0]["number"]
    report, batch, status, petition, figures = answers
    assert (report["taken"], report["refused"]) == (2, 0)
    assert [one["status"] for one in batch["mails"]] == ["taken", "refused"]
    assert (status["number"], status["kind"], status["mails"]) == (report["number"], "no-consent", 2)
    assert petition["addressees"] == ["mic"]
    assert figures["code"] == "not-found"
