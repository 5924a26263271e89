"""The address of the database: over TCP, over a unix socket, with libpq's options, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meyasubako.centre.config import environment
from meyasubako.errors import UsageError


def read(url: str) -> dict[str, Any]:
    return environment.database({"MEYASU_DATABASE_URL": url}, Path("/srv/meyasu"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://meyasu@/centre?host=/run/postgresql",
        "postgresql://meyasu@%2Frun%2Fpostgresql/centre",
        "postgres://meyasu@/centre?host=%2Frun%2Fpostgresql",
    ],
)
def test_a_unix_socket(url: str) -> None:
    said = read(url)
    assert (said["HOST"], said["USER"], said["NAME"], said["PORT"]) == (
        "/run/postgresql",
        "meyasu",
        "centre",
        "",
    )
    assert said["OPTIONS"] == {}


def test_a_unix_socket_of_another_port_and_options_of_libpq() -> None:
    said = read("postgresql:///centre?host=/run/postgresql&port=5433&sslmode=disable&connect_timeout=5")
    assert said["PORT"] == "5433"
    assert said["OPTIONS"] == {"sslmode": "disable", "connect_timeout": "5"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example:port/centre",
        "postgresql:///centre?hsot=/run",
        "sqlite:///centre",
        "postgresql:///",
    ],
)
def test_what_is_no_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(UsageError, match="MEYASU_DATABASE_URL") as caught:
        read(url.replace("//", "//user:secret@", 1))
    assert "secret" not in str(caught.value)
