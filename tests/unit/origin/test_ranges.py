"""Sets of networks against plain arithmetic on the same addresses, whatever way an address is written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.hosts import number
from meyasubako.origin.ranges import Networks, network_range

TEXTS = (
    "192.0.2.0/24", "192.0.2.128/25", "198.51.100.64/28", "203.0.113.7/32",
    "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:a000::/36", "2a01:111:f403::/48", "2603:1006::/40", "::1/128",
)  # fmt: skip
NEAR = st.sampled_from(TEXTS).flatmap(
    lambda text: st.tuples(st.just(ip_network(text)), st.integers(min_value=-2, max_value=1 << 100))
)


@given(st.sets(st.sampled_from(TEXTS)), NEAR)
def test_a_set_holds_what_its_networks_hold(texts: set[str], near: tuple[object, int]) -> None:
    network, offset = near
    assert hasattr(network, "network_address")
    highest = 2**32 if network.network_address.version == 4 else 2**128
    value = (int(network.network_address) + offset) % highest
    address = IPv4Address(value) if highest == 2**32 else IPv6Address(value)
    networks = Networks(network_range(text) for text in texts)
    assert networks.holds(str(address)) is any(address in ip_network(text) for text in texts)


@pytest.mark.parametrize("text", ["", "host", "192.0.2.256", "g::2001"])
def test_what_is_no_address_is_nowhere(text: str) -> None:
    assert number(text) == (0, 0)
    assert not Networks(map(network_range, TEXTS)).holds(text)


def test_numbers() -> None:
    assert number("192.0.2.1") == (4, int(ip_address("192.0.2.1")))
    assert not Networks()
    with pytest.raises(ValueError, match="host bits"):
        network_range("192.0.2.1/24")
