"""The row of ``observations``: what an analysis saw in one arrival. ``docs/reference/tables.md`` is made from it.

``Observation`` and ``OBSERVATIONS`` name the same columns in the same order; a test holds them together. Times are
UTC in microseconds, ``day`` and ``month`` are Japan's (+09:00). ``first_of_bytes`` is set by the follower, the one
ordered step; everything else is a pure function of the mail and what came with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from meyasubako.mail.types import Attachment, Defect, Link

TIMESTAMP = pa.timestamp("us", tz="UTC")
LINK = pa.struct(
    [("url", pa.string()), ("domain", pa.string()), ("text", pa.string()), ("mismatch", pa.bool_())]
)
ATTACHMENT = pa.struct(
    [("name", pa.string()), ("type", pa.string()), ("size", pa.int64()), ("sha256", pa.string())]
)
DEFECT = pa.struct([("code", pa.string()), ("where", pa.string()), ("guessed", pa.string())])
FINDING = pa.struct(
    [
        ("check", pa.string()),
        ("article", pa.string()),
        ("version", pa.string()),
        ("verdict", pa.string()),
        ("certainty", pa.string()),
        ("spans", pa.string()),
    ]
)


class FoundRow(NamedTuple):
    """One finding as it is stored: the sentences are made again from the law's data when they are shown."""

    check: str
    article: str
    version: str
    verdict: str
    certainty: str
    spans: str


class Observation(NamedTuple):
    """What was seen in one arrival; field for field a row of ``observations``. Times in microseconds since 1970."""

    arrival_id: str
    generation: int
    sha256: str
    received_at: int
    day: str
    month: str
    channel: str
    monitor: str | None
    monitor_class: str | None
    carrier: str | None
    report_id: str | None
    first_of_bytes: bool
    size: int
    origin_ip: str | None
    origin_helo: str | None
    origin_rdns: str | None
    origin_by: str | None
    origin_hop: int | None
    origin_confidence: float
    origin_reason: str
    origin_claimed: str | None
    origin_forged: bool
    country: str | None
    country_data_date: str | None
    country_distance_days: int | None
    asn: int | None
    network: str | None
    from_address: str | None
    from_name: str | None
    from_domain: str | None
    subject: str | None
    message_id: str | None
    sent_at: int | None
    language: str | None
    charset: str | None
    links: tuple[Link, ...]
    attachments: tuple[Attachment, ...]
    auth_spf: str | None
    auth_dkim: str | None
    auth_dmarc: str | None
    auth_arc: str | None
    auth_reason: str | None
    forged_address: str | None
    forged_equipment: str | None
    forged_grounds: str | None
    dynamic_pool: str | None
    law_day: str | None
    law_day_source: str | None
    findings: tuple[FoundRow, ...]
    category: str | None
    fingerprint: bytes | None
    defects: tuple[Defect, ...]
    analysis_version: str


def _field(name: str, kind: pa.DataType, description: str, *, nullable: bool = True) -> pa.Field[Any]:
    return pa.field(name, kind, nullable=nullable, metadata={"description": description})


OBSERVATIONS = pa.schema(
    [
        _field("arrival_id", pa.string(), "Key, with `generation`: the arrival looked at.", nullable=False),
        _field("generation", pa.int32(), "Which run of the analysis wrote the row, from 1.", nullable=False),
        _field("sha256", pa.string(), "The mail's bytes: the key of `evidence`.", nullable=False),
        _field("received_at", TIMESTAMP, "When the mail came in.", nullable=False),
        _field("day", pa.string(), "YYYY-MM-DD of received_at in Japan.", nullable=False),
        _field("month", pa.string(), "YYYY-MM of received_at in Japan.", nullable=False),
        _field("channel", pa.string(), "`monitor`, `report`, `archive` or `partner`.", nullable=False),
        _field("monitor", pa.string(), "Name of the monitor mailbox."),
        _field("monitor_class", pa.string(), "`pc` or `mobile`; null where no monitor."),
        _field("carrier", pa.string(), "Carrier of the monitor mailbox."),
        _field("report_id", pa.string(), "Receipt number of the report that held the mail."),
        _field(
            "first_of_bytes",
            pa.bool_(),
            "True for the first arrival of these bytes: summing it counts distinct mails.",
            nullable=False,
        ),
        _field("size", pa.int64(), "Length of the bytes.", nullable=False),
        _field("origin_ip", pa.string(), "Address that handed the mail over the trust boundary; null = unknown."),
        _field("origin_helo", pa.string(), "What that client called itself."),
        _field("origin_rdns", pa.string(), "Its reverse name, where the receiver recorded one."),
        _field("origin_by", pa.string(), "The host that vouches for the address."),
        _field("origin_hop", pa.int32(), "Which Received field names it, 0 the newest; null for the connection."),
        _field("origin_confidence", pa.float64(), "From 0 to 1.", nullable=False),
        _field("origin_reason", pa.string(), "Why the walk stopped there, as a code.", nullable=False),
        _field("origin_claimed", pa.string(), "Address that a webmail field claims: never proof."),
        _field("origin_forged", pa.bool_(), "The trace below the boundary cannot be true.", nullable=False),
        _field("country", pa.string(), "ISO 3166-1 alpha-2 of origin_ip as of the day; null = unknown."),
        _field("country_data_date", pa.string(), "YYYY-MM-DD of the delegation data used."),
        _field("country_distance_days", pa.int32(), "Days between that data and the day of receipt."),
        _field("asn", pa.int64(), "Autonomous system of origin_ip."),
        _field("network", pa.string(), "Its name."),
        _field("from_address", pa.string(), "Address in From (RFC 5322 section 3.6.2)."),
        _field("from_name", pa.string(), "Display name in From."),
        _field("from_domain", pa.string(), "Domain in From, lower case."),
        _field("subject", pa.string(), "Subject, decoded."),
        _field("message_id", pa.string(), "Message-ID without its brackets."),
        _field("sent_at", TIMESTAMP, "The Date field; a claim of the sender."),
        _field("language", pa.string(), "ISO 639-1 of the text; null where there is too little."),
        _field("charset", pa.string(), "Charset in which the main text was really read."),
        _field("links", pa.list_(LINK), "Links a reader could follow.", nullable=False),
        _field("attachments", pa.list_(ATTACHMENT), "Parts offered as files.", nullable=False),
        _field("auth_spf", pa.string(), "SPF result (RFC 7208 section 2.6); null where it was not asked."),
        _field("auth_dkim", pa.string(), "Best DKIM result (RFC 8601 section 2.7.1)."),
        _field("auth_dmarc", pa.string(), "DMARC result."),
        _field("auth_arc", pa.string(), "ARC chain validation (RFC 8617 section 4.4)."),
        _field("auth_reason", pa.string(), "Why results are empty, or what decided them."),
        _field(
            "forged_address",
            pa.string(),
            "`forged`, `suspect`, `genuine` or `unknown`: the sending address (Act Art 5).",
        ),
        _field(
            "forged_equipment",
            pa.string(),
            "The same of the identifiers of the sending equipment (Act Art 5).",
        ),
        _field("forged_grounds", pa.string(), "What both rest on, as codes parted by blanks."),
        _field("dynamic_pool", pa.string(), "`yes`, `no` or `unknown`: straight from a dynamic address pool."),
        _field("law_day", pa.string(), "YYYY-MM-DD whose law was applied."),
        _field("law_day_source", pa.string(), "`date` (the Date field) or `received_at`."),
        _field("findings", pa.list_(FINDING), "What each check of the law saw.", nullable=False),
        _field("category", pa.string(), "What is offered: `dating`, `pharmacy`, `phishing` ..."),
        _field("fingerprint", pa.binary(), "Sketch of the body that survives small changes."),
        _field("defects", pa.list_(DEFECT), "What the mail did wrong and what was guessed.", nullable=False),
        _field("analysis_version", pa.string(), "Code, law, geography and model that made the row.", nullable=False),
    ]
)  # fmt: skip
