"""What the environment says to the centre, read once and checked: folder, key, hosts, database, operator.

Reading never writes: the data folder and the key in it are made by :mod:`meyasubako.centre.config.prepare`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from meyasubako.centre.accounts import keyring
from meyasubako.errors import StorageError, UsageError

KEY_FILE = "secret-key"
LIBPQ_OPTIONS = {
    "host",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "target_session_attrs",
}
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+\Z")


def home_from(environment: Mapping[str, str]) -> Path:
    """The data folder named by ``MEYASU_HOME`` (default ``./var/meyasu``), absolute; it need not exist."""
    return Path(environment.get("MEYASU_HOME") or "var/meyasu").expanduser().absolute()


def secret_key(home: Path) -> str:
    """The key kept in the data folder, else a key that lasts as long as this process."""
    try:
        return (home / KEY_FILE).read_text("ascii").strip()
    except FileNotFoundError:
        return secrets.token_urlsafe(64)
    except OSError as error:
        raise StorageError(str(home / KEY_FILE), error.strerror or "cannot be read") from error


def ensure_secret_key(home: Path) -> Path:
    """Make the key once, readable by its owner alone (mode 0600), and return its path.

    Two processes that start together agree on one key: it is written aside and linked into place.
    """
    path = home / KEY_FILE
    if not path.exists():
        aside = home / f".{KEY_FILE}.{os.getpid()}"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as key:
            key.write(secrets.token_urlsafe(64) + "\n")
            key.flush()
            os.fsync(key.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path


def field_key_file(environment: Mapping[str, str], home: Path) -> Path:
    """The file of keys for field encryption: ``MEYASU_FIELD_KEY``, else ``field-key`` in the data folder."""
    named = environment.get("MEYASU_FIELD_KEY")
    return Path(named).expanduser().absolute() if named else home / keyring.KEY_FILE


def allowed_hosts(environment: Mapping[str, str], name: str = "MEYASU_HOSTS") -> list[str]:
    """Host names a site answers to: those in a variable, separated by commas, and always loopback."""
    named = [host.strip() for host in environment.get(name, "").split(",")]
    return [*filter(None, named), "localhost", "127.0.0.1", "[::1]"]


def origins(environment: Mapping[str, str], name: str, default: str) -> list[str]:
    """Origins (``https://host[:port]``) named in a variable, separated by commas. Raises UsageError."""
    found = [one.strip() for one in (environment.get(name) or default).split(",") if one.strip()]
    for one in found:
        if not ORIGIN.match(one):
            raise UsageError(name, f"{one!r} is no origin of the form https://host:port")
    return found


def switched_on(environment: Mapping[str, str], name: str) -> bool:
    """Whether a switch is ``1``; unset, empty and ``0`` are off, anything else is a mistake."""
    said = environment.get(name, "")
    if said not in {"", "0", "1"}:
        raise UsageError(name, f"{said!r} is neither 0 nor 1")
    return said == "1"


def database(environment: Mapping[str, str], home: Path) -> dict[str, Any]:
    """Django's settings of the relational database.

    ``MEYASU_DATABASE_URL`` is ``postgresql://user:password@host:port/name``, or with a unix socket
    ``postgresql:///name?host=/run/postgresql`` (libpq's other options may follow in the same way:
    ``sslmode``, ``sslrootcert``, ``connect_timeout``). Without it the database is a SQLite file in the data
    folder, write-ahead logged, each transaction taking the write lock at its start.
    """
    url = environment.get("MEYASU_DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "centre.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    return _postgresql(url)


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    asked = dict(parse_qsl(parts.query))
    try:
        port = str(parts.port or asked.pop("port", ""))
    except ValueError as error:
        raise UsageError("MEYASU_DATABASE_URL", "the port is no number") from error
    if parts.scheme not in {"postgresql", "postgres"} or not name or not set(asked) <= LIBPQ_OPTIONS:
        raise UsageError("MEYASU_DATABASE_URL", "expected postgresql://user:password@host:port/name")
    host = asked.pop("host", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host or unquote(parts.hostname or ""),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": asked,
    }
