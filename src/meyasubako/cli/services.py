"""The services that ``meyasu serve`` runs, as data: what each is called, how it is started, where it listens."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
METRICS_PORT = 9460
"""Where the first service shows its metrics; the others follow in the order of the list."""


@dataclass(frozen=True, slots=True)
class Service:
    """One process of a centre. ``port`` is where it listens by default, None where nothing does.

    ``web`` names the WSGI module of a site; other services are verbs of ``meyasu``.
    """

    name: str
    ja: str
    en: str
    port: int | None = None
    web: str | None = None


SERVICES = (
    Service("site", "公開サイト", "public site", 8000, "meyasubako.centre.config.wsgi"),
    Service("staff", "職員サイト", "staff site", 8001, "meyasubako.centre.config.wsgi_staff"),
    Service("mailview", "メール表示", "mail view", 8002, "meyasubako.centre.config.wsgi_mailview"),
    Service("smtp", "SMTP受信", "SMTP", 2525),
    Service("lmtp", "LMTP受信", "LMTP", 2424),
    Service("commit", "受信の取り込み", "spool committer"),
    Service("follow", "解析", "follower"),
    Service("schedule", "定期処理", "scheduler"),
)
BY_NAME: Mapping[str, Service] = {service.name: service for service in SERVICES}


def web_command(service: Service, descriptor: int) -> list[str]:
    """Gunicorn on an open socket; the rest is in ``centre.config.gunicorn``."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config=python:meyasubako.centre.config.gunicorn",
        f"--bind=fd://{descriptor}",
        "--no-control-socket",
        f"{service.web}:application",
    ]


def verb_command(service: Service, place: tuple[str, int] | None) -> list[str]:
    """The verb of the service, listening where it has to."""
    command = [sys.executable, "-m", "meyasubako.cli", service.name]
    if place is not None:
        command += ["--host", place[0], "--port", str(place[1])]
    return command


def environment_of(
    service: Service, base: Mapping[str, str], home: Path, metrics: tuple[str, int] | None
) -> dict[str, str]:
    """What a service is told: the folder, its name in the log, where it shows its metrics."""
    told = {**base, "MEYASU_HOME": str(home), "MEYASU_PROCESS": service.name}
    told.pop("MEYASU_METRICS", None)
    if metrics is not None:
        told["MEYASU_METRICS"] = f"{metrics[0]}:{metrics[1]}"
    if service.name == "follow":
        # Its progress display is for a person who follows alone (TTY_COMPATIBLE is Rich's switch).
        told["TTY_COMPATIBLE"] = "0"
    return told
