"""What is told of a campaign: how many mails and senders, its wording, and what they were in, from and against.

Counted from the columns of a month's observations. Nothing told names a recipient: of subjects only what they have in
common. Which mails belong together is decided in ``campaigns``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from meyasubako.campaigns.wording import common_wording

JAPAN = timezone(timedelta(hours=9))
SUBJECTS = 8
"""Subjects of a campaign, the commonest, whose common wording is shown."""
TELLING = 4
"""Letters and digits that a common wording must have to say something."""
SHARED = 3
"""Mails that must bear a subject for it to be shown whole where subjects have nothing in common."""
VALUES = 20
"""Languages, countries, domains and findings that are kept of a campaign."""
COLUMNS = (
    "arrival_id", "received_at", "channel", "from_address", "subject", "language", "country", "findings",
)  # fmt: skip

Rows = list[dict[str, Any]]
Known = dict[str, tuple[str, datetime]]
"""What a month's members are in: arrival_id -> campaign and when that began."""


def in_japan(moment: datetime) -> str:
    """A moment as ISO 8601 in Japan's time, to the second: results of queries hold no timestamps with a zone."""
    return moment.astimezone(JAPAN).isoformat(timespec="seconds")


def values(table: pa.Table, name: str) -> list[Any]:
    """A column as Python values."""
    return table[name].to_pylist()


def domains_linked(seen: pa.Table) -> list[list[str]]:
    """The registered domains that each mail links to, each once."""
    return [sorted({link["domain"] for link in links if link["domain"]}) for links in values(seen, "links")]


def told(seen: pa.Table, known: Known) -> Rows:
    """What is told of each campaign that has two mails in the month, or more."""
    own = seen.filter(pc.is_in(seen["arrival_id"], pa.array(known, pa.string())))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, arrival in enumerate(values(own, "arrival_id")):
        places[known[arrival][0]].append(place)
    columns = {name: values(own, name) for name in COLUMNS if name not in ("fingerprint", "links", "month")}
    columns["domains"] = domains_linked(own)
    return [
        _campaign({name: [column[place] for place in members] for name, column in columns.items()}, known)
        for members in places.values()
        if len(members) > 1
    ]


def _campaign(mails: dict[str, list[Any]], known: Known) -> dict[str, Any]:
    """What is told of a campaign, from the columns of its mails."""
    campaign, since = known[mails["arrival_id"][0]]
    found = Counter(
        key
        for findings in mails["findings"]
        for key in {
            (one["article"], one["check"], one["verdict"]) for one in findings if one["verdict"] != "ok"
        }
    )
    return {
        "campaign": campaign,
        "mails": len(mails["arrival_id"]),
        "monitor_mails": mails["channel"].count("monitor"),
        "senders": len({address for address in mails["from_address"] if address}),
        "first_seen": in_japan(since),
        "last_seen": in_japan(max(mails["received_at"])),
        "subject": _wording(_subjects(mails)),
        "languages": _values(Counter(mails["language"])),
        "countries": _values(Counter(mails["country"])),
        "domains": _values(Counter(domain for domains in mails["domains"] for domain in domains)),
        "findings": [
            {"article": article, "check": check, "verdict": verdict, "mails": count}
            for (article, check, verdict), count in _most(found, VALUES)
        ],
    }


def _subjects(mails: dict[str, list[Any]]) -> Counter[str]:
    """Subjects of all but the reported mails: those may call the one who reported them by name."""
    return Counter(
        subject
        for subject, channel in zip(mails["subject"], mails["channel"], strict=True)
        if subject and channel != "report"
    )


def _wording(subjects: Counter[str]) -> str:
    """What the commonest subjects have in common; where that is next to nothing, the one that most mails bear.

    A subject is shown whole only where ``SHARED`` mails bear it: then it is no single recipient's.
    """
    common = common_wording(subject for subject, _ in _most(subjects, SUBJECTS))
    if sum(map(str.isalnum, common)) >= TELLING:
        return common
    for subject, count in _most(subjects, 1):
        if count >= SHARED:
            return common_wording([subject])
    return common


def _values(counts: Counter[Any]) -> Rows:
    return [{"value": value, "mails": count} for value, count in _most(counts, VALUES)]


def _most(counts: Counter[Any], most: int) -> list[tuple[Any, int]]:
    """The most frequent, of equals the first by name: the same for any order of counting."""
    return sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))[:most]
