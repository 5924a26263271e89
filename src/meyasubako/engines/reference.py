"""The reference page of all tables, made from their schemas: ``docs/reference/tables.md``."""

from __future__ import annotations

import pyarrow as pa

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.campaign_tables import CAMPAIGN_MEMBERS, CAMPAIGNS
from meyasubako.engines.generations import GENERATIONS
from meyasubako.engines.rollups import FINDINGS, ROLLUPS, RollUp
from meyasubako.tables.schema import ARRIVALS, DNS_ANSWERS, EVIDENCE
from meyasubako.tables.seals import SEALS
from meyasubako.tables.tombstones import TOMBSTONES


def _said_of(rollup: RollUp) -> str:
    counted = "findings" if rollup.source == FINDINGS else "observations"
    only = f" where {rollup.only}" if rollup.only else ""
    return f"A roll-up of {counted}{only}: rows with equal keys are increments, to be summed."


TABLES: dict[str, tuple[str, pa.Schema]] = {
    "arrivals": ("One mail coming in once.", ARRIVALS),
    "evidence": ("One distinct sequence of bytes.", EVIDENCE),
    "dns_answers": ("One DNS answer that an analysis used.", DNS_ANSWERS),
    "observations": ("What an analysis saw in one arrival.", OBSERVATIONS),
    "seals": ("One commit of arrivals, sealed.", SEALS),
    "tombstones": ("What was erased.", TOMBSTONES),
    "generations": ("One analysis of all arrivals.", GENERATIONS),
    "campaigns": ("One campaign in one month.", CAMPAIGNS),
    "campaign_members": ("One mail of a campaign.", CAMPAIGN_MEMBERS),
    **{rollup.name: (_said_of(rollup), rollup.layout.schema) for rollup in ROLLUPS},
}
HEADING = """\
# Tables

Generated from the schemas by `make docs`; do not edit. How the tables are written, followed and kept: `docs/tables.md`.
"""


def render() -> str:
    """The whole page. Raises KeyError for a field without a description: every one has to have it."""
    parts = [HEADING]
    for name, (what, schema) in TABLES.items():
        parts += [f"## {name}\n", f"{what}\n", "| column | type | null | what it is |\n|---|---|---|---|"]
        for field in schema:
            description = (field.metadata or {})[b"description"].decode()
            null = "yes" if field.nullable else "no"
            parts.append(f"| `{field.name}` | {type_name(field.type)} | {null} | {description} |")
        parts.append("")
    return "\n".join(parts)


def type_name(kind: pa.DataType) -> str:
    """The type as SQL people call it."""
    if isinstance(kind, pa.ListType):
        return f"list of {type_name(kind.value_type)}"
    if isinstance(kind, pa.StructType):
        return "{" + ", ".join(f"{field.name} {type_name(field.type)}" for field in kind) + "}"
    return "timestamp (UTC, us)" if pa.types.is_timestamp(kind) else str(kind)
