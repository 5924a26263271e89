"""Petitions: who, to whom, about what, with which particulars, and who is told."""

from __future__ import annotations

import pytest

from meyasubako.centre.reports.domain.petitions import (
    PARTICULARS,
    Authority,
    Matter,
    Petitioner,
    Problem,
    problems,
    route,
)

FULL = {
    "name": "山田花子",
    "address": "東京都千代田区",
    "contact": "03-0000-0000",
    "sender_facts": "example.com",
    "screen_content": "未承諾の広告",
    "fictitious_sending": "自動生成した宛先への送信",
    "reasons": "同意していない",
}


@pytest.mark.parametrize(
    ("petitioner", "chosen", "notified", "under", "notice", "investigation"),
    [
        (Petitioner.RECIPIENT, {Authority.MIC}, (Authority.CAA,), "Act Art 8(1)", "Act Art 8(2)", "Act Art 8(4)"),
        (Petitioner.RECIPIENT, {Authority.CAA}, (Authority.MIC,), "Act Art 8(1)", "Act Art 8(2)", "Act Art 8(4)"),
        (Petitioner.RECIPIENT, set(Authority), (), "Act Art 8(1)", None, "Act Art 8(4)"),
        (Petitioner.CARRIER, {Authority.MIC}, (), "Act Art 8(3)", None, "Act Art 8(5)"),
    ],
)  # fmt: skip
def test_routing(
    petitioner: Petitioner,
    chosen: set[Authority],
    notified: tuple[Authority, ...],
    under: str,
    notice: str | None,
    investigation: str,
) -> None:
    routing = route(petitioner, chosen)
    assert set(routing.addressees) == chosen
    assert routing.notified == notified
    assert (routing.petition_under, routing.notice_under) == (under, notice)
    assert routing.investigation_under == investigation


@pytest.mark.parametrize("petitioner", list(Petitioner))
def test_a_full_form_has_no_problems(petitioner: Petitioner) -> None:
    matter = Matter.CONSENT if petitioner is Petitioner.RECIPIENT else Matter.FICTITIOUS_ADDRESSES
    assert problems(petitioner, FULL, {matter}, {Authority.MIC}) == ()


def test_each_required_particular_is_missed() -> None:
    for petitioner, particulars in PARTICULARS.items():
        matter = Matter.CONSENT if petitioner is Petitioner.RECIPIENT else Matter.FICTITIOUS_ADDRESSES
        for particular in particulars:
            form = {**FULL, particular.name: " \n"}
            found = problems(petitioner, form, {matter}, {Authority.MIC})
            assert found == ((Problem(particular.name, "missing"),) if particular.required else ())


@pytest.mark.parametrize(
    ("petitioner", "matters", "addressees", "problem"),
    [
        (Petitioner.RECIPIENT, {Matter.FICTITIOUS_ADDRESSES}, {Authority.MIC}, Problem("matters", "not-possible")),
        (Petitioner.CARRIER, {Matter.CONSENT}, {Authority.MIC}, Problem("matters", "not-possible")),
        (Petitioner.CARRIER, {Matter.FICTITIOUS_ADDRESSES}, {Authority.CAA}, Problem("addressees", "not-possible")),
        (Petitioner.RECIPIENT, set(), {Authority.MIC}, Problem("matters", "missing")),
        (Petitioner.RECIPIENT, {Matter.LABELS}, set(), Problem("addressees", "missing")),
    ],
)  # fmt: skip
def test_what_the_act_does_not_allow(
    petitioner: Petitioner, matters: set[Matter], addressees: set[Authority], problem: Problem
) -> None:
    assert problems(petitioner, FULL, matters, addressees) == (problem,)


def test_what_is_too_long_is_said() -> None:
    form = {**FULL, "name": "あ" * 201, "reasons": "い" * 20_001}
    found = problems(Petitioner.RECIPIENT, form, {Matter.LABELS}, {Authority.MIC})
    assert found == (Problem("name", "too-long"), Problem("reasons", "too-long"))
