"""Geography of a folder: nearest snapshot, delegation files, networks compiled once, pickled by path."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from meyasubako.errors import MeyasuError
from meyasubako.origin.geography import geography_open, installed_delegation_date, is_stale
from meyasubako.origin.types import Network, Place

V4 = '192.0.2.0,192.0.2.127,64500,"Example, Inc."\n198.51.100.0,198.51.100.255,64501,例\n'
V6 = "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64502,Six\n"
DAY = date(2024, 3, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "asn-ipv4.csv").write_text(V4, encoding="utf-8")
    (tmp_path / "asn-ipv6.csv").write_text(V6, encoding="utf-8")
    (tmp_path / "asn-version").write_text("@ip-location-db/asn@2.3.2026061719\n", encoding="utf-8")
    for day, country in (("20240301", "JP"), ("20250301", "KR")):
        (tmp_path / f"delegated-apnic-extended-{day}").write_text(
            f"2|apnic|{day}|3|19830101|{day}|+1000\napnic|*|ipv4|*|2|summary\n"
            f"apnic|{country}|ipv4|192.0.2.0|256|19990101|allocated|A1\n"
            f"apnic|{country}|ipv6|2001:db8::|32|19990101|assigned|A1\n"
            "apnic||ipv4|198.51.100.0|256||available|\n",
            encoding="utf-8",
        )
    return tmp_path


def test_the_snapshot_nearest_the_day_answers(folder: Path) -> None:
    geography = geography_open(folder)
    assert geography.country("192.0.2.9", DAY) == Place("JP", date(2024, 3, 1), 4)
    assert geography.country("2001:db8::9", DAY).country == "JP"
    assert geography.country("192.0.2.9", date(2025, 2, 1)) == Place("KR", date(2025, 3, 1), 28)
    assert geography.country("198.51.100.9", DAY).country is None
    assert geography.country("8.8.8.8", DAY) == geography_open(None).country("8.8.8.8", DAY)
    assert geography.country("203.0.113.9", DAY).country is None


def test_the_installed_snapshot_answers_alone() -> None:
    geography = geography_open(None)
    place = geography.country("8.8.8.8", DAY)
    installed = installed_delegation_date()
    assert installed is not None
    assert place == Place("US", installed, abs((installed - DAY).days))
    assert geography.network("8.8.8.8", DAY) == Network(None, None)
    assert geography.country("10.0.0.1", DAY).country is None
    assert geography.country("no address", DAY).country is None


@pytest.mark.parametrize(("distance", "stale"), [(None, True), (90, False), (91, True)])
def test_far_data_are_marked(distance: int | None, stale: bool) -> None:
    assert is_stale(Place("JP", DAY, distance)) is stale


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("192.0.2.0", Network(64500, "Example, Inc.")),
        ("192.0.2.127", Network(64500, "Example, Inc.")),
        ("192.0.2.128", Network(None, None)),
        ("198.51.100.1", Network(64501, "例")),
        ("1.1.1.1", Network(None, None)),
        ("2001:db8::1", Network(64502, "Six")),
        ("2001:db9::1", Network(None, None)),
        ("10.0.0.1", Network(None, None)),
        ("", Network(None, None)),
    ],
)
def test_networks(folder: Path, ip: str, expected: Network) -> None:
    assert geography_open(folder).network(ip, DAY) == expected


def test_the_compiled_form_is_used_and_made_again_when_a_file_changes(folder: Path) -> None:
    assert geography_open(folder).network("192.0.2.1", DAY).asn == 64500
    assert (folder / "asn-compiled.npz").is_file()
    assert geography_open(folder).network("192.0.2.1", DAY).asn == 64500
    (folder / "asn-ipv4.csv").write_text("192.0.2.0,192.0.2.255,64511,Other name\n", encoding="utf-8")
    assert geography_open(folder).network("192.0.2.1", DAY) == Network(64511, "Other name")


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04 not a zip", b"\x00" * 50])
def test_a_broken_compiled_form_is_made_again(folder: Path, broken: bytes) -> None:
    (folder / "asn-compiled.npz").write_bytes(broken)
    assert geography_open(folder).network("192.0.2.1", DAY).asn == 64500


def test_a_compiled_form_without_its_parts_is_made_again(folder: Path) -> None:
    np.savez(folder / "asn-compiled.npz", other=np.zeros(1))
    assert geography_open(folder).network("192.0.2.1", DAY).asn == 64500


def test_it_travels_to_worker_processes_as_its_path(folder: Path) -> None:
    geography = geography_open(folder)
    packed = pickle.dumps(geography)
    assert len(packed) < 500
    assert pickle.loads(packed).network("192.0.2.1", DAY) == geography.network("192.0.2.1", DAY)


def test_provenance_names_dates_and_doubts(folder: Path) -> None:
    geography = geography_open(folder)
    assert (
        geography.version
        == f"iptocc-{installed_delegation_date()},asn-2026-06-17,rir-2024-03-01..2025-03-01(2)"
    )
    assert "warns of errors" in geography.sources()[-1].confidence


@pytest.mark.parametrize(
    "text", ["not,a,table\n", "192.0.2.0,192.0.2.300,1,x\n", "192.0.2.0,192.0.2.1,x,y\n"]
)
def test_a_file_that_is_no_table_is_named(folder: Path, text: str) -> None:
    (folder / "asn-ipv4.csv").write_text(text, encoding="utf-8")
    with pytest.raises(MeyasuError, match=r"asn-ipv4\.csv"):
        geography_open(folder)


@pytest.mark.parametrize("text", ["", "apnic|JP|ipv4|300.0.0.0|256|x|allocated\n"])
def test_a_file_that_holds_no_delegation_is_named(folder: Path, text: str) -> None:
    (folder / "delegated-apnic-extended-20240301").write_text(text, encoding="utf-8")
    with pytest.raises(MeyasuError, match="delegated-apnic"):
        geography_open(folder).country("192.0.2.1", DAY)
