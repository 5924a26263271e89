"""Start Django in a process that is no web server: what every verb of the command line calls first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

SETTINGS = "meyasubako.centre.config.settings"


def start() -> None:
    """Set Django up on the data folder, with its keys made and its database at the newest migration.

    Safe to call twice and by two processes at once: the second waits for the first. Raises StorageError where the
    folder or the database refuses.
    """
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from meyasubako.centre.accounts import keyring
    from meyasubako.centre.config import environment
    from meyasubako.errors import StorageError

    home = environment.home_from(os.environ)
    try:
        home.mkdir(mode=0o750, parents=True, exist_ok=True)
        environment.ensure_secret_key(home)
        keyring.ensure(environment.field_key_file(os.environ, home))
    except OSError as error:
        raise StorageError(str(home), error.strerror or "cannot be written") from error
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django
    from django.core.management import call_command

    django.setup()
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            with Preparing(home):
                call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise StorageError("database", str(error).strip().splitlines()[0]) from error


class Preparing:
    """One process at a time changes the tables; the others wait."""

    def __init__(self, home: Path) -> None:
        self._path = home / ".preparing"

    def __enter__(self) -> None:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
