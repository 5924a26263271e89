"""``meyasu commit`` beside a server: what was answered is in the tables within seconds, and SIGTERM ends it in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from smtp_running import CLI, Client, arrivals, smtp


def test_it_commits_while_mail_comes_in_and_ends_in_order(home: Path) -> None:
    committer = subprocess.Popen(
        [*CLI, "commit", "--every", "0.3", "--no-ask-dns", "--json"],
        env={**os.environ, "MEYASU_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        with smtp(home) as server:
            client = Client(server.connect())
            client.say(b"EHLO x")
            for number in range(30):
                assert client.send(b"mail %d\r\n" % number) == 250
                time.sleep(0.05)
            ends = time.monotonic() + 30
            while len(arrivals(home)) < 30 and time.monotonic() < ends:
                time.sleep(0.2)
            assert len(arrivals(home)) == 30
            assert client.send(b"the last\r\n") == 250
            client.close()
            server.stop()
        committer.send_signal(signal.SIGTERM)
        output, _ = committer.communicate(timeout=30)
        assert committer.returncode == 0
        assert json.loads(output)["mails"] == 31
    finally:
        if committer.poll() is None:
            committer.kill()
            committer.communicate()
    assert len(arrivals(home)) == 31
    assert list((home / "spool").iterdir()) == []
    once = subprocess.run(
        [*CLI, "commit", "--once", "--no-ask-dns"],
        env={**os.environ, "MEYASU_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert once.stdout == "0 mails committed from 0 segments\n"
