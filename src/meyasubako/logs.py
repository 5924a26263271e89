"""What every process says in its log: one JSON object a line, or a line for people, and never anybody's address.

``configure`` sets up this process; the web processes take ``configuration`` (a ``dictConfig``). E-mail addresses are
taken out of everything that is logged, and of network addresses the part that names a single host, whoever wrote the
message: a library's exception quotes what it was given.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import logging.config
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from meyasubako.errors import UsageError

ADDRESS = "[address]"
AT = re.compile("[@＠﹫]|%40|=40", re.IGNORECASE)
LINK = re.compile(r"(/track/)[A-Za-z0-9_-]{16,}")
"""The secret in a reporter's link: whoever has it can follow and erase the report."""
ROW = re.compile(r"(\bDETAIL:\s)(?:(?!\n\n).)*+", re.DOTALL)
"""What PostgreSQL quotes of a row that it refuses."""
ENDS = frozenset("<>(),;")
QUOTES = frozenset("\"'`「」『』")
IPV4 = re.compile(r"(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d|\.\d)")
IPV6 = re.compile(r"(?:(?<![\w:.])|(?<=[Ii][Pp][Vv]6:))[0-9A-Fa-f:]{2,39}+(?:\.\d{1,3}){0,3}(?![\w:]|\.\w)")
"""Also as SMTP writes it (``IPv6:2001:db8::1``), and with the colon or the full stop of a sentence behind it."""
OWN = frozenset(vars(logging.makeLogRecord({})))
"""Attributes that every record has; others were given by ``extra``."""
LEFT_OUT = frozenset({"message", "asctime", "taskName", "request"})
"""Attributes that are said already, or say too much."""
LONGEST = 20_000
SERVERS = ("django", "gunicorn")
"""Loggers of those who write down what was asked for."""
SECRET = re.compile(r"(?<=/)[\w=:.~-]{16,}")
"""A step of a web address so long that it may be the secret of a link."""


def redact(text: str) -> str:
    """The text without e-mail addresses, secrets of links and rows; network addresses cut to their network (/24, /48)."""
    text = ROW.sub(r"\1[row]", text) if "DETAIL:" in text else text
    text = LINK.sub(r"\1[secret]", _without_mail_addresses(text))
    if ":" in text:
        text = IPV6.sub(_network, text)
    return IPV4.sub(_network, text)


def _without_mail_addresses(text: str) -> str:
    """Each @ with what stands around it, up to white space or a sign that no address holds bare; in linear time."""
    if AT.search(text) is None:
        return text
    parts: list[str] = []
    done = 0
    for at in AT.finditer(text):
        if at.start() < done:
            continue
        start = _start(text, at.start(), done)
        end = _end(text, at.end())
        parts += (text[done:start], ADDRESS)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _start(text: str, at: int, least: int) -> int:
    """Where the local part before an @ begins; a quoted one (RFC 5322 section 3.2.4) may hold anything."""
    if at > least and text[at - 1] == '"':
        opening = text.rfind('"', least, at - 1)
        while opening > least and text[opening - 1] == "\\":
            opening = text.rfind('"', least, opening)
        return max(opening, least)
    start = at
    while start > least and not (
        text[start - 1].isspace() or text[start - 1] in ENDS or text[start - 1] in QUOTES
    ):
        start -= 1
    return start


def _end(text: str, after: int) -> int:
    """Where the domain behind an @ ends; more signs @ belong to it."""
    end = after
    while end < len(text) and not (text[end].isspace() or text[end] in ENDS or text[end] in QUOTES):
        end += 1
    return end


def _network(found: re.Match[str]) -> str:
    """The network of an address; loopback and what means every address are as they are, and so is no address."""
    text, behind = found[0], ""
    if text.endswith(":") and not text.endswith("::"):
        text, behind = text[:-1], ":"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return found[0]
    if address.is_loopback or address.is_unspecified:
        return found[0]
    network = ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
    return f"{network}{behind}"


def _said(record: logging.LogRecord, text: str) -> str:
    """What may be said: redacted, and in what Django or gunicorn say of a request without the secrets of links."""
    return redact(SECRET.sub("[secret]", text) if record.name.startswith(SERVERS) else text)


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, process, message, what ``extra`` gave, and the error."""

    def __init__(self, process: str) -> None:
        """``process`` is what this process is for: ``smtp``, ``site`` ..."""
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": self._process,
            "message": _said(record, record.getMessage()[:LONGEST]),
        }
        for name, value in vars(record).items():
            if name not in OWN and name not in said and name not in LEFT_OUT:
                plain = (
                    value
                    if isinstance(value, (int, float, bool, type(None)))
                    else redact(str(value)[:LONGEST])
                )
                said[redact(name)] = plain
        if record.exc_info:
            said["error"] = _said(record, self.formatException(record.exc_info)[-LONGEST:])
        return json.dumps(said, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """A record for people who watch."""

    def __init__(self, process: str) -> None:
        """``process`` stands in front of each line."""
        super().__init__(f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """A line and, below it, the error."""
        return _said(record, super().format(record))


def configuration(
    process: str, environment: Mapping[str, str] = os.environ, *, level: str = "INFO"
) -> dict[str, Any]:
    """A ``dictConfig``: everything to standard error, as ``MEYASU_LOG`` says: ``json``, ``text``, else by the terminal.

    Raises UsageError for another word.
    """
    shape = environment.get("MEYASU_LOG") or ("text" if sys.stderr.isatty() else "json")
    if shape not in {"json", "text"}:
        raise UsageError("MEYASU_LOG", f"{shape!r} is neither json nor text")
    formatter = JsonLines if shape == "json" else PlainLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "process": process}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # What asks and answers is no event; the centre's own pages log what went wrong.
            "django.server": {"level": "WARNING"},
            # Anybody can send a wrong Host: the answer is 400, and no traceback that would fill the log.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def configure(process: str, *, level: str = "INFO") -> None:
    """Set this process's log up."""
    logging.config.dictConfig(configuration(process, level=level))
