"""One mail with everything that is kept of it: how it came, its bytes, the DNS answers of that time, its campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from meyasubako.analysis.types import Envelope
from meyasubako.engines.campaign_tables import CAMPAIGN_MEMBERS_LAYOUT, CAMPAIGNS_LAYOUT
from meyasubako.engines.generations import FIRST, Generations
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.types import Engine
from meyasubako.queries import query_text
from meyasubako.tables.answers import AnswersJoin
from meyasubako.tables.bytes import EvidenceReader
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import Table

IDS = pa.schema([("arrival_id", pa.string())])


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One arrival. ``raw`` is None once erased, ``answers`` None where the DNS was not asked at receipt.

    ``observed`` is ``{generation, month, first_of_bytes, analysis_version}`` or None where the follower has not come to
    it; ``campaign`` is ``{campaign, month, likeness, mails, subject, senders, first_seen, last_seen}`` or None.
    """

    envelope: Envelope
    raw: bytes | None
    answers: list[dict[str, Any]] | None
    observed: dict[str, Any] | None
    campaign: dict[str, Any] | None


class MailStore:
    """Finds mails of one home. Keeps handles and an engine between questions; not for two threads."""

    def __init__(self, home: Home, engine: Engine) -> None:
        """Open the tables."""
        self._home = home
        self._engine = engine
        layouts = (ARRIVALS_LAYOUT, OBSERVATIONS_LAYOUT, CAMPAIGN_MEMBERS_LAYOUT, CAMPAIGNS_LAYOUT)
        self._tables = {layout.name: Table.open(home, layout) for layout in layouts}
        self._generations = Generations(home, self._tables["observations"])
        self._evidence = EvidenceReader(home)
        self._answers = AnswersJoin(home)

    def find(self, arrival_id: str) -> KeptMail | None:
        """The mail of an arrival; None where there is none of this id."""
        with reading(self._home):
            rows = self._ask("arrival_by_id", ("arrivals",), arrival_id)
            if not rows:
                return None
            envelope = _envelope(rows[0])
            self._generations.refresh()
            generation = self._generations.of(envelope.month)
            found = self._evidence.find(envelope.sha256)
            observed = self._ask("observation_by_id", ("observations",), arrival_id, generation)
            grouped = ("campaign_members", "campaigns")
            campaign = self._ask("campaign_of_arrival", grouped, arrival_id, generation)
            return KeptMail(
                envelope=envelope,
                raw=found.raw if found else None,
                answers=self._answers_of(arrival_id),
                observed=observed[0] if observed else None,
                campaign=campaign[0] if campaign else None,
            )

    def _ask(
        self, query: str, names: tuple[str, ...], arrival_id: str, generation: int = FIRST
    ) -> list[dict[str, Any]]:
        files: dict[str, list[str]] = {}
        for name in names:
            self._tables[name].refresh()
            files[name] = [file.path for file in self._tables[name].files()]
            if not files[name]:
                return []
        values = {"arrival_id": arrival_id, "generation": generation}
        return self._engine.query(query_text(query), {}, files, values)

    def _answers_of(self, arrival_id: str) -> list[dict[str, Any]] | None:
        beside = self._answers.beside(pa.RecordBatch.from_pydict({"arrival_id": [arrival_id]}, schema=IDS))
        if "answers" not in beside.schema.names:
            return None
        kept: list[Any] = beside.column("answers").to_pylist()
        answers: list[dict[str, Any]] | None = kept[0]
        return answers


def _envelope(row: dict[str, Any]) -> Envelope:
    moment = datetime.fromisoformat(row.pop("received"))
    received = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Envelope(received_at=received, **row)
