"""The tables of campaigns: which mail is in which (``campaign_members``), and what a month's campaign is (``campaigns``).

Rows are never changed: each run of the step writes the months it made anew under its own number, and the newest
run of a month counts. Compaction drops what a newer run stands in place of.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from meyasubako.tables.schema import TIMESTAMP, Layout, described

VALUE = pa.struct([("value", pa.string()), ("mails", pa.int64())])
FOUND = pa.struct(
    [("article", pa.string()), ("check", pa.string()), ("verdict", pa.string()), ("mails", pa.int64())]
)

_RUN: list[pa.Field[Any]] = [
    described("run", pa.int64(), "Which run of the step wrote the row, from 1; of a month the newest counts.", nullable=False),
    described("generation", pa.int32(), "The generation of observations that was grouped.", nullable=False),
    described("month", pa.string(), "YYYY-MM of received_at in Japan.", nullable=False),
    described("campaign", pa.string(), "The campaign's id: the arrival_id of its smallest member.", nullable=False),
]  # fmt: skip

CAMPAIGN_MEMBERS = pa.schema(
    [
        *_RUN,
        described("since", TIMESTAMP, "When the campaign's smallest member came in.", nullable=False),
        described("arrival_id", pa.string(), "Key, with `run`: the mail.", nullable=False),
        described("likeness", pa.float64(), "Share of the fingerprint that agrees with the centre.", nullable=False),
    ]
)  # fmt: skip

CAMPAIGNS = pa.schema(
    [
        *_RUN,
        described("mails", pa.int64(), "Mails of the campaign in the month, two at the least.", nullable=False),
        described("monitor_mails", pa.int64(), "Those of them that monitors received.", nullable=False),
        described("senders", pa.int64(), "Distinct addresses in From.", nullable=False),
        described("first_seen", pa.string(), "When its smallest member came in, in whichever month; ISO 8601, Japan.", nullable=False),
        described("last_seen", pa.string(), "When its last mail of the month came in; ISO 8601, Japan.", nullable=False),
        described("subject", pa.string(), "What the commonest subjects have in common, `…` where they differ; else one that three mails bear. Reported mails are left out: they may name who reported them.", nullable=False),
        described("languages", pa.list_(VALUE), "Languages and mails, most first; null = too little text.", nullable=False),
        described("countries", pa.list_(VALUE), "Countries of origin and mails, most first; null = unknown.", nullable=False),
        described("domains", pa.list_(VALUE), "Registered domains linked to and mails, most first.", nullable=False),
        described("findings", pa.list_(FOUND), "What checks of the law found, but for `ok`, and in how many mails.", nullable=False),
        described("made_at", pa.string(), "When the run was made (ISO 8601, Japan): before the month is over ids are provisional.", nullable=False),
    ]
)  # fmt: skip

CAMPAIGN_MEMBERS_LAYOUT = Layout(
    "campaign_members",
    CAMPAIGN_MEMBERS,
    order=("month", "campaign", "arrival_id"),
    unique=("arrival_id",),
    bloom=("arrival_id",),
    statistics=("month",),
)
CAMPAIGNS_LAYOUT = Layout(
    "campaigns", CAMPAIGNS, order=("month", "campaign"), unique=("subject",), statistics=("month",)
)
NEWEST_RUNS = "SELECT * FROM {files} QUALIFY run = MAX(run) OVER (PARTITION BY generation, month)"
"""How compaction reads these tables: without what a newer run stands in place of."""
