"""The suite runs on the database it was told to run on."""

from __future__ import annotations

import os

from django.db import connection


def test_the_database_is_the_one_that_was_named() -> None:
    named = os.environ.get("MEYASU_DATABASE_URL", "")
    assert connection.vendor == ("postgresql" if named.startswith("postgres") else "sqlite")
