"""How spam to Japan moves with the months: volume, share from overseas, countries, languages.

Numbers stand in ``trends.toml``: values at named months, straight lines between them. Leaves the choice of a
single mail's country or language to its caller, who gets weights.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from meyasubako.sample.draws import running_sums

LANGUAGES = ("ja", "en", "zh", "ko", "ru", "pt", "es")


class Weights(NamedTuple):
    """Choices and the running sums of their weights."""

    choices: tuple[str, ...]
    sums: list[float]

    def share(self, choice: str) -> float:
        """The share (0 to 1) of one choice; 0.0 where it is not among them."""
        if choice not in self.choices:
            return 0.0
        place = self.choices.index(choice)
        return (self.sums[place] - (self.sums[place - 1] if place else 0.0)) / self.sums[-1]


@dataclass(frozen=True, slots=True)
class Line:
    """A value over the months (counted as year * 12 + month), straight between its points."""

    points: tuple[tuple[int, float], ...]

    def at(self, month: int) -> float:
        """The value in a month; flat before the first point and after the last."""
        before = self.points[0]
        for point in self.points:
            if month <= point[0]:
                if point[0] == before[0]:
                    return point[1]
                return before[1] + (point[1] - before[1]) * (month - before[0]) / (point[0] - before[0])
            before = point
        return before[1]


def month_number(name: str) -> int:
    """``"2008-04"`` as year * 12 + month - 1."""
    return int(name[:4]) * 12 + int(name[5:7]) - 1


def month_name(number: int) -> str:
    """The inverse of ``month_number``."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def line(points: Mapping[str, float]) -> Line:
    """A line from values at named months."""
    return Line(tuple(sorted((month_number(name), float(value)) for name, value in points.items())))


@dataclass(frozen=True, slots=True)
class Trends:
    """Everything that moves. Shares run from 0 to 1, volumes are relative."""

    volume: Line
    report_share: Line
    mobile_share: Line
    direct_from_pool: Line
    utf8: Line
    dkim_signed: Line
    overseas: Mapping[str, Line]
    country_lines: Mapping[str, Line]
    language_weights: Mapping[str, Weights]

    def countries(self, month: int) -> Weights:
        """Weights of the overseas countries in a month."""
        return Weights(
            tuple(self.country_lines), running_sums(one.at(month) for one in self.country_lines.values())
        )

    def languages(self, country: str) -> Weights:
        """Weights of the languages in which a country writes to PCs."""
        return self.language_weights.get(country) or self.language_weights["other"]

    def language_shares(self, month: int, overseas: float) -> dict[str, float]:
        """Share of each language in a month in which ``overseas`` of all mail comes from overseas."""
        shares = dict.fromkeys(LANGUAGES, 0.0)
        countries = self.countries(month)
        for country in ("JP", *countries.choices):
            part = 1 - overseas if country == "JP" else overseas * countries.share(country)
            weights = self.languages(country)
            for language in weights.choices:
                shares[language] += part * weights.share(language)
        return shares


@lru_cache(maxsize=1)
def load_trends() -> Trends:
    """The trends of ``trends.toml``."""
    data: dict[str, Any] = tomllib.loads(
        files("meyasubako.sample").joinpath("trends.toml").read_text("utf-8")
    )
    return Trends(
        volume=line(data["volume"]),
        report_share=line(data["report_share"]),
        mobile_share=line(data["mobile_share"]),
        direct_from_pool=line(data["direct_from_pool"]),
        utf8=line(data["utf8"]),
        dkim_signed=line(data["dkim_signed"]),
        overseas={name: line(points) for name, points in data["overseas"].items()},
        country_lines={name: line(points) for name, points in data["countries"].items()},
        language_weights={
            name: Weights(tuple(shares), running_sums(shares.values()))
            for name, shares in data["languages"].items()
        },
    )
