"""Looking for mails: by sender, domain, URL, address and subject over the observations; by text and phone in the bytes.

Two ways, and the caller is told which was gone. What observations hold is asked of them, newest first, a month at
a time, so that months nobody asked for are never opened. Texts and telephone numbers are in no column: the mails that the
other terms leave are read again from evidence, file by file, as far as the seconds given reach; the page then
carries where to go on. Both are linear in the months asked for; ``docs/staff.md`` has what was measured.
"""

from __future__ import annotations

import ipaddress
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.engines.campaign_tables import CAMPAIGN_MEMBERS_LAYOUT
from meyasubako.engines.figures import check_month
from meyasubako.engines.generations import Generations
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.types import Engine
from meyasubako.errors import UsageError
from meyasubako.mail.domains import ascii_host, url_host
from meyasubako.mail.parse import parse
from meyasubako.mail.types import Message
from meyasubako.queries import query_text
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.schema import EVIDENCE_LAYOUT
from meyasubako.tables.table import DataFile, Table

PAGE = 50
CANDIDATES = 200_000
"""Mails that one search of texts may have to read; beyond it the months or the other terms must be narrowed."""
SECONDS = 5.0
"""How long one page may look before it shows what it has and where to go on."""
LONGEST_TERM = 200
_CHUNK = 400
_PIECE = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"(?P<month>\d{4}-\d\d)\.(?P<ticks>-?\d{1,18})\.(?P<arrival>[0-9a-f-]{1,36})\Z")
_SCAN_CURSOR = re.compile(
    r"v(?P<version>\d{1,18})\.(?P<file>\d{1,9})\.(?P<group>\d{1,9})\.(?P<read>\d{1,12})\Z"
)
_LIGHT = (
    "arrival_id, sha256, received, month, channel, monitor, report_id, size, origin_ip, country, network, "
    "from_address, from_name, from_domain, subject, language"
)
_FULL = f"{_LIGHT}, links"
_DIGITS = re.compile(r"[^0-9]")

Row = dict[str, Any]


class OutdatedError(UsageError):
    """The place to go on from belongs to another state of the tables: the search begins anew."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is looked for; every term given must be met. Months are YYYY-MM in Japan, both included.

    ``sender`` and ``subject`` are parts, in any case; ``domain`` is a name or what stands under it, of the sender or
    of a link; ``url`` is a part of a link; ``ip`` an address or a range (CIDR) of the origin; ``phone`` a number
    as anybody writes it; ``text`` a part of the text, whatever its width and case.
    """

    first: str
    last: str
    sender: str = ""
    domain: str = ""
    url: str = ""
    ip: str = ""
    subject: str = ""
    phone: str = ""
    text: str = ""
    channel: str = ""

    @property
    def reads_texts(self) -> bool:
        """Whether the bytes have to be read."""
        return bool(self.phone or self.text)


@dataclass(frozen=True, slots=True)
class Hits:
    """One page. ``cursor`` is where to go on, None at the end. ``read`` of ``to_read`` mails were read again (texts)
    or None; ``late`` says that the seconds ended before the page was full. ``month`` is how far back it looked."""

    rows: list[Row]
    cursor: str | None
    month: str
    late: bool = False
    read: int | None = None
    to_read: int | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class _Clock:
    seconds: float
    started: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> float:
        return time.monotonic() - self.started

    @property
    def is_over(self) -> bool:
        return self.spent > self.seconds


class MailSearch:
    """Searches one home. Keeps handles and an engine between searches; not for two threads."""

    def __init__(self, home: Home, engine: Engine) -> None:
        """Open the tables."""
        self._home = home
        self._engine = engine
        self._observations = Table.open(home, OBSERVATIONS_LAYOUT)
        self._generations = Generations(home, self._observations)
        self._evidence = Table.open(home, EVIDENCE_LAYOUT)
        self._members = Table.open(home, CAMPAIGN_MEMBERS_LAYOUT)

    def months(self) -> list[str]:
        """The oldest and the newest month with mails, as the log of the table knows them; none for an empty table."""
        self._observations.refresh()
        files = [file for file in self._observations.files() if file.least.get("month")]
        if not files:
            return []
        return [
            min(str(file.least["month"]) for file in files),
            max(str(file.greatest["month"]) for file in files),
        ]

    def page(
        self, terms: Terms, *, cursor: str | None = None, size: int = PAGE, seconds: float = SECONDS
    ) -> Hits:
        """One page of mails. Raises UsageError for terms or a cursor that make no sense, OutdatedError for an old one."""
        check(terms)
        clock = _Clock(seconds)
        with reading(self._home):
            self._generations.refresh()
            if terms.reads_texts:
                self._evidence.refresh()
                return self._by_reading(terms, cursor, size, clock)
            return self._by_columns(terms, cursor, size, clock)

    def of_campaign(self, campaign: str, month: str) -> list[Row]:
        """The mails of a campaign in a month, newest first, 500 at the most; none where there is no such campaign.

        Raises UsageError for what is no month.
        """
        check_month(month)
        with reading(self._home):
            self._generations.refresh()
            self._members.refresh()
            files = {
                "observations": _paths(self._observations.files(), month, month),
                "campaign_members": _paths(self._members.files(), month, month),
            }
            if not all(files.values()):
                return []
            values = {"campaign": campaign, "month": month, "generation": self._generations.of(month)}
            return self._engine.query(query_text("campaign_mails"), {}, files, values)

    # What observations hold

    def _by_columns(self, terms: Terms, cursor: str | None, size: int, clock: _Clock) -> Hits:
        newest, before, before_id = _place(cursor, terms)
        rows: list[Row] = []
        exact = _Exact(terms)
        for month in _months_down(terms.first, min(newest, terms.last)):
            paths = _paths(self._observations.files(), month, month)
            while paths:
                found = self._rows(terms, paths, (month, month), before, before_id, _FULL, _CHUNK)
                for row in found:
                    before, before_id = _moment(row["received"]), row["arrival_id"]
                    if exact.meets_row(row):
                        rows.append(_without_links(row))
                        if len(rows) == size:
                            return Hits(rows, _cursor(month, before, before_id), month, seconds=clock.spent)
                if len(found) < _CHUNK:
                    break
                if clock.is_over:
                    return Hits(rows, _cursor(month, before, before_id), month, True, seconds=clock.spent)
            before, before_id = _LATEST, ""
            if clock.is_over and month > terms.first:
                earlier = _month_before(month)
                return Hits(rows, _cursor(earlier, _LATEST, "0"), month, True, seconds=clock.spent)
        return Hits(rows, None, terms.first, seconds=clock.spent)

    def _rows(
        self,
        terms: Terms,
        paths: list[str],
        months: tuple[str, str],
        before: datetime,
        before_id: str,
        columns: str,
        limit: int,
    ) -> list[Row]:
        address, network = _addresses(terms.ip)
        values = {
            "channel": terms.channel,
            "sender": terms.sender.lower(),
            "domain": ascii_host(terms.domain) or "",
            "url": _needle(terms.url),
            "ip": address,
            "network": network,
            "subject": terms.subject.lower(),
            "before": before,
            "before_id": before_id,
        }
        order = "ORDER BY received_at DESC, arrival_id DESC " if columns == _FULL else ""
        text = f"SELECT {columns} FROM ({query_text('search_facets')}) AS found {order}LIMIT {limit}"  # noqa: S608 - our own text
        rows: list[Row] = []
        for span in self._generations.spans():
            first, last = max(span.first, months[0]), min(span.last, months[1])
            if first <= last:
                counted = {"generation": span.generation, "first": first, "last": last}
                rows += self._engine.query(text, {}, {"observations": paths}, {**values, **counted})
        return rows[:limit]

    # What only the bytes hold

    def _by_reading(self, terms: Terms, cursor: str | None, size: int, clock: _Clock) -> Hits:
        files = self._evidence.files()
        version, at_file, at_group, read = _scan_place(cursor, self._evidence.version)
        wanted = self._candidates(terms)
        keys = pa.array(sorted(wanted), pa.string())
        exact = _Exact(terms)
        rows: list[Row] = []
        for number in range(at_file, len(files)):
            for group, shas, raws in _groups(files[number], keys, at_group):
                read += len(shas)
                for sha256, raw in zip(shas, raws, strict=True):
                    if raw is not None and exact.meets(parse(raw)):
                        rows += wanted[sha256]
                if len(rows) >= size or clock.is_over:
                    place = f"v{version}.{number}.{group + 1}.{read}"
                    late = len(rows) < size
                    return Hits(_newest_first(rows), place, terms.first, late, read, len(wanted), clock.spent)
            at_group = 0
        return Hits(_newest_first(rows), None, terms.first, False, read, len(wanted), clock.spent)

    def _candidates(self, terms: Terms) -> Mapping[str, list[Row]]:
        """Mails that the other terms leave, by their bytes. Raises UsageError for too many."""
        paths = _paths(self._observations.files(), terms.first, terms.last)
        if not paths:
            return {}
        found = self._rows(terms, paths, (terms.first, terms.last), _LATEST, "", _LIGHT, CANDIDATES + 1)
        if len(found) > CANDIDATES:
            raise UsageError(
                "text", f"more than {CANDIDATES:,} mails would have to be read: ask for fewer months"
            )
        wanted: defaultdict[str, list[Row]] = defaultdict(list)
        for row in found:
            wanted[row["sha256"]].append(row)
        return wanted


class _Exact:
    """Looks again at what SQL found too much of, and at what no column holds."""

    def __init__(self, terms: Terms) -> None:
        self._domain = ascii_host(terms.domain) or ""
        self._url = _needle(terms.url)
        self._range = ipaddress.ip_network(terms.ip, strict=False) if "/" in terms.ip else None
        self._phone = national(terms.phone)
        self._text = folded(terms.text)

    def meets_row(self, row: Row) -> bool:
        urls = [link["url"] for link in row["links"]]
        return self._meets(row["from_domain"], urls, row["origin_ip"])

    def meets(self, mail: Message) -> bool:
        """Whether the words and numbers are in a mail that the other terms left."""
        sender = mail.from_.domain if mail.from_ else None
        if not self._meets(sender, [link.url for link in mail.links], None):
            return False
        if self._phone and not any(self._phone in number for number in mail.phones):
            return False
        if not self._text:
            return True
        texts = (mail.subject or "", mail.text, mail.html_text if mail.html_text is not mail.text else "")
        return any(self._text in folded(text) for text in texts)

    def _meets(self, sender: str | None, urls: list[str], address: str | None) -> bool:
        if self._domain and not self._under(sender) and not any(self._under(url_host(url)) for url in urls):
            return False
        if self._url and not any(self._url in url.lower() for url in urls):
            return False
        if self._range is not None and address is not None:
            return ipaddress.ip_address(address) in self._range
        return True

    def _under(self, host: str | None) -> bool:
        return host is not None and (host == self._domain or host.endswith(f".{self._domain}"))


def check(terms: Terms) -> None:
    """Raise UsageError, naming the term, for one that cannot be looked for."""
    for name in ("first", "last"):
        check_month(getattr(terms, name))
    if terms.first > terms.last:
        raise UsageError("first", "the first month is after the last")
    for name in ("sender", "domain", "url", "ip", "subject", "phone", "text"):
        if len(getattr(terms, name)) > LONGEST_TERM:
            raise UsageError(name, f"longer than {LONGEST_TERM} characters")
    if terms.domain and ascii_host(terms.domain) is None:
        raise UsageError("domain", "is no name of a host")
    if terms.ip:
        try:
            ipaddress.ip_network(terms.ip, strict=False)
        except ValueError:
            raise UsageError("ip", "is neither an address nor a range") from None
    if terms.phone and len(national(terms.phone)) < 6:
        raise UsageError("phone", "needs six digits at the least")


def folded(text: str) -> str:
    """A text without what does not matter to a reader: width, case, white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def national(phone: str) -> str:
    """The digits of a number as mails' numbers are kept: national, "+81 3" as "03"."""
    plain = unicodedata.normalize("NFKC", phone).strip()
    digits = _DIGITS.sub("", plain)
    if plain.startswith("+81"):
        return "0" + digits[2:].lstrip("0")
    return digits


def _needle(url: str) -> str:
    return url.strip().lower()


def _addresses(ip: str) -> tuple[str, str]:
    """An address to compare with, and the beginning of the text of every address in a range; "" for neither."""
    if not ip:
        return "", ""
    network = ipaddress.ip_network(ip, strict=False)
    if network.num_addresses == 1:
        return str(network.network_address), ""
    if network.version == 4:
        whole = network.prefixlen // 8
        return "", "".join(f"{octet}." for octet in str(network.network_address).split(".")[:whole])
    first = str(network.network_address).split(":")[0]
    return "", f"{first}:" if network.prefixlen >= 16 and first else ""


def _paths(files: list[DataFile], first: str, last: str) -> list[str]:
    """Files that may hold a month of these."""
    return [
        file.path
        for file in files
        if str(file.least.get("month", "")) <= last and str(file.greatest.get("month", "~")) >= first
    ]


def _groups(
    file: DataFile, wanted: pa.Array[Any], start: int
) -> Iterator[tuple[int, list[str], list[bytes | None]]]:
    """The wanted mails of a file, a row group at a time; from group ``start``."""
    with pq.ParquetFile(file.path) as parquet:
        for group in range(start, parquet.metadata.num_row_groups):
            shas: list[Any] = []
            raws: list[Any] = []
            for batch in parquet.iter_batches(_PIECE, row_groups=[group], columns=["sha256", "raw"]):
                kept = batch.filter(pc.is_in(batch.column("sha256"), value_set=wanted))
                shas += kept.column("sha256").to_pylist()
                raws += kept.column("raw").to_pylist()
            yield group, shas, raws


def _months_down(first: str, last: str) -> Iterator[str]:
    month = last
    while month >= first:
        yield month
        month = _month_before(month)


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cursor(month: str, before: datetime, before_id: str) -> str:
    return f"{month}.{(before - _EPOCH) // _MICROSECOND}.{before_id}"


def _place(cursor: str | None, terms: Terms) -> tuple[str, datetime, str]:
    if cursor is None:
        return terms.last, _LATEST, ""
    found = _CURSOR.match(cursor)
    if found is None:
        raise UsageError("cursor", "is none of ours")
    return found["month"], _EPOCH + int(found["ticks"]) * _MICROSECOND, found["arrival"]


def _scan_place(cursor: str | None, version: int) -> tuple[int, int, int, int]:
    if cursor is None:
        return version, 0, 0, 0
    found = _SCAN_CURSOR.match(cursor)
    if found is None:
        raise UsageError("cursor", "is none of ours")
    if int(found["version"]) != version:
        raise OutdatedError("cursor", "the tables have changed since: search again")
    return version, int(found["file"]), int(found["group"]), int(found["read"])


def _without_links(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "links"}


def _newest_first(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["received"], row["arrival_id"]), reverse=True)
