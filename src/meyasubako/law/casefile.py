"""Facts written down as JSON, as corpus cases, settings and case files keep them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from meyasubako.errors import MeyasuError
from meyasubako.law.types import (
    Basis,
    Consent,
    Facts,
    Fictitious,
    Forged,
    Incidental,
    OptOut,
    Snapshot,
)


class FactsError(MeyasuError):
    """Facts that cannot be read: the reason names the key."""


def facts_from_json(values: Mapping[str, Any]) -> Facts:
    """``Facts`` from a JSON object with the same names; times as ISO 8601. Raises FactsError."""
    try:
        return Facts(**{key: read_fact(key, value) for key, value in values.items() if value is not None})
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise FactsError("facts", str(error)) from error


def read_fact(key: str, value: Any) -> Any:
    """One fact as the value ``Facts`` holds; plain values pass as they are."""
    if key == "consent":
        return Consent(**{**value, "basis": Basis(value["basis"])})
    if key == "opt_out":
        return OptOut(**{name: read_opt_out(name, part) for name, part in value.items() if part is not None})
    if key == "incidental":
        return Incidental(value)
    if key == "forged":
        return Forged(value["verdict"], tuple(value.get("grounds", ())))
    if key == "fictitious":
        return Fictitious(value["generated"], value["unused"])
    if key == "incorrect":
        return frozenset(value)
    if key == "snapshots":
        return tuple(
            Snapshot(one["url"], one["text"], moment(one["taken_at"]) if one.get("taken_at") else None)
            for one in value
        )
    return moment(value) if key == "sent_at" else value


def read_opt_out(name: str, value: Any) -> Any:
    """One part of an opt-out."""
    if name in {"notified_at", "first_received_at"}:
        return moment(value)
    if name == "until":
        return date.fromisoformat(value)
    return tuple(value) if name == "subjects" else value


def moment(value: str) -> datetime:
    """A point in time as ISO 8601."""
    return datetime.fromisoformat(value)
