"""Who sent to names that do not exist: by source, as evidence of mail to fictitious addresses (Act Art 6).

The names of one source are judged together (:mod:`.names`). At decoy domains they are shown; any other name may be a
person's and is shown by its shape alone (letters ``a``, digits ``9``), here and in every file that leaves.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.query import QuerySet

from meyasubako.analysis.context import ContextSpec
from meyasubako.centre.accounts.permissions import check_can_read_monitors
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.monitors.models import UnknownAttempt
from meyasubako.centre.monitors.names import Judgement, generated, judge
from meyasubako.centre.monitors.sheet import guarded
from meyasubako.centre.monitors.types import NameSeen, SourceSeen, UnknownMonth
from meyasubako.origin.geography import FolderGeography, geography_open
from meyasubako.receivers.arrival import JAPAN

SHOWN = 200
EXAMPLES = 8
MOST_JUDGED = 100_000
"""Names of one source that are judged; those beyond are counted alone."""
COLUMNS = (
    "source", "country", "asn", "network", "attempts", "names", "generated", "kinds", "first", "last",
    "domains", "from_domains", "helos",
)  # fmt: skip
ROW = ("source", "hour", "helo", "from_domain", "domain", "name", "sealed_name", "name_key", "count")


def unknown_recipients(
    viewer: Viewer, *, month: str | None = None, source: str | None = None, limit: int = SHOWN
) -> UnknownMonth:
    """The sources of a month, most names that look made up first. Raises Denied."""
    rows = _visible(viewer)
    if month is not None:
        rows = rows.filter(month=month)
    if source is not None:
        rows = rows.filter(source=source)
    geography = _geography(Path(settings.HOME))
    found = [_source(name, group, geography) for name, group in _by_source(rows)]
    found.sort(key=lambda one: (-one.generated, -one.names, -one.attempts, one.source or ""))
    return UnknownMonth(
        month,
        tuple(found[:limit]),
        sum(one.attempts for one in found),
        sum(one.names for one in found),
        sum(one.generated for one in found),
        len(found),
    )


def months_with_attempts(viewer: Viewer) -> tuple[tuple[str, int], ...]:
    """Each month with attempts and how many there were, oldest first. Raises Denied."""
    rows = _visible(viewer).order_by().values("month").annotate(mails=Sum("count"))
    return tuple(sorted((row["month"], row["mails"]) for row in rows))


def unknown_sheet(told: UnknownMonth) -> bytes:
    """The sources as CSV with a byte order mark; without names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in told.sources:
        said: dict[str, Any] = one.as_json()
        said["kinds"] = " ".join(f"{kind}:{count}" for kind, count in one.kinds.items())
        for name in ("domains", "from_domains", "helos"):
            said[name] = " ".join(said[name])
        writer.writerow(["" if said[name] is None else guarded(str(said[name])) for name in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def shape(name: str) -> str:
    """A name by its shape: no letter and no digit of it."""
    return "".join("9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in name)


def _visible(viewer: Viewer) -> QuerySet[UnknownAttempt]:
    check_can_read_monitors(viewer)
    rows = UnknownAttempt.objects.all()
    return rows if viewer.is_system else rows.filter(organisation_id=viewer.organisation_id)


def _by_source(rows: QuerySet[UnknownAttempt]) -> Iterator[tuple[str | None, Iterable[dict[str, Any]]]]:
    """The rows of each source, one source in memory at a time."""
    ordered = rows.order_by("source", "id").values(*ROW).iterator(2000)
    return groupby(ordered, key=lambda row: row["source"])


def _source(source: str | None, rows: Iterable[dict[str, Any]], geography: FolderGeography) -> SourceSeen:
    names: dict[str, tuple[str, bool]] = {}
    told: dict[str, Counter[str]] = {"domain": Counter(), "from_domain": Counter(), "helo": Counter()}
    hours: list[datetime] = []
    attempts = 0
    for row in rows:
        hours = [min([*hours, row["hour"]]), max([*hours, row["hour"]])]
        attempts += row["count"]
        for column, counter in told.items():
            counter[row[column]] += row["count"]
        if row["name_key"] and row["name_key"] not in names:
            names[row["name_key"]] = (row["name"] or row["sealed_name"] or "", bool(row["name"]))
    judged = judge(name for name, _ in list(names.values())[:MOST_JUDGED])
    day = hours[1].astimezone(JAPAN).date()
    place = geography.country(source, day) if source else None
    network = geography.network(source, day) if source else None
    return SourceSeen(
        source,
        place.country if place else None,
        network.asn if network else None,
        network.name if network else None,
        attempts,
        len(names),
        generated(judged),
        dict(sorted(Counter(reason.code for one in judged.values() for reason in one.reasons).items())),
        hours[0],
        hours[1],
        _most(told["domain"]),
        _most(told["from_domain"]),
        _most(told["helo"]),
        _examples(judged, {name for name, is_open in names.values() if is_open}),
    )


def _most(counter: Counter[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in counter.most_common(EXAMPLES) if text)


def _examples(judged: dict[str, Judgement], shown: set[str]) -> tuple[NameSeen, ...]:
    """A few names of each kind, those that look made up first."""
    taken: Counter[str] = Counter()
    found: list[NameSeen] = []
    for one in sorted(judged.values(), key=lambda one: (not one.reasons, one.name)):
        kind = one.reasons[0].code if one.reasons else ""
        if taken[kind] >= 2 or len(found) >= EXAMPLES:
            continue
        taken[kind] += 1
        is_open = one.name in shown
        reasons = (
            one.reasons if is_open else tuple(reason for reason in one.reasons if reason.code == "random")
        )
        found.append(
            NameSeen(
                one.name if is_open else shape(one.name),
                tuple((reason.code, reason.en, reason.ja) for reason in reasons)
                or tuple((reason.code, "", "") for reason in one.reasons),
            )
        )
    return tuple(found)


@lru_cache(maxsize=2)
def _geography(home: Path) -> FolderGeography:
    return geography_open(ContextSpec.of_home(home).geography)
