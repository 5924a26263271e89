"""The chain over events: what it covers, what verifying notices, and that two sealers do not disturb each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from meyasubako.centre.audit import append_only, chain, heads
from meyasubako.centre.audit.models import ChainLink, Event
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.audit.steps import step_chain_seal, step_head_publish
from meyasubako.errors import UsageError
from meyasubako.tables import seal_heads
from meyasubako.tables.home import Home

pytestmark = pytest.mark.django_db


def record(now: datetime, number: int) -> Event:
    return event_record(
        action="report.filed",
        subject=f"report:{number}",
        by_account=None,
        organisation=None,
        now=now,
        detail={"queue": "held", "count": number, "kept": True, "none": None},
    )


@pytest.fixture
def sealed(now: datetime) -> datetime:
    """Ten events under their links."""
    for number in range(10):
        record(now, number)
    assert step_chain_seal(now) == 10
    return now


@contextmanager
def as_owner_of_the_database() -> Iterator[None]:
    """What somebody could do who may drop triggers."""
    append_only.remove(connection)
    yield
    append_only.install(connection)


def codes(now: datetime, anchor: chain.Head | None = None) -> list[str]:
    anchors = [anchor] if anchor else []
    return [problem.code for problem in chain.chain_verify(now, anchors=anchors).problems]


def test_a_sealed_chain_holds_and_names_its_head(sealed: datetime) -> None:
    found = chain.chain_verify(sealed)
    assert found.good
    assert (found.events, found.links, found.waiting) == (10, 10, 0)
    assert found.head == chain.chain_head()
    assert found.head.sequence == 10


def test_the_digest_is_written_down(now: datetime) -> None:
    event = Event(
        pk=7,
        at=now,
        action="a.b",
        subject="c:1",
        account_id=2,
        organisation_id=None,
        detail={"b": 1, "a": "x"},
    )
    assert chain.canonical(event) == (
        b'{"account":2,"action":"a.b","at":"2026-04-01T03:00:00.000000Z","detail":{"a":"x","b":1},'
        b'"id":7,"organisation":null,"subject":"c:1"}'
    )
    assert (
        chain.linked("00" * 32, event) == "e9f2f919970b9b69538a0cd5e7cf2f395f63af692aa0e0bb2cff82208e3c8e39"
    )


def test_sealing_goes_on_where_it_ended(sealed: datetime) -> None:
    assert step_chain_seal(sealed) == 0
    record(sealed, 11)
    assert chain.chain_verify(sealed).waiting == 1
    assert codes(sealed) == []
    assert step_chain_seal(sealed) == 1
    assert list(ChainLink.objects.values_list("sequence", flat=True)) == list(range(1, 12))


def test_an_event_that_committed_late_comes_into_the_chain_later(sealed: datetime) -> None:
    with as_owner_of_the_database():
        late = Event.objects.order_by("pk")[4]
        ChainLink.objects.all().delete()
        Event.objects.filter(pk=late.pk).delete()
    step_chain_seal(sealed)
    late.save(force_insert=True)
    assert step_chain_seal(sealed) == 1
    assert ChainLink.objects.get(event_id=late.pk).sequence == 10
    assert codes(sealed) == []


@pytest.mark.parametrize("place", [1, 5, 10])
@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "report:99"},
        {"account_id": 5},
        {"detail": {}},
        {"at": datetime.fromisoformat("2020-01-01T00:00:00+00:00")},
    ],
    ids=["subject", "account", "detail", "time"],
)
def test_an_altered_event_is_found(sealed: datetime, place: int, changed: dict[str, object]) -> None:
    with as_owner_of_the_database():
        Event.objects.filter(pk=ChainLink.objects.get(sequence=place).event_id).update(**changed)
    assert codes(sealed) == ["altered"]


def test_removed_events_and_links_are_found(sealed: datetime) -> None:
    with as_owner_of_the_database():
        Event.objects.filter(pk=ChainLink.objects.get(sequence=3).event_id).delete()
    assert codes(sealed) == ["event_missing"]
    with as_owner_of_the_database():
        ChainLink.objects.filter(sequence=3).delete()
    assert codes(sealed) == ["gap", "altered"]


def test_an_event_put_in_behind_the_step_is_found_once_it_is_old(sealed: datetime) -> None:
    record(sealed - timedelta(hours=2), 12)
    assert codes(sealed) == ["unsealed"]
    assert chain.chain_seal(sealed, whole=True) == 1
    assert codes(sealed) == []


def test_a_chain_built_anew_is_found_against_a_head_kept_outside(sealed: datetime) -> None:
    kept = chain.chain_head()
    assert codes(sealed, kept) == []
    with as_owner_of_the_database():
        Event.objects.filter(pk=ChainLink.objects.get(sequence=2).event_id).update(subject="report:77")
        ChainLink.objects.all().delete()
    step_chain_seal(sealed)
    assert codes(sealed) == []
    assert codes(sealed, kept) == ["anchor"]


def test_a_chain_cut_short_is_found_against_a_head_kept_outside(sealed: datetime) -> None:
    kept = chain.chain_head()
    with as_owner_of_the_database():
        last = ChainLink.objects.get(sequence=10)
        Event.objects.filter(pk=last.event_id).delete()
        last.delete()
    assert codes(sealed) == []
    assert codes(sealed, kept) == ["anchor"]


def test_more_events_than_go_into_one_transaction(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "LINKS_AT_ONCE", 3)
    for number in range(8):
        record(now, number)
    assert step_chain_seal(now) == 8
    assert chain.chain_verify(now).good
    assert chain.chain_verify(now).links == 8


def test_a_head_is_signed_once_a_day_and_no_other_signature_passes(sealed: datetime, home: Path) -> None:
    assert step_head_publish(sealed) == 1
    (path,) = (home / heads.PUBLISHED).iterdir()
    document = json.loads(path.read_text())
    assert heads.check_head(document, key=document["key"]).digest == chain.chain_head().digest
    record(sealed, 11)
    step_chain_seal(sealed)
    step_head_publish(sealed)
    assert json.loads(path.read_text()) == document
    assert codes(sealed, heads.check_head(document)) == []
    for changed in (
        {"sequence": 9},
        {"digest": "0" * 64},
        {"signed_at": "2020-01-01T00:00:00+00:00"},
        {"key": "x"},
    ):
        with pytest.raises(UsageError):
            heads.check_head({**document, **changed})
    with pytest.raises(UsageError, match="another key"):
        heads.check_head(document, key="AAAA")


def test_a_head_of_the_seals_is_none_of_the_log(sealed: datetime, home: Path) -> None:
    document = heads.signed_head(Home.from_environment(), now=sealed)
    with pytest.raises(UsageError):
        seal_heads.check_head({**document, "head": document["digest"], "arrivals_version": 1})
