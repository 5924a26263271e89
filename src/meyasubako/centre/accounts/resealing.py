"""Bringing what older keys sealed under the newest one, so that an old key can be retired.

Works on the stored bytes of every sealed field of every model, a few rows at a time, and changes a row only if it
is still what was read: it may run while the centre works, and again after it was stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from meyasubako.centre.accounts import keyring
from meyasubako.centre.accounts.sealed import SealedBinaryField, key_file, key_of, seal, unseal
from meyasubako.centre.audit.services import event_record
from meyasubako.errors import UsageError

ROWS_AT_ONCE = 50


@dataclass(frozen=True)
class SealedColumn:
    """One sealed field, with the quoted names of its table, of the table's key and of its column."""

    field: SealedBinaryField
    table: str
    key: str
    column: str

    @classmethod
    def of(cls, field: SealedBinaryField) -> SealedColumn:
        """The column of a field that belongs to a model."""
        quote, known = connection.ops.quote_name, field.model._meta  # noqa: SLF001 - Django's documented API
        return cls(field, quote(known.db_table), quote(str(known.pk.column)), quote(str(field.column)))

    def rows(self) -> Iterator[tuple[Any, bytes]]:
        """(key, sealed bytes) of every row that has a value, in the order of keys."""
        chosen = f"SELECT {self.key}, {self.column} FROM {self.table} WHERE {self.column} IS NOT NULL"  # noqa: S608
        after: Any = None
        while True:
            with connection.cursor() as cursor:
                if after is None:
                    cursor.execute(f"{chosen} ORDER BY {self.key} LIMIT %s", [ROWS_AT_ONCE])
                else:
                    further = f"{chosen} AND {self.key} > %s ORDER BY {self.key} LIMIT %s"
                    cursor.execute(further, [after, ROWS_AT_ONCE])
                rows = cursor.fetchall()
            for row in rows:
                after = row[0]
                yield row[0], bytes(row[1])
            if len(rows) < ROWS_AT_ONCE:
                return

    def reseal(self, key: Any, sealed: bytes) -> int:
        """Seal one value with the newest key if it is still what was read; gives 1 if it was, else 0."""
        purpose = self.field.purpose
        again = seal(unseal(sealed, purpose=purpose), purpose=purpose)
        changed = f"UPDATE {self.table} SET {self.column} = %s WHERE {self.key} = %s AND {self.column} = %s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(changed, [again, key, sealed])
            return int(cursor.rowcount)


def sealed_columns() -> list[SealedColumn]:
    """Every sealed field of every model."""
    return [
        SealedColumn.of(field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented API
        if isinstance(field, SealedBinaryField)
    ]


def sealed_by() -> dict[str, int]:
    """How many values each key seals, every key of the file named."""
    counts = dict.fromkeys(keyring.load(key_file()).sealing, 0)
    for column in sealed_columns():
        for _, sealed in column.rows():
            key = key_of(sealed)
            counts[key] = counts.get(key, 0) + 1
    return counts


def reseal() -> int:
    """Seal with the newest key whatever an older one sealed; gives how many values were."""
    newest = keyring.load(key_file()).newest
    done = 0
    for column in sealed_columns():
        for key, sealed in column.rows():
            if key_of(sealed) != newest:
                done += column.reseal(key, sealed)
    return done


def key_rotate(*, now: datetime, by_account: int | None = None) -> str:
    """Add a key, record it, and seal everything again with it; gives the new key's id."""
    name = keyring.rotate(key_file())
    _recorded("key.rotated", name, now, by_account)
    reseal()
    return name


def key_retire(name: str, *, now: datetime, by_account: int | None = None) -> None:
    """Drop a key that seals nothing. Raises UsageError while it still does."""
    left = sealed_by().get(name, 0)
    if left:
        raise UsageError(name, f"still seals {left} values; reseal first")
    keyring.retire(key_file(), name)
    _recorded("key.retired", name, now, by_account)


def _recorded(action: str, name: str, now: datetime, by_account: int | None) -> None:
    with transaction.atomic():
        event_record(
            action=action, subject=f"field_key:{name}", by_account=by_account, organisation=None, now=now
        )
