"""From an archive with the DNS asked to observations that are authenticated: each mail asked for once, answers first."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.errors import UnavailableError
from meyasubako.receivers.batch import Intake
from meyasubako.receivers.capturing import SenderCapture
from meyasubako.receivers.ingest import Ingested, Source, ingest_sources
from meyasubako.sample import generate, write_run
from meyasubako.sample.resolver import SampleResolver
from meyasubako.sender import Answer
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, Layout
from meyasubako.tables.table import Table

MAILS = 240


class Counting(SampleResolver):
    """The sample's DNS, counting."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()

    def ask(self, name: str, rtype: str, /) -> Answer:
        self.asked[name, rtype] += 1
        return super().ask(name, rtype)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_run(generate(5, MAILS, "2009-01..2009-02"), tmp_path / "sample")
    return tmp_path / "sample"


def run(home: Path, folder: Path, resolver: SampleResolver) -> Ingested:
    sources = [Source((folder / "report",), Intake("report", None, None, None))]
    sources += [
        Source((one,), Intake("monitor", one.name, "pc", None))
        for one in sorted((folder / "monitor").iterdir())
    ]
    return ingest_sources(
        sources, home=home, asking=lambda trust: SenderCapture.of_resolver(trust, resolver, "sample")
    )


def rows(home: Path, layout: Layout) -> list[dict[str, Any]]:
    return [row for piece in Table.open(Home.at(home), layout).scan() for row in piece.to_pylist()]


def test_observations_are_authenticated_as_the_truth_says(tmp_path: Path, folder: Path) -> None:
    home, resolver = tmp_path / "home", Counting()
    done = run(home, folder, resolver)
    assert (done.taken, done.duplicate) == (MAILS, 0)
    truth = {
        row["sha256"]: row
        for row in map(json.loads, (folder / "truth.jsonl").read_text("utf-8").splitlines())
    }
    observed = rows(home, OBSERVATIONS_LAYOUT)
    assert len(observed) == MAILS
    for row in observed:
        said = truth[row["sha256"]]
        assert row["auth_reason"] == "dns-captured"
        assert (row["auth_spf"], row["auth_dkim"], row["auth_dmarc"]) == (
            said["spf"],
            said["dkim"],
            said["dmarc"],
        )
    arrived = {row["arrival_id"] for row in rows(home, ARRIVALS_LAYOUT)}
    answers = rows(home, DNS_ANSWERS_LAYOUT)
    assert {row["arrival_id"] for row in answers} == arrived
    assert {row["resolver"] for row in answers} == {"sample"}
    assert set(resolver.asked.values()) == {1}


def test_what_is_there_is_not_asked_for_again(tmp_path: Path, folder: Path) -> None:
    home, again = tmp_path / "home", Counting()
    run(home, folder, SampleResolver())
    before = rows(home, DNS_ANSWERS_LAYOUT)
    done = run(home, folder, again)
    assert (done.taken, done.duplicate) == (0, MAILS)
    assert not again.asked
    assert rows(home, DNS_ANSWERS_LAYOUT) == before


def test_answers_of_a_run_that_died_harm_nobody(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("meyasubako.tables.unique.ArchiveWriter.arrivals_append", die)
        with pytest.raises(KeyboardInterrupt):
            run(home, folder, SampleResolver())
    orphans = len(rows(home, DNS_ANSWERS_LAYOUT))
    assert orphans
    assert rows(home, ARRIVALS_LAYOUT) == []
    assert run(home, folder, SampleResolver()).taken == MAILS
    assert len(rows(home, DNS_ANSWERS_LAYOUT)) > orphans
    observed = rows(home, OBSERVATIONS_LAYOUT)
    assert len(observed) == MAILS
    assert {row["auth_reason"] for row in observed} == {"dns-captured"}


def test_no_mail_is_observed_before_its_answers_are_kept(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: SenderCapture, _arrivals: pa.RecordBatch, _raws: list[bytes]) -> pa.RecordBatch:
        raise OSError("no network")

    monkeypatch.setattr(SenderCapture, "__call__", refuse)
    with pytest.raises(OSError, match="no network"):
        run(tmp_path / "home", folder, SampleResolver())
    assert rows(tmp_path / "home", ARRIVALS_LAYOUT) == []


def test_without_a_resolver_asking_is_refused_at_once(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meyasubako.receivers.capturing.system_servers", lambda: ())
    with pytest.raises(UnavailableError, match="no DNS resolver"):
        ingest_sources(
            [Source((folder,), Intake("archive", None, None, None))],
            home=tmp_path / "home",
            asking=SenderCapture.of_system,
        )
    assert rows(tmp_path / "home", ARRIVALS_LAYOUT) == []
