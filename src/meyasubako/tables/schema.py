"""What a row of ``arrivals``, ``evidence`` and ``dns_answers`` is, and how each table is laid out on disk.

Every field carries a ``description``; ``docs/reference/tables.md`` is generated from them. The schema of
``observations`` belongs to ``analysis``, those of the roll-ups to ``engines``: a :class:`Layout` is made
for them where they are used. No partitions, no deletion vectors, no column mapping: DuckDB and Spark read
the files as plain Parquet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")


def described(name: str, kind: pa.DataType, description: str, *, nullable: bool = True) -> pa.Field[Any]:
    """A field with its description, for the reference page."""
    return pa.field(name, kind, nullable=nullable, metadata={"description": description})


ARRIVALS = pa.schema(
    [
        described("arrival_id", pa.string(), "Key: UUIDv7 of this coming in.", nullable=False),
        described("sha256", pa.string(), "sha256 (hex) of the bytes; the key of `evidence`.", nullable=False),
        described("received_at", TIMESTAMP, "When it came in, UTC, microseconds.", nullable=False),
        described(
            "received_at_source",
            pa.string(),
            "What says so: `clock` (a receiver's own), `boundary` (the trusted hop), `given` (--received-at), "
            "`date` (the Date header) or `ingest` (the time of ingest).",
            nullable=False,
        ),
        described(
            "month", pa.string(), "YYYY-MM of received_at in Japan (+09:00), set once.", nullable=False
        ),
        described("channel", pa.string(), "`monitor`, `report`, `archive` or `partner`.", nullable=False),
        described("monitor", pa.string(), "Name of the monitor mailbox; null where none."),
        described("monitor_class", pa.string(), "`pc`, `mobile` or null."),
        described("carrier", pa.string(), "Carrier of the monitor mailbox; null where none."),
        described(
            "envelope_from", pa.string(), "MAIL FROM (RFC 5321 section 4.1.1.2), `` for the null path."
        ),
        described("envelope_to", pa.string(), "RCPT TO (RFC 5321 section 4.1.1.3)."),
        described("client_ip", pa.string(), "Address of the connecting client, where we were the server."),
        described("client_port", pa.int32(), "Port of the connecting client."),
        described("helo", pa.string(), "What the client called itself."),
        described("tls", pa.string(), "TLS version and cipher of the connection; null where none."),
        described("report_id", pa.string(), "Receipt number of the report that held this mail."),
        described("origin_path", pa.string(), "File inside the archive; null for mail from the network."),
    ]
)

EVIDENCE = pa.schema(
    [
        described(
            "sha256",
            pa.string(),
            "Key: sha256 (hex) of the bytes as received, before erasure.",
            nullable=False,
        ),
        described(
            "raw",
            pa.binary(),
            "The bytes: dot-stuffing and mbox quoting undone, nothing else; null once erased.",
        ),
        described("size", pa.int64(), "Length of the bytes as received.", nullable=False),
        described(
            "first_seen", TIMESTAMP, "received_at of the arrival that brought the bytes.", nullable=False
        ),
    ]
)

DNS_ANSWERS = pa.schema(
    [
        described("arrival_id", pa.string(), "Arrival for which the question was asked.", nullable=False),
        described("name", pa.string(), "Name asked, lower case, without the last dot.", nullable=False),
        described("type", pa.string(), "Type asked: `TXT`, `MX`, `A` ...", nullable=False),
        described("rcode", pa.string(), "`NOERROR`, `NXDOMAIN`, `SERVFAIL` or `TIMEOUT`.", nullable=False),
        described("records", pa.list_(pa.string()), "The records in presentation form.", nullable=False),
        described("ttl", pa.int32(), "Seconds the answer may be kept; null where it has none."),
        described("asked_at", TIMESTAMP, "When the question was asked, UTC.", nullable=False),
        described("resolver", pa.string(), "Who answered: `captured`, or the resolver's address."),
    ]
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table lies on disk.

    ``order`` is the sort of compacted files, ``unique`` the columns of many distinct values (no dictionary),
    ``bloom`` those that are looked up by value, ``statistics`` those whose least and greatest value stand in
    the log (strings, integers), ``row_group`` the rows in a group, and ``file_rows`` and ``file_bytes`` the size of
    a compacted file.
    """

    name: str
    schema: pa.Schema
    order: tuple[str, ...]
    unique: tuple[str, ...] = ()
    bloom: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    row_group: int = 100_000
    file_rows: int = 2_000_000
    file_bytes: int = 256 * 1024 * 1024
    configuration: dict[str, str] = field(default_factory=dict)


ARRIVALS_LAYOUT = Layout(
    "arrivals",
    ARRIVALS,
    order=("month", "sha256"),
    unique=("arrival_id", "sha256", "origin_path"),
    bloom=("sha256", "arrival_id"),
    statistics=("month", "sha256"),
    row_group=10_000,
)
EVIDENCE_LAYOUT = Layout(
    "evidence",
    EVIDENCE,
    order=("sha256",),
    unique=("sha256", "raw"),
    bloom=("sha256",),
    statistics=("sha256",),
    row_group=1_000,
    file_rows=200_000,
)
DNS_ANSWERS_LAYOUT = Layout(
    "dns_answers",
    DNS_ANSWERS,
    order=("arrival_id", "name", "type"),
    unique=("arrival_id",),
    bloom=("arrival_id",),
    statistics=("arrival_id",),
    row_group=10_000,
)
