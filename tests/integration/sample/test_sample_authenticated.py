"""SPF as our verifier evaluates it in the sample's own DNS: the result the truth expects, for every mail."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from meyasubako.sample import generate
from meyasubako.sample.resolver import SampleResolver
from meyasubako.sender.spf import verify

NOW = datetime(2009, 5, 19, tzinfo=UTC)


def test_spf_gives_what_the_truth_expects() -> None:
    resolver = SampleResolver()
    seen: Counter[str] = Counter()
    for mail in generate(13, 1500, "2008-04..2009-03"):
        truth = mail.truth
        result = verify(
            ip=truth.origin_ip, helo=truth.helo, mail_from=mail.envelope, resolver=resolver, now=NOW
        )
        assert result.status.value == truth.spf, (truth.number, mail.envelope, truth.origin_ip, result)
        seen[truth.spf] += 1
    assert set(seen) == {"pass", "fail", "softfail", "neutral", "none"}
    assert min(seen.values()) > 10
