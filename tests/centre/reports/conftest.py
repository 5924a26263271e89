"""Submissions and mails for the tests of reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.types import Reporter, Submission, SubmittedMail
from meyasubako.tables.home import Home

SPAM = (
    b"Received: from mail.spam.example ([192.0.2.77]) by mx.isp.example; Tue, 24 Nov 2026 10:00:00 +0900\r\n"
    b"From: Ad <ad@spam.example>\r\nTo: hanako@mail.example\r\nSubject: =?UTF-8?B?5YSy44GL44KK44G+44GZ?=\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@spam.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nhttp://spam.example/ \xe5\x84\xb2\xe3\x81\x8b\xe3\x82\x8b\r\n"
)
REPORTER = "hanako.reporter@mail.example"


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Home:
    """The data folder of the test."""
    settings.HOME = tmp_path / "home"
    return Home.at(settings.HOME)


@pytest.fixture
def spam() -> bytes:
    """A mail that was complained of."""
    return SPAM


@pytest.fixture
def make_submission() -> Callable[..., Submission]:
    """A report by form with one mail, unless told otherwise."""

    def make(**changes: Any) -> Submission:
        given: dict[str, Any] = {
            "channel": Channel.FORM,
            "kind": Kind.NO_CONSENT,
            "key": "form:one",
            "mails": (SubmittedMail(SPAM),),
            "statement": {"remarks": "同意した覚えがない"},
            "reporter": Reporter("山田花子", REPORTER),
        }
        return Submission(**{**given, **changes})

    return make


@pytest.fixture
def make_outer() -> Callable[..., bytes]:
    """A mail to the report address with these mails attached."""

    def make(*mails: bytes, text: str = "迷惑メールです", sender: str = REPORTER, **fields: str) -> bytes:
        outer = EmailMessage()
        outer["From"] = f"Hanako <{sender}>"
        outer["To"] = "meiwaku@centre.example"
        outer["Subject"] = "report"
        outer["Message-ID"] = "<outer@mail.example>"
        for name, value in fields.items():
            outer[name.replace("_", "-")] = value
        outer.set_content(text)
        for number, raw in enumerate(mails):
            outer.add_attachment(
                raw, maintype="application", subtype="octet-stream", filename=f"{number}.eml"
            )
        return outer.as_bytes()

    return make


@pytest.fixture
def envelope() -> dict[str, Any]:
    """How a mail to the report address came in."""
    return {
        "arrival_id": "0199-outer",
        "received_at": datetime(2026, 4, 1, 3, 0, tzinfo=UTC).isoformat(),
        "envelope_from": REPORTER,
        "envelope_to": "meiwaku@centre.example",
        "client_ip": "192.0.2.10",
        "client_port": 4711,
        "helo": "mx.mail.example",
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Passwords are no matter here, and hashing them well takes a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
