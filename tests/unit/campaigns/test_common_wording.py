"""The common wording keeps what subjects share and leaves out what is one mail's alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.campaigns.wording import LONGEST, common_wording

CASES = [
    (["無料のご案内"], "無料のご案内"),
    (["田中様、無料のご案内", "佐藤様、無料のご案内"], "…様、無料のご案内"),
    (["Sale for anna [a81f]", "Sale for bert [77c0]", "Sale for cleo [09ff]"], "Sale for …"),
    (["Your order 123 is late", "Your order 9 is late"], "Your order … is late"),
    (["hello x@example.com", "hello x@example.com"], "hello …"),
    (["one", "二"], "…"),
    ([], ""),
]


@pytest.mark.parametrize(("subjects", "common"), CASES)
def test_common_wording(subjects: list[str], common: str) -> None:
    assert common_wording(subjects) == common


@given(st.lists(st.text(max_size=60), max_size=6))
def test_nothing_is_shown_that_one_subject_has_not(subjects: list[str]) -> None:
    plain = [" ".join(subject.split()) for subject in subjects]
    for piece in common_wording(subjects).split("…"):
        assert all(piece in subject for subject in plain)
    assert len(common_wording(subjects)) <= 2 * LONGEST
