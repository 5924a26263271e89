"""The label checks against the sample's truth: how each label stands in 5,000 mails, and what the checks say of it.

All are judged under one law: the truth says what is shown, not what was owed on the day. Left out is a statement that
one may opt out where no address is named: the generator shows it, the Act asks for both together. So is L2 of mails that
hide their labels and say above, apart, that mail can be stopped: the truth then calls a hidden L2 present. ``hidden`` in the
truth stands over what was hidden: a brand, or a link to L4 or L5, may rightly be ``cannot be verified`` there too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from meyasubako.law import Facts, judge, load_regime
from meyasubako.mail import parse
from meyasubako.sample import SampleMail, generate

CHECKS = {
    "L1": "label_name",
    "L2": "label_opt_out",
    "L3": "label_opt_out_notice",
    "L4": "label_postal_address",
    "L5": "label_contact",
}
EXPECTED = {
    "present": {"ok"},
    "missing": {"missing"},
    "brand": {"cannot be verified"},
    "link": {"cannot be verified"},
    "apart": {"wrong place"},
}
HIDDEN = {
    "L1": {"wrong place", "cannot be verified"},
    "L2": {"wrong place"},
    "L3": {"wrong place"},
    "L4": {"likely", "cannot be verified"},
    "L5": {"likely", "cannot be verified"},
}
RUNS, MAILS = range(1, 6), 1_000
"""Several short runs: the mails of one run share their campaigns, and a campaign its mistakes."""


def sample() -> Iterator[SampleMail]:
    for seed in RUNS:
        yield from generate(seed, MAILS, "2008-04..2009-09")


def test_each_label_is_found_where_it_is_shown_and_missed_where_it_is_not() -> None:
    version = load_regime("jp").on(date(2025, 6, 1))
    assert version is not None
    counts: Counter[tuple[str, bool, bool]] = Counter()
    for mail in sample():
        truth = mail.truth
        if not truth.advertising:
            continue
        facts = Facts(channel="monitor", advertising=True)
        found = {one.check: one.verdict.value for one in judge(parse(mail.raw), facts, version)}
        for label, check in CHECKS.items():
            state = truth.labels[label]
            if label == "L3" and truth.labels["L2"] == "missing":
                continue
            if label == "L2" and truth.labels["L3"] == "apart" and "hidden" in truth.labels.values():
                continue
            expected = HIDDEN[label] if state == "hidden" else EXPECTED[state]
            counts[label, state != "missing", found[check] in expected] += 1
    for label in CHECKS:
        for shown in (True, False):
            right, wrong = counts[label, shown, True], counts[label, shown, False]
            assert right + wrong > 50, (label, shown)
            assert right / (right + wrong) >= 0.98, (label, shown, right, wrong)


def test_advertising_in_japanese_and_english_is_told_by_its_words() -> None:
    version = load_regime("jp").on(date(2025, 6, 1))
    assert version is not None
    counts: Counter[tuple[bool, bool]] = Counter()
    for mail in sample():
        truth = mail.truth
        if truth.language in {"ja", "en"}:
            scope = judge(parse(mail.raw), Facts(channel="monitor"), version)[0]
            counts[truth.advertising, scope.verdict.value == "likely"] += 1
    assert counts[True, True] / (counts[True, True] + counts[True, False]) > 0.85, counts
    assert counts[False, True] / (counts[False, True] + counts[False, False]) < 0.10, counts
