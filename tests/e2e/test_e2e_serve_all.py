"""`meyasu serve` runs a whole centre: a mail sent to it stands in the figures within seconds, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

READY_SECONDS = 120
SEEN_SECONDS = 60
SERVICES = ("site", "staff", "mailview", "smtp", "lmtp", "commit", "follow", "schedule")
MAIL = (
    b"From: Example <a@example.com>\r\nTo: b@example.jp\r\nSubject: =?utf-8?b?44GT44KT44Gr44Gh44Gv?=\r\n"
    b"Message-ID: <e2e@example.com>\r\n\r\nHello.\r\n"
)


class Centre(NamedTuple):
    """A running centre: where each service listens, the process, what it printed."""

    home: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes]
    said: str


def start(home: Path, *options: str) -> Centre:
    home.mkdir(exist_ok=True)
    with (home / "said").open("w") as said_to, (home / "errors").open("w") as errors_to:
        process = subprocess.Popen(
            [sys.executable, "-m", "meyasubako.cli", "serve", "--port", "0", *options],
            env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": "1", "MEYASU_LOG": "json"},
            stdout=said_to,
            stderr=errors_to,
        )
    said, until = "", time.monotonic() + READY_SECONDS
    while "swaks" not in said:
        assert time.monotonic() < until, said
        assert process.poll() is None, (home / "errors").read_text()
        time.sleep(0.1)
        said = (home / "said").read_text()
    places = re.findall(r"^  (\w+) +(?:http|smtp|lmtp)://[\w.]+:(\d+)", said, re.MULTILINE)
    return Centre(home, {name: int(port) for name, port in places}, process, said)


def end(centre: Centre) -> tuple[int, str]:
    centre.process.send_signal(signal.SIGTERM)
    code = centre.process.wait(60)
    return code, (centre.home / "errors").read_text()


def meyasu(home: Path, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", *arguments],
        env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": "1"},
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip


def get(port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def measured(port: int) -> dict[str, float]:
    """Samples of a metrics page by name and labels."""
    _, text = get(port, "/metrics")
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def seen(home: Path, mails: int) -> dict[str, Any]:
    until = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < until:
        months = json.loads(meyasu(home, "figures", "--json"))
        if months and sum(row["mails"] for row in months[0]["countries"]) == mails:
            found: dict[str, Any] = months[0]
            return found
        time.sleep(0.5)
    raise AssertionError("the mail does not appear in the figures")


def children(parent: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True).stdout
    own = [int(one) for one in found.split()]
    return [*own, *(below for one in own for below in children(one))]


def test_a_mail_sent_to_it_is_in_the_figures(tmp_path: Path) -> None:
    home = tmp_path / "home"
    centre = start(home, "--metrics-port", "23400")
    started = children(centre.process.pid)
    try:
        assert set(centre.ports) == {"site", "staff", "mailview", "smtp", "lmtp"}
        for name, protocol in (("smtp", smtplib.SMTP), ("lmtp", smtplib.LMTP)):
            with protocol("127.0.0.1", centre.ports[name]) as client:
                client.sendmail("a@example.com", ["b@example.jp"], MAIL + name.encode())
        figures = seen(home, 2)
        assert figures["provenance"]["generation"] == 1
        assert get(centre.ports["site"], "/en/")[0] == 200
        assert get(centre.ports["staff"], "/healthz")[0] == 200
        assert get(centre.ports["mailview"], "/healthz")[0] == 200
        assert measured(23403)["meyasu_mails_accepted_total protocol=smtp"] == 1
        assert measured(23404)["meyasu_mails_accepted_total protocol=lmtp"] == 1
        home_signs = measured(23407)
        assert home_signs["meyasu_spool_segments spool=spool"] == 0
        assert home_signs["meyasu_follower_behind_commits"] == 0
        assert home_signs["meyasu_disk_free_bytes"] > 0
        assert measured(23400)["meyasu_http_responses_total class=2xx"] >= 1
        for port in (23400, 23401, 23403, 23407):
            assert get(port, "/readyz")[0] == 200
        assert measured(23406)["meyasu_mails_observed_total"] == 2
        assert json.loads(meyasu(home, "seals", "verify", "--json"))["rows"] == 2
        # A service that dies is started again, and what waited is taken up.
        follower = next(pid for pid in started if "follow" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(follower, signal.SIGKILL)
        with smtplib.SMTP("127.0.0.1", centre.ports["smtp"]) as client:
            client.sendmail("a@example.com", ["b@example.jp"], MAIL + b"third")
        seen(home, 3)
    finally:
        code, errors = end(centre)
    assert code == 0
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []
    for line in errors.splitlines():
        assert json.loads(line)["process"] in (*SERVICES, "serve", "centre")
        assert "@example" not in line


def test_services_left_out_do_not_run(tmp_path: Path) -> None:
    centre = start(tmp_path / "home", "--only", "smtp")
    try:
        assert set(centre.ports) == {"smtp"}
        assert len(children(centre.process.pid)) == 1
        with smtplib.SMTP("127.0.0.1", centre.ports["smtp"]) as client:
            client.sendmail("a@example.com", ["b@example.jp"], MAIL)
    finally:
        assert end(centre)[0] == 0
    assert len(list((tmp_path / "home" / "spool").glob("*.segment"))) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--only", "dns"], "no such service"), (["--only", "site", "--without", "site"], "no service")],
)
def test_what_cannot_be_served_is_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", "serve", *options],
        env={**os.environ, "MEYASU_HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert re.fullmatch(rf"meyasu: [^\n]*{said}[^\n]*\n", done.stderr)
