"""Origins of generated mail: our finder names the address that handed the mail over, whatever stands below it.

Only the Received fields are shown to it: what else a provider notes of the client would make the measure worthless.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from meyasubako.mail.parse import parse
from meyasubako.origin import find_origin, load_trust
from meyasubako.sample import generate

RIGHT = 0.99
ANSWERED = 0.98


def test_the_finder_agrees_with_the_truth() -> None:
    trust = load_trust()
    right: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    mails: Counter[str] = Counter()
    wrong: defaultdict[str, list[tuple[int, str, str | None, str]]] = defaultdict(list)
    for mail in generate(17, 4000, "2008-04..2009-03"):
        truth = mail.truth
        origin = find_origin(parse(mail.raw).received, trust=trust)
        mails[truth.receiver] += 1
        if origin.ip is None:
            continue
        answered[truth.receiver] += 1
        if origin.ip == truth.origin_ip:
            right[truth.receiver] += 1
            assert (
                origin.received_at is None
                or origin.received_at.strftime("%Y-%m-%dT%H:%M:%SZ") == truth.received_at
            )
        else:
            wrong[truth.receiver].append((truth.number, truth.origin_ip, origin.ip, origin.reason))
    assert len(mails) >= 25
    assert answered.total() >= ANSWERED * mails.total(), {key: mails[key] - answered[key] for key in mails}
    assert right.total() >= RIGHT * answered.total(), {key: one[:3] for key, one in wrong.items()}
    for key in mails:
        assert right[key] >= 0.9 * mails[key], (key, wrong[key][:5])
