"""Events: what may be recorded, and that the database refuses to forget it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from meyasubako.centre.audit.models import ChainLink, Event
from meyasubako.centre.audit.services import event_record


def record(at: datetime, **changed: Any) -> Event:
    said: dict[str, Any] = {
        "action": "report.filed",
        "subject": "report:1",
        "by_account": 1,
        "organisation": 1,
        "now": at,
        "detail": {"queue": "held"},
    }
    return event_record(**(said | changed))


@pytest.mark.django_db
def test_an_event_keeps_what_was_said(now: datetime) -> None:
    event = Event.objects.get(pk=record(now).pk)
    assert (event.action, event.subject, event.account_id, event.organisation_id) == (
        "report.filed",
        "report:1",
        1,
        1,
    )
    assert event.at == now
    assert event.detail == {"queue": "held"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"action": "Report filed"},
        {"subject": "report"},
        {"subject": "report:a@b.example"},
        {"detail": {"to": "a@b.example"}},
        {"detail": {"name": "山田"}},
        {"detail": {"said": "two words"}},
        {"detail": {"line": "end\n"}},
        {"now": datetime(2026, 4, 1)},  # noqa: DTZ001 - a time without a zone is what is refused
    ],
    ids=str,
)
def test_personal_data_and_loose_words_are_refused(now: datetime, changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        record(now, **changed)
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(now: datetime) -> None:
    with pytest.raises(RuntimeError):
        record(now)


def refused(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_database_refuses_to_change_and_to_remove(now: datetime) -> None:
    event = record(now)
    ChainLink.objects.create(sequence=1, event_id=event.pk, digest="0" * 64, closed_at=now)
    for table in ("audit_event", "audit_chainlink"):
        refused(f"DELETE FROM {table}")
    refused("UPDATE audit_event SET action = 'nothing'")
    refused("UPDATE audit_chainlink SET digest = ''")
    if connection.vendor == "postgresql":
        refused("TRUNCATE audit_event")
    else:
        refused(
            "INSERT OR REPLACE INTO audit_event (id, at, action, subject, detail) "
            f"VALUES ({event.pk}, '2026-01-01', 'nothing', 'report:1', '{{}}')"
        )
        refused("INSERT OR REPLACE INTO audit_chainlink VALUES (1, 99, '', '2026-01-01')")
    assert Event.objects.get().action == "report.filed"
    assert ChainLink.objects.get().digest == "0" * 64
