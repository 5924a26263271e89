"""Figures from the roll-up are those from the observations, and both are what plain counting gives."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_analysis import START, PlainEngine, arrival, arrival_rows, evidence_rows, plain_findings, raw_mail

from meyasubako.engines.figures import FIGURES, FigureBook, figures
from meyasubako.engines.follower import follow_once
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import ROLLUPS, RollUpKeeper
from meyasubako.engines.upkeep import keep_up
from meyasubako.errors import UsageError
from meyasubako.queries import query_names, query_text
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.table import Table

COUNTRIES = st.sampled_from([None, "JP", "US", "CN"])
MAILS = st.fixed_dictionaries(
    {
        "number": st.integers(0, 20),
        "country": COUNTRIES,
        "language": st.sampled_from([None, "ja", "en"]),
        "asn": st.sampled_from([None, 64496, 64497]),
        "hours": st.integers(0, 24 * 70),
        "how": st.sampled_from(
            [("monitor", "pc"), ("monitor", "mobile"), ("archive", None), ("report", None)]
        ),
        "report": st.integers(0, 4),
    }
)


def bring(home: Home, rows: list[dict[str, Any]]) -> None:
    raws, arrivals = [], []
    for row in rows:
        raw = raw_mail(row["number"], country=row["country"], language=row["language"], asn=row["asn"])
        channel, monitor_class = row["how"]
        raws.append(raw)
        arrivals.append(
            arrival(
                raw,
                received_at=START + timedelta(hours=row["hours"]),
                channel=channel,
                monitor_class=monitor_class,
                report_id=f"R{row['report']}" if channel == "report" else None,
            )
        )
    if rows:
        Table.open(home, EVIDENCE_LAYOUT).append(evidence_rows(raws))
        Table.open(home, ARRIVALS_LAYOUT).append(arrival_rows(arrivals))


def without_versions(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**figure, "provenance": {**figure["provenance"], "versions": None}} for figure in found]


def plainly_counted(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Month -> what the figures must say, counted without any table."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        month = f"{START + timedelta(hours=row['hours'] + 9):%Y-%m}"
        figure = found.setdefault(
            month,
            {
                "reports": set(),
                "mails": 0,
                "monitors": Counter(),
                "countries": Counter(),
                "japanese": Counter(),
            },
        )
        channel, monitor_class = row["how"]
        if channel == "report":
            figure["reports"].add(row["report"])
            figure["mails"] += 1
        if channel == "monitor":
            country = row["country"]
            origin = "unknown" if country is None else "domestic" if country == "JP" else "overseas"
            figure["monitors"][monitor_class, origin] += 1
            figure["countries"][country] += 1
            figure["japanese"][country] += row["language"] == "ja"
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(MAILS, max_size=25), min_size=1, max_size=3))
def test_roll_up_observations_and_plain_counting_agree(parts: list[list[dict[str, Any]]]) -> None:
    engine = PlainEngine()
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(folder)
        for part in parts:
            bring(home, part)
            follow_once(home, engine)
        rolled = without_versions(figures(home, engine))
        assert rolled == without_versions(figures(home, engine, from_observations=True))
        keep_up(home, grace=0)
        assert rolled == without_versions(figures(home, engine))
        expected = plainly_counted([row for part in parts for row in part])
        assert [figure["month"] for figure in rolled] == sorted(expected)
        for figure in rolled:
            wanted = expected[figure["month"]]
            assert figure["reports"]["reports"] == len(wanted["reports"])
            assert figure["reports"]["mails"] == wanted["mails"]
            for name, origins in figure["monitors"].items():
                for origin, mails in origins.items():
                    assert mails == wanted["monitors"][name, origin]
            assert {row["country"]: row["mails"] for row in figure["countries"]} == dict(wanted["countries"])
            for row in figure["countries"]:
                share = wanted["japanese"][row["country"]] / row["mails"]
                assert row["japanese_share"] == pytest.approx(share, abs=1e-6)
            assert sum(row["share"] for row in figure["countries"]) == pytest.approx(
                1 if figure["countries"] else 0, abs=1e-5
            )
    engine.close()


@pytest.mark.parametrize("figure", sorted(FIGURES))
def test_every_figure_agrees_row_by_row(home: Home, engine: PlainEngine, figure: str) -> None:
    bring(
        home,
        [
            {
                "number": number, "country": ("JP", "US", None)[number % 3], "language": ("ja", None)[number % 2],
                "asn": 64496 + number % 4, "hours": number * 20, "report": number % 3,
                "how": (("monitor", "pc"), ("monitor", "mobile"), ("report", None))[number % 3],
            }
            for number in range(60)
        ],
    )  # fmt: skip
    follow_once(home, engine)
    rolled = FigureBook(home, engine).rows(figure)
    assert rolled
    assert rolled == FigureBook(home, engine, from_observations=True).rows(figure)


def test_findings_are_those_of_each_mail(home: Home, engine: PlainEngine) -> None:
    row = {"country": "JP", "language": "ja", "asn": 64496, "hours": 0, "report": 0}
    wanted: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for number in range(30):
        how = (("monitor", "pc"), ("report", None))[number % 3 == 0]
        rows.append({**row, "number": number, "how": how})
        for finding in plain_findings(number):
            wanted[how[0], finding["check"], finding["verdict"]] += 1
    for part in (rows[:11], rows[11:]):
        bring(home, part)
        follow_once(home, engine)
    (figure,) = figures(home, engine)
    found = {(one["channel"], one["check"], one["verdict"]): one["mails"] for one in figure["findings"]}
    assert found == dict(wanted)
    assert {(one["article"], one["version"], one["certainty"]) for one in figure["findings"]} == {
        ("Act Art 4(i)", "2009-09-01", "TEXT")
    }


def test_mail_from_dynamic_pools_by_network(home: Home, engine: PlainEngine) -> None:
    row = {"number": 1, "hours": 0, "how": ("monitor", "pc"), "report": 0}
    kinds = [("JP", "", 64496), ("JP", "ja", 64496), ("", "", 64497), ("", "", 64497), ("US", "ja", 64496)]
    bring(
        home,
        [
            {**row, "country": country or None, "language": language or None, "asn": asn}
            for country, language, asn in kinds
        ],
    )
    follow_once(home, engine)
    (figure,) = figures(home, engine)
    counts = [(one["asn"], one["mails"], one["direct"], one["unknown"]) for one in figure["pools"]]
    assert counts == [(64497, 2, 2, 0), (64496, 3, 0, 1)]
    assert [(one["forged_address"], one["mails"]) for one in figure["senders"]] == [("forged", 3), (None, 2)]


def test_one_month_alone(home: Home, engine: PlainEngine) -> None:
    row = {"number": 1, "country": "JP", "language": "ja", "asn": None, "how": ("monitor", "pc"), "report": 0}
    bring(home, [{**row, "hours": 0}, {**row, "hours": 3}, {**row, "hours": 40 * 24}])
    follow_once(home, engine)
    every = figures(home, engine)
    assert [figure["month"] for figure in every] == ["2026-01", "2026-02", "2026-03"]
    assert figures(home, engine, "2026-02") == [every[1]]
    empty = figures(home, engine, "2025-12")[0]
    assert empty["monitors"]["pc"] == {"domestic": 0, "overseas": 0, "unknown": 0}
    with pytest.raises(UsageError, match="YYYY-MM"):
        figures(home, engine, "2026-13")


def test_a_figure_names_what_it_was_counted_from(home: Home, engine: PlainEngine) -> None:
    row = {"number": 1, "country": "JP", "language": "ja", "asn": None, "how": ("monitor", "pc"), "report": 0}
    bring(home, [{**row, "hours": 0}])
    follow_once(home, engine)
    (figure,) = figures(home, engine)
    provenance = figure["provenance"]
    assert provenance["analysis_version"] == "plain"
    assert provenance["geography_date"] == "2026-01-01"
    assert provenance["generation"] == 1
    assert provenance["versions"]["daily_mails"] == 1
    assert set(provenance["query"]) <= set(query_names())


def test_version_changes_when_figures_may(home: Home, engine: PlainEngine) -> None:
    book = FigureBook(home, engine)
    before = book.version()
    assert before == book.version()
    row = {"number": 1, "country": "JP", "language": "ja", "asn": None, "how": ("monitor", "pc"), "report": 0}
    bring(home, [{**row, "hours": 0}])
    follow_once(home, engine)
    assert book.version() != before


def test_every_figure_has_its_query_and_every_roll_up_its_table(home: Home) -> None:
    figures_asked = {name for name in query_names() if name.startswith("figure_")}
    assert {f"figure_{name}" for name in FIGURES} == figures_asked
    assert set(FIGURES.values()) == {rollup.name for rollup in ROLLUPS}
    assert all(f"FROM {source}" in query_text(f"figure_{name}") for name, source in FIGURES.items())


def test_a_new_roll_up_is_counted_from_what_is_there(
    home: Home, engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "number": 1,
        "country": "JP",
        "language": "ja",
        "asn": 64496,
        "how": ("monitor", "pc"),
        "report": 0,
    }
    late = next(rollup for rollup in ROLLUPS if rollup.name == "monthly_networks")
    with monkeypatch.context() as patch:
        patch.setattr("meyasubako.engines.rollups.ROLLUPS", tuple(one for one in ROLLUPS if one is not late))
        for hours in (0, 30, 60):
            bring(home, [{**row, "hours": hours}])
            follow_once(home, engine)
        keep_up(home, grace=0)
    bring(home, [{**row, "hours": 90}])
    follow_once(home, engine)
    rows = FigureBook(home, engine).rows("networks")
    assert sum(found["mails"] for found in rows) == 4
    assert rows == FigureBook(home, engine, from_observations=True).rows("networks")
    assert RollUpKeeper(home, Table.open(home, OBSERVATIONS_LAYOUT)).keep() == 0


def test_of_the_networks_the_first_hundred_are_named(home: Home, engine: PlainEngine) -> None:
    row = {"country": "JP", "language": "ja", "how": ("monitor", "pc"), "hours": 0, "report": 0}
    numbers = [*range(105), 104, 104]
    bring(home, [{**row, "number": place, "asn": 64496 + number} for place, number in enumerate(numbers)])
    follow_once(home, engine)
    rows = FigureBook(home, engine).rows("networks")
    assert [found["asn"] for found in rows] == [64496 + 104, *range(64496, 64496 + 99)]
    assert rows[0] == {"month": "2026-01", "asn": 64600, "network": "AS64600", "mails": 3}
