"""Names judged against a labelled list of our own, and the reasons that are told."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.centre.monitors.names import is_of_words, is_random, judge, words

LABELLED = Path(__file__).resolve().parents[2] / "corpus" / "unknown" / "names.tsv"


def labelled() -> dict[str, list[tuple[str, str]]]:
    """Set -> (label, name): each set is what one source tried."""
    sets: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in LABELLED.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            found, label, name = line.split("\t")
            sets[found].append((label, name))
    return sets


def share_found(members: list[tuple[str, str]]) -> float:
    judged = judge(name for _, name in members)
    return sum(1 for one in judged.values() if one.is_generated) / len(judged)


@pytest.mark.parametrize(
    ("found", "least", "most"),
    [
        ("people", 0.0, 0.02),
        ("scraped", 0.0, 0.0),
        ("sequence", 1.0, 1.0),
        ("counted", 1.0, 1.0),
        ("numbered", 1.0, 1.0),
        ("dictionary", 0.95, 1.0),
        ("letters", 0.8, 1.0),
        ("mixed", 0.8, 1.0),
        ("hexadecimal", 1.0, 1.0),
    ],
)
def test_each_set_is_judged_as_it_is_labelled(found: str, least: float, most: float) -> None:
    members = labelled()[found]
    assert len(members) >= 15
    assert least <= share_found(members) <= most


def test_all_sets_are_looked_at() -> None:
    assert set(labelled()) == {
        "people", "scraped", "sequence", "counted", "numbered", "dictionary", "letters", "mixed", "hexadecimal",
    }  # fmt: skip


def test_a_reason_names_the_company_a_name_keeps() -> None:
    judged = judge([f"taro{number:03d}" for number in range(7, 47)])
    reason = judged["taro010"].reasons[0]
    assert reason.code == "sequence"
    assert "40 names" in reason.en
    assert "taro007 to taro046" in reason.en
    assert "40 件" in reason.ja


def test_one_name_alone_is_hardly_evidence() -> None:
    for name in ("taro001", "info", "tanaka.taro", "aab", "suzuki2001"):
        assert not judge([name])[name].is_generated


def test_a_few_numbers_are_no_sequence() -> None:
    judged = judge(["taro1", "taro2", "taro3", "taro77", "hanako5"])
    assert not any(one.is_generated for one in judged.values())


def test_many_numbers_behind_one_stem_were_put_there() -> None:
    judged = judge([f"hanako{number}" for number in (3, 19, 44, 871, 1204, 5555)])
    assert {one.reasons[0].code for one in judged.values()} == {"numbered"}


def test_letters_that_are_counted_through_are_told() -> None:
    judged = judge(["azy", "azz", "baa", "bab"])
    assert judged["baa"].reasons[0].code == "counted"


def test_a_message_id_taken_for_an_address_is_gathered_not_made_up() -> None:
    for name in ("20260401123456.0a1b2c3d", "caf$1234", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"):
        assert not judge([name])[name].is_generated


def test_words_are_in_small_letters() -> None:
    assert len(words()) > 450
    assert all(word == word.lower() and word.isalpha() and word.isascii() for word in words())


@pytest.mark.parametrize("name", ["", ".", "a.b", "1234", "ab", "x" * 400])
def test_what_is_no_word_is_none(name: str) -> None:
    assert not is_of_words(name)


@given(st.lists(st.text(max_size=300), max_size=30))
def test_any_text_is_judged(names: list[str]) -> None:
    judged = judge(names)
    for one in judged.values():
        assert all(reason.en and reason.ja for reason in one.reasons)


def test_hostile_names_cost_little() -> None:
    names = ["a1" * 127 + str(n) for n in range(2_000)] + ["." * 250 + str(n) for n in range(2_000)]
    names += ["0" * 254 + chr(97 + n % 26) for n in range(2_000)]
    began = time.process_time()
    judge(names)
    assert time.process_time() - began < 5
    assert is_random("q" * 255) in (True, False)
