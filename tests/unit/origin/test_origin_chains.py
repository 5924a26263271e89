"""Origins of generated chains: thirty receivers, seven kinds of sender, no receiver below the bar."""

from __future__ import annotations

from collections import Counter

import pytest
from chains import KINDS, RECEIVERS, Chain, chains

from meyasubako.mail.received import parse_received
from meyasubako.origin import Origin, boundary_time, find_origin, load_trust

TRUST = load_trust()
RIGHT = 0.99


@pytest.fixture(scope="module")
def found() -> list[tuple[Chain, Origin]]:
    return [
        (
            chain,
            find_origin([parse_received(value, at) for at, value in enumerate(chain.values)], trust=TRUST),
        )
        for chain in chains(20240305, len(RECEIVERS) * len(KINDS) * 8)
    ]


@pytest.mark.parametrize("key", [receiver.key for receiver in RECEIVERS])
def test_every_receiver(found: list[tuple[Chain, Origin]], key: str) -> None:
    mine = [(chain, origin) for chain, origin in found if chain.receiver == key]
    answered = [(chain, origin) for chain, origin in mine if origin.ip is not None]
    wrong = Counter((chain.kind, origin.reason) for chain, origin in answered if origin.ip != chain.ip)
    assert wrong.total() <= (1 - RIGHT) * len(answered), wrong
    assert len(answered) >= 0.98 * len(mine)


def test_the_boundary_is_named(found: list[tuple[Chain, Origin]]) -> None:
    for chain, origin in found:
        if origin.ip == chain.ip:
            assert origin.hop is not None
            assert origin.reason in {"boundary", "boundary-unlisted"}
            assert 0 < origin.confidence < 1
            received = [parse_received(value, at) for at, value in enumerate(chain.values)]
            assert boundary_time(received, TRUST) == origin.received_at == received[origin.hop].date


def test_forged_sides_are_recognised(found: list[tuple[Chain, Origin]]) -> None:
    right = sum(origin.forged == chain.forged for chain, origin in found)
    missed = Counter((chain.kind, chain.receiver) for chain, origin in found if origin.forged != chain.forged)
    assert right >= RIGHT * len(found), missed.most_common(10)
