"""Pools of subscriber addresses: every known form by its example, shapes, operators' lists, relays between."""

from __future__ import annotations

from datetime import date

import pytest

from meyasubako.origin.dynamic import Pool, dynamic_pool, looks_dynamic, pools
from meyasubako.origin.ranges import Networks, network_range
from meyasubako.origin.trust import Trust
from meyasubako.origin.types import Origin


def origin(rdns: str | None, ip: str | None = "203.0.113.7", *, direct: bool | None = True) -> Origin:
    return Origin(ip, None, rdns, "mx.example", 0, 0.9, "boundary", None, None, False, (), direct)


@pytest.mark.parametrize("pool", pools(), ids=lambda pool: pool.id)
def test_every_form_by_its_example(pool: Pool) -> None:
    verdict = dynamic_pool(origin(pool.example.upper()), Trust())
    assert (verdict.value, verdict.pattern, verdict.carrier) == ("yes", pool.id, pool.domain)
    assert verdict.confidence == pool.confidence
    assert pool.confidence in {"certain", "likely"}
    assert pool.source in {"trace", "public", "list"}
    assert (pool.confidence == "likely") == (pool.source == "list")
    assert date.fromisoformat(pool.seen)
    assert len(pool.country) == 2
    relay = dynamic_pool(origin(f"mail.{pool.domain}"), Trust())
    assert relay.value == "no"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("203-0-113-7.dynamic.isp.example", "shape-words"),
        ("dsl-7.region.isp.example", "shape-words"),
        ("host7-113-0-203.isp.example", "shape-address"),
        ("cb007107.isp.example", "shape-address"),
        ("n203000113007.isp.example", "shape-address"),
        ("x7-3g-1.isp.example", "shape-words"),
        ("hsd1.region.isp.example", "shape-words"),
        ("mail12345.dyn-ip.isp.example", "shape-words"),
    ],
)
def test_shapes(name: str, pattern: str) -> None:
    verdict = dynamic_pool(origin(name), Trust())
    assert (verdict.value, verdict.pattern, verdict.confidence) == ("yes", pattern, "likely")
    assert looks_dynamic(name, "203.0.113.7")


@pytest.mark.parametrize(
    "name",
    [
        "mail.example.jp",
        "203-0-113-7.static.isp.example",
        "mx7.example",
        "mail1234.dsl.isp.example",
        "a3g.isp.example",
        "113.0.7.isp.example",
        "ec2-203-0-113-7.compute.cloud.example",
    ],
)
def test_servers(name: str) -> None:
    assert dynamic_pool(origin(name), Trust()).value == "no"


def test_what_was_not_recorded_is_unknown() -> None:
    assert dynamic_pool(origin(None), Trust()).value == "unknown"
    assert dynamic_pool(origin("p1.pool.isp.example", ip=None), Trust()).value == "unknown"


def test_a_pool_address_that_only_handed_on_is_not_counted() -> None:
    verdict = dynamic_pool(origin("p1.pool.isp.example", direct=False), Trust())
    assert (verdict.value, verdict.dynamic) == ("no", "yes")


def test_an_operators_list_is_certain() -> None:
    trust = Trust(pools=Networks([network_range("203.0.113.0/24")]))
    verdict = dynamic_pool(origin(None), trust)
    assert (verdict.value, verdict.pattern, verdict.confidence) == ("yes", "operator-list", "certain")
