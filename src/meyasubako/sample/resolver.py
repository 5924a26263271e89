"""The sample's own DNS as a Resolver: stands in wherever ``sender`` wants one, needs no network and no file."""

from __future__ import annotations

from meyasubako.sample.draws import Draws
from meyasubako.sample.networks import HOSTING, host_addresses, pool_addresses, reverse_name, server_address
from meyasubako.sample.signing import SELECTOR, key_text
from meyasubako.sample.zones import LAWFUL_ENDING, VOID, dmarc_of, policy_of
from meyasubako.sender.resolver import Answer, Rcode

TTL = 3600
REVERSE = ".in-addr.arpa"
WITHOUT_ADDRESS = 0.7
DMARC = "_dmarc."
DKIM = f"{SELECTOR}._domainkey."


class SampleResolver:
    """A Resolver over the sample's world: names under ``example``, and reverse names both ways."""

    def ask(self, name: str, rtype: str, /) -> Answer:
        """The answer for a name and type; RFC 2606 section 2 keeps the names free."""
        records = _records(name, rtype)
        if records is None:
            return Answer(name, rtype, Rcode.NXDOMAIN, (), TTL)
        return Answer(name, rtype, Rcode.NOERROR, records, TTL)


def _records(name: str, rtype: str) -> tuple[str, ...] | None:
    """Records of a name; None where there is no such name."""
    if name.endswith(REVERSE):
        found = reverse_name(".".join(reversed(name.removesuffix(REVERSE).split("."))))
        return None if found is None else (found.lower(),) if rtype == "PTR" else ()
    if not _is_ours(name):
        addresses = pool_addresses(name)
        return (addresses if rtype == "A" else ()) if addresses else None
    for mark, text_of in ((DMARC, dmarc_of), (DKIM, key_text)):
        if name.startswith(mark):
            domain = name.removeprefix(mark)
            text = text_of(domain) if _is_domain(domain) else None
            return None if text is None else (text,) if rtype == "TXT" else ()
    if name.startswith("_") or "._" in name:
        return None
    return _host_records(name, rtype)


def _host_records(name: str, rtype: str) -> tuple[str, ...]:
    """Records of a host or a sender's domain. A host of a sender that moves about has no address, or an old one."""
    if rtype == "A":
        if name.endswith(HOSTING):
            return host_addresses(name)
        if name.endswith(LAWFUL_ENDING) and not _is_domain(name):
            return (server_address(name),)
        draws = Draws("address", name)
        if not _is_domain(name) and draws.chance(WITHOUT_ADDRESS):
            return ()
        return (f"203.0.113.{draws.between(1, 254)}",)
    if rtype == "MX" and _is_domain(name):
        return (f"10 mail1.{name}",)
    if rtype == "TXT" and _is_domain(name):
        record = policy_of(name).record
        return (record,) if record else ()
    return ()


def _is_ours(name: str) -> bool:
    labels = name.split(".")
    known = labels[-1] == "example" or labels[-2:] in (["example", "com"], ["example", "net"])
    return known and not name.endswith(VOID)


def _is_domain(name: str) -> bool:
    return name.count(".") == 1
