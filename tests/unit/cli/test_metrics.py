"""Where metrics listen, what they show, and what readiness says; on loopback sockets of the test's own."""

from __future__ import annotations

import json
import logging
import socket
from contextlib import closing
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from meyasubako import metrics
from meyasubako.errors import UsageError


def ask(port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, socket_enabled: None) -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        number: int = free.getsockname()[1]
    monkeypatch.setenv(metrics.VARIABLE, f"127.0.0.1:{number}")
    monkeypatch.setattr(metrics, "_checks", {})
    return number


def test_the_three_pages(port: int) -> None:
    server = metrics.listen()
    assert server is not None
    missing: list[str | None] = [None]
    metrics.needs("database", lambda: missing[0])
    try:
        status, text = ask(port, "/metrics")
        assert status == 200
        names = {family.name for family in text_string_to_metric_families(text)}
        assert "process_cpu_seconds" in names
        assert ask(port, "/healthz") == (200, "ok\n")
        status, text = ask(port, "/readyz")
        assert (status, json.loads(text)) == (200, {"database": "ok"})
        missing[0] = "database: OperationalError"
        status, text = ask(port, "/readyz")
        assert (status, json.loads(text)) == (503, {"database": "database: OperationalError"})
        assert ask(port, "/other")[0] == 404
    finally:
        server.shutdown()
        server.server_close()


def test_a_port_that_is_taken_stops_nothing(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.create_server(("127.0.0.1", port))), caplog.at_level(logging.ERROR):
        assert metrics.listen() is None
    assert "nothing is shown" in caplog.text


@pytest.mark.parametrize(
    "said", ["0.0.0.0:9464", "203.0.113.1:9464", "9464", "127.0.0.1:x", "127.0.0.1:70000", "host:1"]
)
def test_only_loopback(said: str) -> None:
    with pytest.raises(UsageError, match="MEYASU_METRICS"):
        metrics.place_of({metrics.VARIABLE: said})


def test_nothing_listens_unless_asked() -> None:
    assert metrics.place_of({}) is None
    assert metrics.place_of({metrics.VARIABLE: "[::1]:9464"}) == ("::1", 9464)
