"""Penalties, retention of consent records, deadlines: sums that a person can do on paper."""

from __future__ import annotations

from datetime import date

import pytest

from meyasubako.law.deadlines import deadline
from meyasubako.law.penalties import Person, punishments
from meyasubako.law.retention import keep_until, sellers_keep_until
from meyasubako.law.types import Certainty

BEFORE, AFTER = date(2025, 5, 31), date(2025, 6, 1)


@pytest.mark.parametrize(("day", "word"), [(BEFORE, "懲役"), (AFTER, "拘禁刑"), (date(2008, 12, 1), "懲役")])
def test_the_prison_word_follows_the_day_of_the_act(day: date, word: str) -> None:
    (one,) = punishments(day, offence="forged sender information", person=Person.INDIVIDUAL)
    assert (one.prison_word, one.prison_months, one.fine, one.article) == (
        word,
        12,
        1_000_000,
        "Act Art 34(i)",
    )
    assert one.ja == f"1年以下の{word}又は1,000,000円以下の罰金"
    assert not one.both


def test_corporations_and_employers_pay_by_their_own_items() -> None:
    (corporation,) = punishments(AFTER, article="Act Art 34(ii)", person=Person.CORPORATION)
    assert (corporation.fine, corporation.prison_months, corporation.article) == (
        30_000_000,
        None,
        "Act Art 37(i)",
    )
    (employer,) = punishments(AFTER, article="Act Art 34(ii)", person=Person.EMPLOYER)
    assert (employer.fine, employer.article) == (1_000_000, "Act Art 37(i)")
    (records,) = punishments(AFTER, article="Act Art 35(i)", person=Person.CORPORATION)
    assert (records.fine, records.article) == (1_000_000, "Act Art 37(ii)")


def test_working_despite_suspension_may_cost_both() -> None:
    (one,) = punishments(AFTER, article="Act Art 33", person=Person.INDIVIDUAL)
    assert one.both
    assert "併科" in one.ja
    assert one.en.endswith("or both")


def test_the_fine_for_statements_is_no_criminal_one() -> None:
    (one,) = punishments(AFTER, article="Act Art 38", person=Person.CORPORATION)
    assert (one.penal, one.fine) == (False, 200_000)
    assert "過料" in one.ja


def test_older_penalties_say_how_well_they_are_known() -> None:
    assert punishments(date(2003, 1, 1), offence="forged sender information", person=Person.INDIVIDUAL) == ()
    (order,) = punishments(date(2003, 1, 1), offence="breach of order", person=Person.INDIVIDUAL)
    assert (order.prison_months, order.fine, order.certainty) == (None, 500_000, Certainty.SEC)
    assert "二次資料" in order.ja
    (forged,) = punishments(date(2006, 1, 1), offence="forged sender information", person=Person.CORPORATION)
    assert forged.fine == 1_000_000
    assert punishments(date(2001, 1, 1), person=Person.INDIVIDUAL) == ()


TODAY = date(2025, 7, 1)


def days(*values: str) -> list[date]:
    return [date.fromisoformat(value) for value in values]


@pytest.mark.parametrize(
    ("sent", "orders", "until", "rule"),
    [
        (["2025-03-15"], [], "2025-04-14", "last sending"),
        (["2025-01-31"], [], "2025-02-28", "last sending"),
        (["2025-03-15", "2025-01-01"], [], "2025-04-14", "last sending"),
        # item イ: sent inside the order's year; one year from the last sending inside it
        (["2025-03-15"], ["2025-02-01"], "2026-03-14", "sent after order"),
        # item イ, later leg: the last sending lies outside the order's year (2025-02-01 to 2026-01-31), its month is later
        (["2025-03-15", "2026-03-20"], ["2025-02-01"], "2026-04-19", "last sending"),
        # item ロ: the order came within the month after the last sending
        (["2025-03-15"], ["2025-04-14"], "2026-03-14", "order after sending"),
        (["2025-03-15"], ["2025-04-15"], "2025-04-14", "last sending"),
        # an order whose year is long over changes nothing
        (["2025-03-15"], ["2023-01-01"], "2025-04-14", "last sending"),
    ],
)
def test_retention_case_by_case(sent: list[str], orders: list[str], until: str, rule: str) -> None:
    kept = keep_until(sent=days(*sent), orders=days(*orders), today=TODAY)
    assert kept is not None
    assert (kept.until, kept.rule) == (date.fromisoformat(until), rule)
    assert kept.steps
    assert kept.certainty is Certainty.TEXT
    assert kept.article == "Ordinance Art 4(2)(ii)"


def test_a_record_never_used() -> None:
    kept = keep_until(sent=[], today=TODAY)
    assert kept is not None
    assert (kept.until, kept.rule) == (None, "not decided")
    decided = keep_until(sent=[], decided_not_to_send=date(2025, 5, 1), today=TODAY)
    assert decided is not None
    assert decided.until == date(2025, 5, 1)


def test_no_record_was_owed_under_the_opt_out_law() -> None:
    assert keep_until(sent=[date(2006, 1, 1)], today=date(2006, 2, 1)) is None


def test_retention_of_2008_says_that_it_is_less_well_known() -> None:
    kept = keep_until(sent=[date(2009, 1, 10)], orders=[date(2009, 1, 20)], today=date(2009, 2, 1))
    assert kept is not None
    assert kept.certainty is Certainty.UNV


def test_sellers_keep_three_years() -> None:
    kept = sellers_keep_until(date(2025, 3, 15))
    assert kept is not None
    assert kept.until == date(2028, 3, 14)
    assert sellers_keep_until(date(2003, 3, 15)) is None


@pytest.mark.parametrize(
    ("id_", "start", "last"),
    [
        ("registration_renewal", "2024-04-01", "2027-03-31"),
        ("change_notice", "2025-07-15", "2025-07-01"),
        ("financial_statements", "2025-04-01", "2025-06-30"),
        ("financial_statements_kept", "2024-02-29", "2029-02-28"),
        ("books_kept", "2025-12-31", "2028-12-30"),
    ],
)
def test_deadlines_show_their_sum(id_: str, start: str, last: str) -> None:
    answer = deadline(id_, date.fromisoformat(start))
    assert answer is not None
    assert answer.day == date.fromisoformat(last)
    assert start in answer.sum
    assert last in answer.sum


def test_an_unknown_deadline_is_none() -> None:
    assert deadline("doomsday", TODAY) is None
    assert deadline("books_kept", date(2003, 1, 1)) is None
