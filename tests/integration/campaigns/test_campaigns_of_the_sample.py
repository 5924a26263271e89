"""Grouping against the truth of the generator, on parsed mail as an analysis sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import pytest

from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.campaigns.grouping import Mail, group
from meyasubako.mail import parse
from meyasubako.sample import SampleMail, generate

MAILS = 20_000


def seen(made: SampleMail) -> Mail:
    """A sample mail as its observation has it."""
    message = parse(made.raw)
    domains = {link.domain for link in message.links if link.domain}
    if message.from_:
        domains.add(message.from_.domain)
    moment = datetime.fromisoformat(made.truth.received_at)
    return Mail(int(moment.timestamp()), f"{made.truth.number:09}", fingerprint(message.text), tuple(domains))


def pairs(groups: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in groups)


@pytest.fixture(scope="module")
def window() -> tuple[list[Mail], dict[str, str]]:
    mails, truth = [], {}
    for made in generate(11, MAILS, "2008-07..2008-08"):
        mails.append(seen(made))
        truth[mails[-1].arrival_id] = made.truth.campaign or f"single {made.truth.number}"
    return mails, truth


@pytest.mark.parametrize("with_domains", [True, False], ids=["domains", "text alone"])
def test_groups_are_the_campaigns_of_the_generator(
    window: tuple[list[Mail], dict[str, str]], with_domains: bool
) -> None:
    mails, truth = window
    found = group(mails if with_domains else [mail._replace(domains=()) for mail in mails])
    assert len(found) == MAILS
    together = pairs(Counter((truth[one.arrival_id], one.campaign) for one in found).values())
    assert together / pairs(Counter(one.campaign for one in found).values()) >= 0.99
    assert together / pairs(Counter(truth.values()).values()) >= 0.95


def test_single_mails_are_left_alone(window: tuple[list[Mail], dict[str, str]]) -> None:
    mails, truth = window
    found = group(mails)
    sizes = Counter(one.campaign for one in found)
    single = [one for one in found if truth[one.arrival_id].startswith("single")]
    assert len(single) > MAILS // 20
    assert sum(sizes[one.campaign] == 1 for one in single) >= 0.99 * len(single)
