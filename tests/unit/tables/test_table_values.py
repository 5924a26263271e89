"""The parts of the tables that need no disk: keys, pieces, columns, the reference page, months."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.engines.figures import check_month
from meyasubako.engines.finding_facts import FINDING_FACTS
from meyasubako.engines.local import PARAMETER, workers_from_environment
from meyasubako.engines.reference import TABLES, render
from meyasubako.engines.rollups import FINDINGS, KEY_FIELDS, MEASURES, ROLLUPS
from meyasubako.errors import UsageError
from meyasubako.queries import query_names, query_text
from meyasubako.tables.bytes import prefixes
from meyasubako.tables.files import conform
from meyasubako.tables.keys import _joined
from meyasubako.tables.table import slices

ROWS = st.lists(st.tuples(*[st.none() | st.text(max_size=4)] * 3), min_size=1, max_size=30)


@given(ROWS)
def test_different_keys_are_different_strings(rows: list[tuple[str | None, ...]]) -> None:
    joined = _joined(list(zip(*rows, strict=True)))
    assert len(set(joined)) == len(set(rows))
    assert len(set(zip(rows, joined, strict=True))) == len(set(rows))


@given(st.lists(st.text(max_size=50), max_size=40), st.integers(1, 20), st.integers(1, 500))
def test_slices_lose_nothing_and_keep_to_the_rows(texts: list[str], rows: int, size: int) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(texts, pa.string())], ["text"])
    pieces = list(slices(batch, rows, size))
    assert [text for piece in pieces for text in piece.column(0).to_pylist()] == texts
    assert all(1 <= piece.num_rows <= rows for piece in pieces)


def test_conform_casts_orders_and_fills() -> None:
    schema = pa.schema(
        [pa.field("a", pa.string(), nullable=False), pa.field("b", pa.int64()), pa.field("c", pa.string())]
    )
    given_rows = pa.RecordBatch.from_arrays(
        [pa.array([1, 2], pa.int64()), pa.array(["x", "y"], pa.string_view()), pa.array([0, 0])],
        ["b", "a", "other"],
    )
    assert conform(given_rows, schema).to_pylist() == [
        {"a": "x", "b": 1, "c": None},
        {"a": "y", "b": 2, "c": None},
    ]
    with pytest.raises(ValueError, match="column a is missing"):
        conform(given_rows.select(["b"]), schema)


def test_prefixes_are_the_first_64_bits() -> None:
    assert prefixes(pa.array(["00" * 7 + "01" + "ff" * 24, "ff" * 32])).tolist() == [1, 2**64 - 1]


def test_the_reference_page_names_every_column() -> None:
    page = render()
    for name, (_, schema) in TABLES.items():
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == schema.names


@pytest.mark.parametrize("month", ["2026-1", "2026-00", "2026-13", "2026/01", "", "202601", "２０２６-01x"])
def test_what_is_no_month(month: str) -> None:
    with pytest.raises(UsageError, match="YYYY-MM"):
        check_month(month)


def test_workers() -> None:
    assert workers_from_environment({"MEYASU_WORKERS": "3"}) == 3
    assert workers_from_environment({}) >= 1
    for said in ("0", "-1", "two", "1e3", "99999"):
        with pytest.raises(UsageError, match="MEYASU_WORKERS"):
            workers_from_environment({"MEYASU_WORKERS": said})


def test_roll_ups_are_declared_with_what_facts_have() -> None:
    for rollup in ROLLUPS:
        held = FINDING_FACTS.names if rollup.source == FINDINGS else query_text("facts")
        assert set(rollup.keys) <= set(KEY_FIELDS)
        assert set(rollup.measures) <= set(MEASURES)
        assert all(name in held for name in (*rollup.keys, *rollup.measures))
        assert rollup.layout.schema.names == [*rollup.keys, *rollup.measures]


FIGURE_PARAMETERS = {"generation", "first", "last"}
LOOK_UP_PARAMETERS = {
    "arrival_by_id": {"arrival_id"},
    "observation_by_id": {"arrival_id"},
    "campaign_of_arrival": {"arrival_id", "generation"},
    "campaign_mails": {"campaign", "month", "generation"},
    "search_facets": FIGURE_PARAMETERS
    | {"channel", "sender", "domain", "url", "ip", "network", "subject", "before", "before_id"},
}


@pytest.mark.parametrize("name", query_names())
def test_queries_keep_to_the_common_sql(name: str) -> None:
    text = query_text(name)
    code = "\n".join(line.partition("--")[0] for line in text.splitlines())
    assert text.startswith("-- ")
    assert "::" not in code
    assert "$" not in code
    assert set(PARAMETER.findall(code)) <= LOOK_UP_PARAMETERS.get(name, FIGURE_PARAMETERS)
    order = code.partition("ORDER BY")[2]
    for column in filter(None, (part.strip() for part in order.split(","))):
        assert "NULLS" in column or column.endswith(" DESC")
