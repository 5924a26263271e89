"""Grouping: the same groups for any order of arrival, ids that are the smallest member, no chains."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.campaigns.grouping import Mail, group

WORDS = ["無料", "登録", "案内", "特別", "会員", "限定", "情報", "動画", "簡単", "今日", "明日", "友達", "写真", "掲示板", "返信", "確認", "完了", "電話", "時計", "財布", "新作", "入荷", "割引", "送料", "注文"]  # fmt: skip


def text_of(seed: int, words: int = 60) -> str:
    """A text of its own for each seed."""
    rng = random.Random(seed)
    return "".join(
        rng.choice(WORDS) + rng.choice("はがをにでとも") + chr(0x3041 + rng.randrange(80))
        for _ in range(words)
    )


def mutated(text: str, seed: int, share: float) -> str:
    """The text with a share of its characters changed, in runs of four."""
    rng = random.Random(seed)
    letters = list(text)
    for _ in range(int(len(text) * share / 4)):
        place = rng.randrange(len(letters) - 4)
        letters[place : place + 4] = [chr(0x4E00 + rng.randrange(2_000)) for _ in range(4)]
    return "".join(letters)


def mail(number: int, text: str, *domains: str) -> Mail:
    return Mail(1_000 + number, f"id-{number:04}", fingerprint(text), domains)


def groups_of(mails: list[Mail]) -> set[frozenset[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for one in group(mails):
        groups[one.campaign].add(one.arrival_id)
    return {frozenset(members) for members in groups.values()}


WINDOW = [
    mail(10 * text + copy, mutated(text_of(text), 100 * text + copy, 0.1))
    for text in range(6)
    for copy in range(8)
]


def test_mutations_of_a_text_are_one_campaign_and_other_texts_are_others() -> None:
    expected = {frozenset(f"id-{10 * text + copy:04}" for copy in range(8)) for text in range(6)}
    assert groups_of(WINDOW) == expected


@settings(max_examples=30, deadline=None)
@given(st.permutations(WINDOW))
def test_any_order_of_arrival_gives_the_same(order: list[Mail]) -> None:
    assert group(order) == group(WINDOW)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from(["", "a.example", "b.example"])),
        min_size=1,
        max_size=20,
    ),
    st.randoms(),
)
def test_any_window_in_any_order_gives_the_same(
    made: list[tuple[int, int, str]], shuffler: random.Random
) -> None:
    mails = [
        Mail(
            number // 3,
            f"id-{number:04}",
            fingerprint(mutated(text_of(text, 20), copy, 0.2)),
            (domain,) if domain else (),
        )
        for number, (text, copy, domain) in enumerate(made)
    ]
    shuffled = mails[:]
    shuffler.shuffle(shuffled)
    assert group(shuffled) == group(mails)


def test_a_campaign_is_named_after_its_smallest_member_and_members_come_in_order() -> None:
    found = group(list(reversed(WINDOW)))
    assert [one.arrival_id for one in found] == sorted(one.arrival_id for one in found)
    for one in found:
        assert one.campaign == f"id-{10 * (int(one.arrival_id[3:]) // 10):04}"


def test_at_the_same_moment_the_smaller_arrival_id_is_the_smaller_member() -> None:
    text = text_of(1)
    mails = [Mail(5, name, fingerprint(text)) for name in ("c", "a", "b")]
    assert {one.campaign for one in group(mails)} == {"a"}


def test_texts_that_turn_into_each_other_step_by_step_are_not_chained() -> None:
    first, last = text_of(1), text_of(2)
    length = min(len(first), len(last))
    steps = 20
    mails = [
        mail(step, first[length * step // steps :] + last[: length * step // steps])
        for step in range(steps + 1)
    ]
    named = {one.arrival_id: one.campaign for one in group(mails)}
    assert named["id-0000"] != named[f"id-{steps:04}"]


def test_a_domain_of_its_own_joins_what_likeness_alone_would_not() -> None:
    text = text_of(3)
    other = mutated(text, 9, 0.36)
    assert len(groups_of([mail(0, text), mail(1, other)])) == 2
    assert len(groups_of([mail(0, text, "shop.example"), mail(1, other, "shop.example")])) == 1


def test_a_host_that_everybody_links_to_joins_nothing() -> None:
    crowd = [mail(number, text_of(100 + number), "big.example") for number in range(20)]
    text = text_of(3)
    pair = [mail(200, text, "big.example"), mail(300, mutated(text, 9, 0.36), "big.example")]
    assert len(groups_of(crowd + pair)) == 22


def test_a_common_domain_does_not_join_unlike_texts() -> None:
    assert len(groups_of([mail(number, text_of(number), "shop.example") for number in range(5)])) == 5


def test_mail_without_a_fingerprint_is_in_no_campaign() -> None:
    assert group([mail(0, "短い")]) == []
    assert group([]) == []


def test_likeness_is_told() -> None:
    found = group([mail(number, text_of(1)) for number in range(3)])
    assert [one.likeness for one in found] == [1.0, 1.0, 1.0]


def test_a_fingerprint_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes long"):
        group([Mail(0, "a", b"short")])
