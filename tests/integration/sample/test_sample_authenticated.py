"""SPF, DKIM and DMARC as our verifiers see the sample in its own DNS: what the truth expects, for every mail."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from meyasubako.mail.parse import parse
from meyasubako.sample import generate
from meyasubako.sample.networks import load_ranges, reverse_name
from meyasubako.sample.resolver import SampleResolver
from meyasubako.sender import authenticate, forged


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
    resolver = SampleResolver()
    named = confirmed = 0
    for ranges in load_ranges().values():
        for one in ranges:
            ip = f"{one.prefix}.7.203"
            name = reverse_name(ip)
            answer = resolver.ask(".".join(reversed(ip.split("."))) + ".in-addr.arpa", "PTR")
            assert answer.records == (() if name is None else (name.lower(),))
            if name is not None:
                named += 1
                confirmed += ip in resolver.ask(name.lower(), "A").records
    assert named > 60
    assert confirmed > 0.9 * named


def test_the_equipment_of_few_is_forged_and_of_lawful_senders_genuine() -> None:
    resolver = SampleResolver()
    seen: Counter[tuple[bool, str]] = Counter()
    for mail in generate(13, 1500, "2008-04..2009-03"):
        truth = mail.truth
        message = parse(mail.raw)
        result = authenticate(
            message,
            ip=truth.origin_ip,
            helo=truth.helo,
            mail_from=mail.envelope,
            resolver=resolver,
            now=datetime.fromisoformat(truth.received_at),
        )
        verdict = forged(result, ip=truth.origin_ip, helo=truth.helo).equipment.value
        seen[truth.spam, verdict] += 1
    spam = {verdict: count for (is_spam, verdict), count in seen.items() if is_spam}
    assert set(spam) == {"forged", "suspect", "genuine", "unknown"}
    assert spam["suspect"] < 0.7 * sum(spam.values())
    lawful = {verdict: count for (is_spam, verdict), count in seen.items() if not is_spam}
    assert lawful["genuine"] > 0.5 * sum(lawful.values())
