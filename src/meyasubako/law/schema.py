"""The schema of a law file, and the reader that holds every file to it.

A file is one version of one country's law, ``data/<regime>/<first day in force>.toml``::

    regime  = "jp"                 # folder name
    version = "2008-12-01"         # file name: the first day in force
    extends = "2005-11-01"         # optional: start from that version; tables below replace or add
    drop    = ["subject_marker"]   # rules of the extended version that ended

    [title]                        # what the version is, in both languages
    [zone]                         # utc_offset_hours: whose calendar days count
    [sources.<key>]                # title and seen: what was read, and how
    [rules.<check>]                # one rule a check: see Rule
    [rules.<check>.place]          # where a label may stand: see Place
    [penalties.<id>]               # see Penalty
    [retention.<id>]               # see Period
    [deadlines.<id>]               # see Period

Every table below ``rules``, ``penalties``, ``retention`` and ``deadlines`` names its ``source`` (a key of ``sources``)
and its ``certainty`` (TEXT, SEC, UNV). Unknown keys, wrong types, unknown sources and unknown words are errors that
name the file and the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from enum import StrEnum
from importlib.resources import files
from typing import Any, NoReturn

from meyasubako.errors import MeyasuError
from meyasubako.law.types import Certainty, Finding


class Where(StrEnum):
    """Where a label may stand."""

    ANYWHERE = "anywhere"
    EASILY_SEEN = "easily seen"
    BESIDE_OPT_OUT = "beside the opt-out address"
    BEFORE_BODY = "before the body"
    SUBJECT_FRONT = "front of the subject"
    FROM_DISPLAY = "sender's address display"


@dataclass(frozen=True, slots=True)
class Source:
    """What a datum was read from: ``title``, and ``seen``, how and when; both in English and in Japanese."""

    key: str
    title: str
    title_ja: str
    seen: str
    seen_ja: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label may stand and in what form; its source and certainty are its own.

    ``link``: it may stand outside the mail when the mail says where. ``same_code``: the article that wants it
    in the character code of the message text, so that a picture is not enough; empty where none does. ``reply_exception``: anywhere, if one can opt out by replying.
    """

    where: Where
    article: str
    certainty: Certainty
    source: str
    link: bool = False
    same_code: str = ""
    reply_exception: bool = False
    note: str = ""
    note_ja: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check applies. ``values`` are the rule's own numbers and words, see ``RULE_VALUES``.

    ``said`` is a memory: findings without spans that were made under this rule, by their Japanese sentence.
    """

    check: str
    article: str
    certainty: Certainty
    source: str
    place: Place | None = None
    note: str = ""
    note_ja: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    said: dict[str, Finding] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Penalty:
    """What an offence may cost. Fines in the currency named; ``None`` where the text knows none of that kind.

    ``offence`` is a stable word, ``corporation_fine`` is on top of punishing the person who acted,
    ``employer_fine`` falls on an individual whose agent or employee acted. ``both`` allows prison and fine together.
    """

    id: str
    offence: str
    article: str
    certainty: Certainty
    source: str
    prison_months: int | None = None
    prison_word: str | None = None
    fine: int | None = None
    corporation_fine: int | None = None
    corporation_article: str | None = None
    employer_fine: int | None = None
    penal: bool = True
    both: bool = False
    currency: str = "JPY"
    note: str = ""
    note_ja: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time the law names: ``amount`` of ``unit`` (day, week, month, year, business day) ``after`` an event."""

    id: str
    article: str
    certainty: Certainty
    source: str
    amount: int
    unit: str
    after: str
    note: str = ""
    note_ja: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one country's law, in force from ``day`` until the day before the next version.

    ``name`` is its first day as YYYY-MM-DD.
    """

    regime: str
    name: str
    day: date
    title_ja: str
    title_en: str
    zone: timezone
    sources: Mapping[str, Source]
    rules: Mapping[str, Rule]
    penalties: Mapping[str, Penalty]
    retention: Mapping[str, Period]
    deadlines: Mapping[str, Period]


RULE_VALUES: dict[str, dict[str, type]] = {
    "advertising": {"media": list, "consented_is_outside": bool, "for_profit_only": bool},
    "fictitious_address": {"advertising_only": bool},
    "consent": {"bases": list},
    "sent_after_opt_out": {"grace_business_days": int, "scopes": list},
    "incidental": {"cases": list, "frees": list},
    "subject_marker": {"marker": str, "medium": str},
    "forged_sender": {},
    "label_name": {},
    "label_opt_out": {},
    "label_opt_out_notice": {},
    "label_postal_address": {},
    "label_contact": {},
    "label_sender_address": {},
}
"""Each check's own values and their types; a check not named here is unknown to a law file."""

UNITS = ("day", "week", "month", "year", "business day")
SECTIONS = ("title", "zone", "sources", "rules", "penalties", "retention", "deadlines")
SOURCE = {"title": str, "title_ja": str, "seen": str, "seen_ja": str}
NOTE = {"note": str, "note_ja": str}
OPTIONAL = {**NOTE, "link": bool, "same_code": str, "reply_exception": bool}


class LawDataError(MeyasuError):
    """A law file does not keep to the schema: ``subject`` is the file, ``reason`` names the key."""


def read_version(regime: str, name: str) -> Version:
    """The version ``name`` of ``regime`` as its files say it. Raises LawDataError."""
    return build_version(f"{regime}/{name}.toml", merged_tables(regime, name, ()))


def merged_tables(regime: str, name: str, seen: tuple[str, ...]) -> dict[str, Any]:
    """The file's tables on top of those it extends. Raises LawDataError for a loop or a missing file."""
    where = f"{regime}/{name}.toml"
    if name in seen:
        raise LawDataError(where, "extends itself")
    try:
        raw = tomllib.loads((files("meyasubako.law") / "data" / regime / f"{name}.toml").read_text("utf-8"))
    except FileNotFoundError as error:
        raise LawDataError(where, "no such version") from error
    except tomllib.TOMLDecodeError as error:
        raise LawDataError(where, str(error)) from error
    unknown = raw.keys() - {"regime", "version", "extends", "drop", *SECTIONS}
    if unknown:
        raise LawDataError(where, f"unknown keys {sorted(unknown)}")
    if raw.get("regime") != regime or raw.get("version") != name:
        raise LawDataError(where, "regime and version must repeat the path")
    base = merged_tables(regime, raw["extends"], (*seen, name)) if "extends" in raw else {}
    for rule in raw.get("drop", ()):
        if rule not in base.get("rules", {}):
            raise LawDataError(where, f"drop: no rule {rule} to drop")
        del base["rules"][rule]
    for section in SECTIONS:
        base[section] = {**base.get(section, {}), **raw.get(section, {})}
    return {**base, "regime": regime, "version": name}


def build_version(where: str, tables: Mapping[str, Any]) -> Version:
    """A checked ``Version`` from merged tables. ``where`` names the file in errors."""
    try:
        day = date.fromisoformat(tables["version"])
    except ValueError as error:
        raise LawDataError(where, "version is not a day") from error
    title, zone = tables["title"], tables["zone"]
    if set(title) != {"ja", "en"} or set(zone) != {"utc_offset_hours"}:
        raise LawDataError(where, "title needs ja and en, zone needs utc_offset_hours")
    sources = {
        key: Source(key=key, **checked(where, f"sources.{key}", table, SOURCE, {}))
        for key, table in tables["sources"].items()
    }
    reader = Reader(where, sources)
    return Version(
        regime=tables["regime"],
        name=day.isoformat(),
        day=day,
        title_ja=title["ja"],
        title_en=title["en"],
        zone=timezone(timedelta(hours=zone["utc_offset_hours"])),
        sources=sources,
        rules={check: reader.rule(check, table) for check, table in tables["rules"].items()},
        penalties={key: reader.penalty(key, table) for key, table in tables["penalties"].items()},
        retention={key: reader.period("retention", key, table) for key, table in tables["retention"].items()},
        deadlines={key: reader.period("deadlines", key, table) for key, table in tables["deadlines"].items()},
    )


def checked(
    where: str, path: str, table: Any, needed: Mapping[str, type], optional: Mapping[str, type]
) -> dict[str, Any]:
    """The table if it has all ``needed`` keys, no unknown ones, and the right types; else LawDataError."""
    if not isinstance(table, dict):
        raise LawDataError(where, f"{path} is no table")
    if missing := needed.keys() - table.keys():
        raise LawDataError(where, f"{path} lacks {sorted(missing)}")
    if unknown := table.keys() - needed.keys() - optional.keys():
        raise LawDataError(where, f"{path} has unknown keys {sorted(unknown)}")
    for key, value in table.items():
        wanted = needed.get(key) or optional[key]
        if type(value) is not wanted:
            raise LawDataError(where, f"{path}.{key} is not a {wanted.__name__}")
    return dict(table)


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns the tables of one file into values; every error names the file and the key."""

    where: str
    sources: Mapping[str, Source]

    def fail(self, path: str, reason: str) -> NoReturn:
        """Refuse the file."""
        raise LawDataError(self.where, f"{path} {reason}")

    def datum(self, path: str, table: dict[str, Any]) -> dict[str, Any]:
        """The table with its certainty as a word of ours, its source known and its note in both languages."""
        if ("note" in table) != ("note_ja" in table):
            self.fail(path, "needs note and note_ja together")
        if table["source"] not in self.sources:
            self.fail(path, f"names an unknown source {table['source']!r}")
        try:
            return {**table, "certainty": Certainty(table["certainty"])}
        except ValueError:
            self.fail(path, f"has an unknown certainty {table['certainty']!r}")

    def rule(self, check: str, table: dict[str, Any]) -> Rule:
        """One rule; its own values are those ``RULE_VALUES`` names for the check, and all of them."""
        path = f"rules.{check}"
        if check not in RULE_VALUES:
            self.fail(path, "is no check")
        needed = {"article": str, "certainty": str, "source": str, **RULE_VALUES[check]}
        if check.startswith("label_"):
            needed["place"] = dict
        values = self.datum(path, checked(self.where, path, table, needed, {**NOTE, "place": dict}))
        place = values.pop("place", None)
        own = {key: values.pop(key) for key in RULE_VALUES[check]}
        return Rule(
            check=check, **values, place=self.place(f"{path}.place", place) if place else None, values=own
        )

    def place(self, path: str, table: dict[str, Any]) -> Place:
        """Where a label may stand."""
        needed = {"where": str, "article": str, "certainty": str, "source": str}
        values = self.datum(path, checked(self.where, path, table, needed, OPTIONAL))
        try:
            where = Where(values.pop("where"))
        except ValueError:
            self.fail(path, "has an unknown where")
        return Place(where=where, **values)

    def penalty(self, key: str, table: dict[str, Any]) -> Penalty:
        """One penalty; prison needs its word."""
        path = f"penalties.{key}"
        needed = {"offence": str, "article": str, "certainty": str, "source": str}
        optional = {
            "prison_months": int, "prison_word": str, "fine": int, "corporation_fine": int, "penal": bool,
            "corporation_article": str, "employer_fine": int, "both": bool, "currency": str, **NOTE,
        }  # fmt: skip
        values = self.datum(path, checked(self.where, path, table, needed, optional))
        if ("prison_months" in values) != ("prison_word" in values):
            self.fail(path, "needs prison_months and prison_word together")
        return Penalty(id=key, **values)

    def period(self, section: str, key: str, table: dict[str, Any]) -> Period:
        """One period."""
        path = f"{section}.{key}"
        needed = {"article": str, "certainty": str, "source": str, "amount": int, "unit": str, "after": str}
        values = self.datum(path, checked(self.where, path, table, needed, NOTE))
        if values["unit"] not in UNITS:
            self.fail(path, f"has an unknown unit {values['unit']!r}")
        return Period(id=key, **values)
