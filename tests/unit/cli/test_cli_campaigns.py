"""The text of `meyasu campaigns`: what is told, made inert, and nothing that steers a terminal."""

from __future__ import annotations

from typing import Any

from meyasubako.cli.campaigns import defanged, lines, printable


def found(**told: Any) -> dict[str, Any]:
    campaign = {
        "id": "a-1",
        "mails": 1200,
        "senders": 3,
        "first_seen": "2009-03-01T00:00:00+09:00",
        "last_seen": "2009-03-31T23:00:00+09:00",
        "subject": "You won …",
        "languages": [{"value": "en", "mails": 1200}],
        "countries": [{"value": None, "mails": 1200}],
        "domains": [{"value": "prize.example", "mails": 1200}],
        "findings": [{"article": "Act Art 3(1)", "check": "consent", "verdict": "breach", "mails": 1100}],
        **told,
    }
    return {"month": "2009-03", "provisional": False, "campaigns": [campaign]}


def test_a_campaign_in_four_lines() -> None:
    assert lines(found())[2:] == [
        "  1. You won …",
        "     1,200 mails from 3 senders, 2009-03-01 to 2009-03-31, id a-1",
        "     language en 1,200; country unknown 1,200; links prize[.]example",
        "     Act Art 3(1) consent: breach 1,100",
    ]


def test_what_there_is_not_is_said() -> None:
    text = lines(found(subject="", domains=[], findings=[]))
    assert text[2:] == [
        "  1. (no subject)",
        "     1,200 mails from 3 senders, 2009-03-01 to 2009-03-31, id a-1",
        "     language en 1,200; country unknown 1,200; links none",
        "     no findings",
    ]


def test_nothing_steers_the_terminal_or_becomes_a_link() -> None:
    assert printable("\x1b[2Jsale\u202e") == "�[2Jsale�"
    assert defanged("a.b.example") == "a[.]b[.]example"
