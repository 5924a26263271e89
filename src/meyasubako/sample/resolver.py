"""The sample's own DNS as a Resolver: stands in wherever ``sender`` wants one, needs no network and no file."""

from __future__ import annotations

from meyasubako.sample.draws import Draws
from meyasubako.sample.zones import VOID, policy_of
from meyasubako.sender.resolver import Answer, Rcode

TTL = 3600


class SampleResolver:
    """A Resolver over the sample's world; names outside ``example`` do not exist."""

    def ask(self, name: str, rtype: str, /) -> Answer:
        """The answer for a name and type; RFC 2606 section 2 keeps the names free."""
        labels = name.split(".")
        known = labels[-1] == "example" or labels[-2:] in (["example", "com"], ["example", "net"])
        if not known or name.endswith(VOID) or name.startswith("_") or "._" in name:
            return Answer(name, rtype, Rcode.NXDOMAIN)
        records: tuple[str, ...] = ()
        is_domain = len(labels) == 2
        if rtype == "A":
            records = (f"203.0.113.{Draws('address', name).between(1, 254)}",)
        elif rtype == "MX" and is_domain:
            records = (f"10 mail1.{name}",)
        elif rtype == "TXT" and is_domain:
            record = policy_of(name).record
            records = (record,) if record else ()
        return Answer(name, rtype, Rcode.NOERROR, records, TTL)
