"""What a site shows of itself: its answers by class and how long they took, and whether its database answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Counter, Histogram

from meyasubako import metrics

REQUESTS = Counter(
    "meyasu_http_responses", "Answers given, by class.", labelnames=["class"], registry=metrics.registry
)
SECONDS = Histogram(
    "meyasu_http_seconds",
    "Seconds to an answer.",
    registry=metrics.registry,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


def database_check() -> str | None:
    """Whether the relational database answers; on a connection of this question's own, since each has its thread."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return f"database: {type(error).__name__}"
    finally:
        connection.close()
    return None


class Measured:
    """Middleware, outermost: counts answers by class and how long they took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and count it."""
        started = time.perf_counter()
        response = self.get_response(request)
        SECONDS.observe(time.perf_counter() - started)
        REQUESTS.labels(f"{response.status_code // 100}xx").inc()
        return response
