"""A receiver, and a committer, as processes that a test may kill.

``receive HOME PREFIX``: lays mails into the spool from four threads and prints the id of each one answered for.
``commit HOME``: brings what lies in the spool into the tables, again and again, until nothing is left.
"""

from __future__ import annotations

import os
import sys
import threading

from meyasubako.receivers.commit import spool_commit
from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.unique import ArchiveWriter

ENVELOPE = {
    "received_at": "2026-05-01T00:00:00.000001+00:00",
    "received_at_source": "clock",
    "month": "2026-05",
    "channel": "monitor",
    "monitor": "tokyo-1",
    "monitor_class": "pc",
}


def receive(home: Home, prefix: str) -> None:
    with Spool(home.spool) as spool:

        def session(thread: int) -> None:
            number = 0
            while True:
                arrival_id = f"{prefix}-{thread}-{number}"
                raw = b"Subject: the same bytes for two mails\r\n\r\n%d\r\n" % (number // 2)
                spool.accept({**ENVELOPE, "arrival_id": arrival_id}, raw).result()
                os.write(1, f"{arrival_id}\n".encode())
                number += 1
                if number % 50 == 0:
                    spool.rotate()

        threads = [threading.Thread(target=session, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def commit(home: Home) -> None:
    while list(home.spool.glob("*.segment")):
        spool_commit(home, ArchiveWriter(home))


if __name__ == "__main__":
    verb, folder, *rest = sys.argv[1:]
    {"receive": receive, "commit": commit}[verb](Home.at(folder), *rest)
