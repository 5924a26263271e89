"""The signed heads of the seals are published, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from meyasubako.tables import Home
from meyasubako.tables.seal_heads import check_head, publish_head


def test_heads_are_published_as_they_were_signed(
    site: None, settings: Settings, tmp_path: Path, client: Client
) -> None:
    settings.HOME = tmp_path
    assert client.get("/data/seal-heads.json").json() == {"heads": []}
    home = Home.at(tmp_path)
    for day in (1, 3, 2):
        publish_head(home, now=datetime(2026, 2, day, tzinfo=UTC))
    heads = client.get("/data/seal-heads.json").json()["heads"]
    assert [head["signed_at"][:10] for head in heads] == ["2026-02-03", "2026-02-02", "2026-02-01"]
    assert {check_head(head).sequence for head in heads} == {0}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_sent_there(site: None, client: Client, method: str) -> None:
    assert getattr(client, method)("/data/seal-heads.json").status_code == 405
