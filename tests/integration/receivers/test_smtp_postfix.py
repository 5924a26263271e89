"""Behind a real Postfix, over LMTP, as ``docs/receivers.md`` has it: the recipe there is the one that is tested here."""

from __future__ import annotations

import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from smtp_running import LOOPBACK, Running, arrivals, commit, lmtp, spooled, write_routes

from meyasubako.centre.monitors.postfix import Clock, attempt_in

ROOT = Path(__file__).resolve().parents[3]
POSTFIX = shutil.which("postfix") or "/usr/sbin/postfix"
ROUTES = {
    "monitors": {"tokyo-1": {"class": "pc"}},
    "recipients": {
        "taro@decoy.example": {"monitor": "tokyo-1"},
        "jiro@decoy.example": {"monitor": "tokyo-1"},
    },
    "decoy_domains": ["decoy.example"],
}
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
PRIVATE = """\
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = /var, /dev/stdout, {folder}
inet_interfaces = loopback-only
compatibility_level = 3.6
minimal_backoff_time = 1s
queue_run_delay = 1s
"""


def recipe(port: int) -> str:
    """The lines for main.cf out of the page, with another port."""
    page = (ROOT / "docs" / "receivers.md").read_text("utf-8")
    found = re.search(r"```ini\n# main\.cf\n(.*?)```", page, re.DOTALL)
    assert found is not None
    text, replaced = re.subn(r"inet:127\.0\.0\.1:2424", f"inet:127.0.0.1:{port}", found[1])
    assert replaced
    return text


def free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def postfix(lmtp_port: int) -> Iterator[tuple[int, Path]]:
    """A Postfix of our own on a free port, with a queue and a log of its own."""
    folder = Path(tempfile.mkdtemp(prefix="meyasu-postfix-"))
    folder.chmod(0o755)
    port = free_port()
    config = folder / "config"
    for part in (config, folder / "queue", folder / "data"):
        part.mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix", "postfix")
    (config / "main.cf").write_text(PRIVATE.format(folder=folder) + recipe(lmtp_port))
    (config / "master.cf").write_text(MASTER.format(port=port))
    started = subprocess.run([POSTFIX, "-c", config, "start"], capture_output=True, text=True, timeout=60)
    try:
        assert started.returncode == 0, started.stderr
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            try:
                socket.create_connection((LOOPBACK, port), 5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, folder / "log"
    finally:
        subprocess.run([POSTFIX, "-c", config, "stop"], capture_output=True, timeout=60)
        log = folder / "log"
        print(log.read_text() if log.exists() else started.stderr)
        shutil.rmtree(folder)


def wait_for(home: Path, mails: int) -> None:
    """Until so many mails lie in the spool."""
    ends = time.monotonic() + 30
    while len(spooled(home / "spool")) < mails and time.monotonic() < ends:
        time.sleep(0.2)


def test_mail_through_postfix_keeps_its_client(home: Path) -> None:
    write_routes(home, **ROUTES)
    with lmtp(home, "--port", "0") as server, postfix(server.port) as (port, log):
        with smtplib.SMTP(LOOPBACK, port, local_hostname="client.example", timeout=40) as client:
            assert client.sock is not None
            from_port = client.sock.getsockname()[1]
            client.sendmail(
                "a@example.com", ["taro@decoy.example", "jiro@decoy.example"], b"Subject: x\r\n\r\n.\r\n"
            )
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("a@example.com", ["made-up@decoy.example"], b"x\r\n")
            assert refused.value.recipients["made-up@decoy.example"][0] == 550
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("a@example.com", ["a@elsewhere.example"], b"x\r\n")
            assert refused.value.recipients["a@elsewhere.example"][0] in (454, 554)
        wait_for(home, 2)
        server.stop()
        # Postfix refused the made-up name itself: its log, and nothing else, tells who tried it.
        clock = Clock(UTC, datetime.now(UTC))
        attempts = [attempt_in(line, clock) for line in log.read_bytes().splitlines()]
    assert [one[1:] for one in attempts if one is not None] == [
        (LOOPBACK, "client.example", "example.com", "decoy.example", "made-up")
    ]
    commit(home)
    rows = arrivals(home)
    assert sorted(row["envelope_to"] for row in rows) == ["jiro@decoy.example", "taro@decoy.example"]
    for row in rows:
        assert (row["client_ip"], row["client_port"], row["helo"]) == (LOOPBACK, from_port, "client.example")
        assert row["envelope_from"] == "a@example.com"
        assert row["raw"].startswith(b"Received: from client.example")
        assert row["raw"].endswith(b"\r\n\r\n.\r\n")


def test_postfix_waits_while_we_are_away_and_brings_each_mail_once(home: Path) -> None:
    write_routes(home, **ROUTES)
    port = free_port()
    with postfix(port) as (front, _log):

        def send(number: int) -> None:
            with smtplib.SMTP(LOOPBACK, front, local_hostname="client.example", timeout=40) as client:
                client.sendmail("a@example.com", ["taro@decoy.example"], b"Subject: %d\r\n\r\nx\r\n" % number)

        server: Running
        with lmtp(home, "--port", str(port)) as server:
            send(0)
            wait_for(home, 1)
            server.kill()
        for number in range(1, 4):  # the address was looked up while we were there
            send(number)
        with lmtp(home, "--port", str(port)) as server:
            wait_for(home, 4)
            server.stop()
    commit(home)
    subjects = [re.search(rb"^Subject: (\d)", row["raw"], re.MULTILINE) for row in arrivals(home)]
    assert sorted(found[1] for found in subjects if found) == [b"0", b"1", b"2", b"3"]
