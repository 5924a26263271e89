"""The log: one object a line, and nobody's address in it, whoever wrote the message."""

from __future__ import annotations

import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import meyasubako
from meyasubako.errors import UsageError
from meyasubako.logs import ADDRESS, JsonLines, PlainLines, configuration, redact

ATOM = st.text("abcdefghijklmnopqrstuvwxyz0123456789!#$%&*+-/=?^_{|}~.花子", min_size=1, max_size=20)
QUOTED = st.text("abc 花子.,;<>()@", min_size=1, max_size=20).map(lambda text: f'"{text}"')
HOST = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,8}){1,3}", fullmatch=True)
AT = st.sampled_from(["@", "＠", "%40", "=40"])
AROUND = st.text(max_size=30)


def record(message: str, *arguments: Any, **given: Any) -> logging.LogRecord:
    made = logging.LogRecord("meyasubako.test", logging.ERROR, __file__, 1, message, arguments, None)
    vars(made).update(given)
    return made


@given(before=AROUND, local=ATOM, at=AT, host=HOST, after=AROUND)
def test_no_address_gets_through(before: str, local: str, at: str, host: str, after: str) -> None:
    address = f"{local}{at}{host}"
    said = redact(f"{before} <{address}> {after}")
    assert address not in said
    assert f"{at}{host}" not in said
    assert ADDRESS in said
    assert address not in redact(f"{address}: refused")


@given(local=QUOTED, host=HOST)
def test_nor_does_a_quoted_local_part(local: str, host: str) -> None:
    said = redact(f"to <{local}@{host}> failed")
    assert local not in said or not local.strip('"').strip()
    assert host not in said


@given(text=st.text(), extra=st.text())
def test_every_record_is_one_object_on_one_line(text: str, extra: str) -> None:
    line = JsonLines("smtp").format(record("%s", text, report=extra, count=3))
    assert "\n" not in line
    said = json.loads(line)
    assert said["process"] == "smtp"
    assert said["level"] == "error"
    assert said["count"] == 3
    assert said["message"] == redact(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from 203.0.113.77 port 25", "from 203.0.113.0/24 port 25"),
        ("[2001:db8:1:2::77]:25", "[2001:db8:1::/48]:25"),
        (
            "listening on 127.0.0.1:8000 and [::1]:25 and 0.0.0.0",
            "listening on 127.0.0.1:8000 and [::1]:25 and 0.0.0.0",
        ),
        ("at 12:30:45 version 1.2.3.4.5 of 999.1.1.1", "at 12:30:45 version 1.2.3.4.5 of 999.1.1.1"),
        ("std::vector is no address", "std::vector is no address"),
        ("refused 203.0.113.77.", "refused 203.0.113.0/24."),
        ("ip=203.0.113.77:25", "ip=203.0.113.0/24:25"),
        ("2001:db8:1:2::77: connection refused", "2001:db8:1::/48: connection refused"),
        ("from [IPv6:2001:db8:1:2::77]", "from [IPv6:2001:db8:1::/48]"),
        ("by 2001:db8:1:2::77.", "by 2001:db8:1::/48."),
        ("::ffff:203.0.113.77 came", "::/48 came"),
        (
            'violates check "x"\nDETAIL:  Failing row contains (7, 山田\n花子, f).\n\nThe above',
            'violates check "x"\nDETAIL: [row]\n\nThe above',
        ),
        ("mailto:a@b.example?cc=c@d.example!", ADDRESS),
        ("two: a@b.example, c@d.example", f"two: {ADDRESS}, {ADDRESS}"),
        ("宛先「hanako@例え.example」は", f"宛先「{ADDRESS}」は"),
    ],
)
def test_what_stays(text: str, wanted: str) -> None:
    assert redact(text) == wanted


@pytest.mark.parametrize(
    "hostile",
    ["a" * 200_000, "@" * 200_000, "a@" * 100_000, '"' * 100_000 + "@", "1.1." * 50_000, ":" * 200_000],
)
def test_hostile_texts_cost_linear_time(hostile: str) -> None:
    started = time.perf_counter()
    redact(hostile)
    assert time.perf_counter() - started < 2


def test_the_error_is_redacted_too() -> None:
    try:
        raise ValueError("no such person: taro@example.jp at 198.51.100.7")
    except ValueError as error:
        made = record("failed")
        made.exc_info = (type(error), error, error.__traceback__)
    for formatter in (JsonLines("site"), PlainLines("site")):
        line = formatter.format(made)
        assert "ValueError" in line
        assert "taro" not in line
        assert "198.51.100.7" not in line


def test_secrets_of_links_are_not_logged() -> None:
    made = record(
        "Not Found: %s", "/ja/report/follow/q8Zk3-1mXv_9TtPw2LrB/", request="<GET /q8Zk3-1mXv_9TtPw2LrB>"
    )
    made.name = "django.request"
    for formatter in (JsonLines("site"), PlainLines("site")):
        line = formatter.format(made)
        assert "/ja/report/follow/[secret]/" in line
        assert "q8Zk3" not in line


def test_the_shape_is_said_by_the_environment() -> None:
    assert configuration("x", {"MEYASU_LOG": "json"})["formatters"]["lines"]["()"] is JsonLines
    assert configuration("x", {"MEYASU_LOG": "text"})["formatters"]["lines"]["()"] is PlainLines
    with pytest.raises(UsageError, match="MEYASU_LOG"):
        configuration("x", {"MEYASU_LOG": "yaml"})


@pytest.mark.parametrize("logger", ["django.request", "gunicorn.error"])
@pytest.mark.parametrize("page", ["/ja/invitation/", "/mail/"])
def test_a_server_says_no_secret_of_an_address(logger: str, page: str) -> None:
    secret = "Abcdefghijklmnopqrstuvwxyz-_0123456789"
    made = record("Error handling request %s", f"{page}{secret}/")
    made.name = logger
    for formatter in (JsonLines("site"), PlainLines("site")):
        assert secret not in formatter.format(made)


def test_no_process_sets_up_a_log_of_its_own() -> None:
    """It would say what people's mail servers say, addresses and all."""
    package = Path(meyasubako.__file__).parent
    others = [path for path in package.rglob("*.py") if path.name != "logs.py"]
    assert others
    assert not [
        path.name for path in others if re.search(r"basicConfig|StreamHandler", path.read_text("utf-8"))
    ]
