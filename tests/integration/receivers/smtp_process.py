"""A server as a process, with limits that the verbs do not offer.

``smtp_process.py JSON``: keys ``limits``, ``patience``, ``quotas``, ``depths`` with the fields to change, ``proxies``,
``file_bytes`` (the largest file it may write).
Prints one line of JSON when it listens, and its counts in the end, as the verbs do; beside them the bytes it still holds.
"""

from __future__ import annotations

import json
import resource
import sys

from meyasubako.receivers.smtp.admission import Quotas
from meyasubako.receivers.smtp.limits import Limits, Patience
from meyasubako.receivers.smtp.room import Depths
from meyasubako.receivers.smtp.server import Server, Settings, listen_tcp, networks_of, serve
from meyasubako.tables.home import Home

said = json.loads(sys.argv[1])
settings = Settings(
    "mx.example.org",
    limits=Limits(**said.get("limits", {})),
    patience=Patience(**said.get("patience", {})),
    quotas=Quotas(**said.get("quotas", {})),
    depths=Depths(**said.get("depths", {})),
    proxies=networks_of(said.get("proxies", ())),
)
if "file_bytes" in said:
    resource.setrlimit(resource.RLIMIT_FSIZE, (said["file_bytes"], said["file_bytes"]))
listener = listen_tcp("127.0.0.1", 0)


servers: list[Server] = []


def started(server: Server) -> None:
    servers.append(server)
    print(json.dumps({"listening": [f"127.0.0.1:{listener.getsockname()[1]}"]}), flush=True)


counts = serve(Home.from_environment(), [listener], settings, started=started)
print(json.dumps({**counts, "held": servers[0].room.held}), flush=True)
