"""How gunicorn runs a site of the centre: one process of threads, our log, and the metrics beside it.

The application is imported in the worker, after the fork: libraries that a fork breaks are never loaded before.
"""

from __future__ import annotations

import os
from typing import Any

from meyasubako.logs import configuration

workers = 1
worker_class = "gthread"
threads = int(os.environ.get("MEYASU_THREADS") or 8)
timeout = 60
graceful_timeout = 5
max_requests = 0
control_socket_disable = True
limit_request_line = 8190
logconfig_dict: dict[str, Any] = configuration(os.environ.get("MEYASU_PROCESS") or "site", level="WARNING")


def post_worker_init(_worker: Any) -> None:
    """In the worker, when the application is loaded: show the metrics, where that is asked for."""
    from meyasubako import metrics
    from meyasubako.centre.config.measuring import database_check

    metrics.needs("database", database_check)
    metrics.listen()
