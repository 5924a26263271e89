"""The DNS of the sample's world: what a question about a sender's domain would be answered, and what SPF makes of it.

The policy of each domain is drawn from its name alone, so that it needs no run and no file; ``expected_spf`` says
the result that RFC 7208 section 2.6 gives, without evaluating a record. Answering questions is ``resolver``'s part.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from meyasubako.sample.draws import Draws
from meyasubako.sample.networks import load_ranges

LAWFUL_ENDING = "-co.example"
DMARC_POLICIES = (None, None, None, "none", "none", "none", "quarantine", "reject")
FIXED_DMARC = {
    "freemail.example": "none",
    "webmail.example": "quarantine",
    "bank.example": "reject",
    "shop.example": "quarantine",
    "mobile.example": "none",
}
VOID = "no-such-host.example"
OWN_POLICIES = ("none",) * 6 + ("all", "all", "home-fail", "home-soft", "home-neutral")
LAWFUL_POLICIES = ("home-fail", "home-fail", "home-soft", "home-soft", "none")
FIXED = {
    "freemail.example": "home-neutral",
    "webmail.example": "home-soft",
    "bank.example": "nobody",
    "shop.example": "nobody-soft",
    "mobile.example": "home-soft",
    "example.com": "nobody",
    "example.net": "nobody",
    "access.example": "none",
}


class Policy(NamedTuple):
    """An SPF record (RFC 7208 section 3) and its results for an address of the home ranges and for any other."""

    record: str | None
    inside: str
    outside: str


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """The policies by name. The home ranges are those of Japanese servers."""
    home = " ".join(f"ip4:{one.prefix}.0.0/16" for one in load_ranges()["JP", "host"])
    return {
        "none": Policy(None, "none", "none"),
        "all": Policy("v=spf1 +all", "pass", "pass"),
        "nobody": Policy("v=spf1 ip4:203.0.113.0/24 -all", "fail", "fail"),
        "nobody-soft": Policy("v=spf1 ip4:203.0.113.0/24 ~all", "softfail", "softfail"),
        "home-fail": Policy(f"v=spf1 {home} -all", "pass", "fail"),
        "home-soft": Policy(f"v=spf1 {home} ~all", "pass", "softfail"),
        "home-neutral": Policy(f"v=spf1 {home} ?all", "pass", "neutral"),
    }


@lru_cache(maxsize=4096)
def policy_of(domain: str) -> Policy:
    """The policy of a domain of the sample's world."""
    if domain.endswith(VOID):
        return policies()["none"]
    name = FIXED.get(domain)
    if name is None:
        lawful = domain.endswith(LAWFUL_ENDING)
        name = Draws("zone", domain).pick(LAWFUL_POLICIES if lawful else OWN_POLICIES)
    return policies()[name]


@lru_cache(maxsize=1)
def home_prefixes() -> frozenset[str]:
    """First two octets of the home ranges."""
    return frozenset(one.prefix for one in load_ranges()["JP", "host"])


def expected_spf(domain: str, ip: str) -> str:
    """The SPF result for an envelope sender's domain and a client's IPv4 address."""
    policy = policy_of(domain)
    return policy.inside if ip.rpartition(".")[0].rpartition(".")[0] in home_prefixes() else policy.outside


def dmarc_of(domain: str) -> str | None:
    """The DMARC record of a domain (RFC 9989 section 4.7); None where it has none."""
    policy = FIXED_DMARC.get(domain)
    if policy is None and domain.endswith(LAWFUL_ENDING):
        policy = Draws("dmarc", domain).pick(DMARC_POLICIES)
    return None if policy is None else f"v=DMARC1; p={policy}"


def expected_dmarc(author: str, envelope: str, spf: str, dkim: str) -> str:
    """The DMARC result for the domains of author and envelope sender, and what SPF and an own signature gave."""
    if dmarc_of(author) is None:
        return "none"
    return "pass" if dkim == "pass" or (spf == "pass" and author == envelope) else "fail"
