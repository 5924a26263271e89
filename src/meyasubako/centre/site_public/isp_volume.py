"""The published spam volume at Japanese ISPs (S4), a dated and sourced data file shipped with the site."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class VolumeMonth:
    """A month: ``total`` and ``spam`` in 10,000 mails a day, ``share`` the percentage as printed, ``accounts`` in 10,000."""

    month: str
    total: int
    spam: int
    share: Decimal
    accounts: int


@dataclass(frozen=True, slots=True)
class VolumeSource:
    """Where the series was read and how far it can be trusted; texts by language."""

    publisher: dict[str, str]
    series: dict[str, str]
    copy: str
    read_on: date
    confidence: str
    confidence_text: dict[str, str]
    note: dict[str, str]
    withheld: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """The series and its source."""

    source: VolumeSource
    months: tuple[VolumeMonth, ...]


def _texts(table: dict[str, str], name: str) -> dict[str, str]:
    return {language: table[f"{name}_{language}"] for language in ("ja", "en")}


@cache
def isp_volume() -> Volume:
    """The data file, read once."""
    text = (files("meyasubako.centre.site_public") / "data" / "isp_volume_2009.toml").read_text("utf-8")
    value = tomllib.loads(text)
    source = value["source"]
    return Volume(
        VolumeSource(
            publisher=_texts(source, "publisher"),
            series=_texts(source, "series"),
            copy=source["copy"],
            read_on=source["read_on"],
            confidence=source["confidence"],
            confidence_text=_texts(source, "confidence"),
            note=_texts(source, "note"),
            withheld=tuple({"column": gap["column"], **_texts(gap, "reason")} for gap in value["withheld"]),
        ),
        tuple(
            VolumeMonth(row["month"], row["total"], row["spam"], Decimal(row["share"]), row["accounts"])
            for row in value["months"]
        ),
    )
