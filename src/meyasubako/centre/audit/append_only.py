"""What makes the database itself refuse to change or remove what was recorded; for SQLite and for PostgreSQL.

SQLite's ``INSERT OR REPLACE`` removes a row without firing its DELETE trigger, so that an insert over a key that is
there is refused as well. Whoever owns the database can drop a trigger: that is what the chain and its anchored head
are for.
"""

from __future__ import annotations

from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = {"audit_event": ("id",), "audit_chainlink": ("sequence", "event_id")}
REFUSAL = "the audit log is append-only"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers on every table."""
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away (to undo the migration)."""
    with connection.cursor() as cursor:
        for statement in undoing(connection.vendor):
            cursor.execute(statement)


def statements(vendor: str) -> list[str]:
    """The statements that make the triggers. Raises NotSupportedError for another database."""
    if vendor == "sqlite":
        return [made for table, keys in TABLES.items() for made in _sqlite(table, keys)]
    if vendor == "postgresql":
        return [
            FUNCTION,
            *(
                f"CREATE TRIGGER {table}_{when} BEFORE {event} ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
                for table in TABLES
                for when, event in (("change", "UPDATE OR DELETE"), ("truncate", "TRUNCATE"))
            ),
        ]
    raise NotSupportedError(vendor)


def undoing(vendor: str) -> list[str]:
    """The statements that take the triggers away again."""
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_{when}"
            for table in TABLES
            for when in ("update", "delete", "again")
        ]
    if vendor == "postgresql":
        return [
            *(
                f"DROP TRIGGER IF EXISTS {table}_{when} ON {table}"
                for table in TABLES
                for when in ("change", "truncate")
            ),
            "DROP FUNCTION IF EXISTS audit_refuse()",
        ]
    raise NotSupportedError(vendor)


def _sqlite(table: str, keys: tuple[str, ...]) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    there = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    found = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608 - names of our own
    return [
        f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_again BEFORE INSERT ON {table} WHEN {found} {refuse}",
    ]
