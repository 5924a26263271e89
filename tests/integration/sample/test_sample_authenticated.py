"""SPF, DKIM and DMARC as our verifiers see the sample in its own DNS: what the truth expects, for every mail."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from meyasubako.mail.parse import parse
from meyasubako.sample import generate
from meyasubako.sample.networks import load_ranges, pool_addresses, pool_name, reverse_name
from meyasubako.sample.resolver import SampleResolver
from meyasubako.sender import authenticate


def test_the_verifiers_give_what_the_truth_expects() -> None:
    resolver = SampleResolver()
    seen: Counter[tuple[str, str]] = Counter()
    for mail in generate(13, 3000, "2008-04..2009-03"):
        truth = mail.truth
        result = authenticate(
            parse(mail.raw),
            ip=truth.origin_ip,
            helo=truth.helo,
            mail_from=mail.envelope,
            resolver=resolver,
            now=datetime.fromisoformat(truth.received_at),
        )
        best = result.dkim_best
        found = {
            "spf": result.spf.status.value,
            "dkim": best.status.value if best else "none",
            "dmarc": result.dmarc.status.value,
        }
        assert found == {"spf": truth.spf, "dkim": truth.dkim, "dmarc": truth.dmarc}, (truth.number, result)
        assert not result.unasked
        seen.update(found.items())
    assert {value for name, value in seen if name == "spf"} == {"pass", "fail", "softfail", "neutral", "none"}
    assert {value for name, value in seen if name == "dkim"} == {"pass", "fail", "none"}
    assert {value for name, value in seen if name == "dmarc"} == {"pass", "fail", "none"}
    assert seen["dkim", "pass"] > 20
    assert seen["dmarc", "pass"] > 20


def test_reverse_names_lead_back() -> None:
    confirmed = 0
    for (_, kind), ranges in load_ranges().items():
        for one in ranges:
            name = pool_name(one, 7, 203) if kind == "pool" else None
            assert reverse_name(f"{one.prefix}.7.203") == name
            if name is not None:
                back = pool_addresses(name)
                confirmed += back == (f"{one.prefix}.7.203",)
    assert confirmed > 40
