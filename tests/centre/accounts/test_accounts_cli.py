"""``meyasu account``, ``audit`` and ``keys``: what they print, and that they do what they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from typer import Typer
from typer.testing import CliRunner, Result

from meyasubako.centre.accounts import keyring, services
from meyasubako.centre.accounts.models import Account, Organisation
from meyasubako.centre.audit import append_only
from meyasubako.centre.audit.models import ChainLink, Event
from meyasubako.cli import account, audit, keys
from meyasubako.errors import UsageError

pytestmark = pytest.mark.django_db
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def english_for_one_test(home: Path) -> Iterator[None]:
    language = translation.get_language()
    yield
    translation.activate(language)


def run(verb: Typer, *arguments: str) -> Result:
    return CliRunner().invoke(verb, arguments)


def told(verb: Typer, *arguments: str) -> Any:
    result = run(verb, *arguments, "--json")
    assert result.exit_code == 0, result.output or result.exception
    return json.loads(result.stdout)


def test_the_first_administrator_comes_with_the_centre_itself(now: object) -> None:
    assert "The first administrator" in run(account.command, "list").stdout
    added = told(account.command, "add", "A@Centre.example", "--name", "甲", "--role", "administrator")
    assert added["email"] == "a@centre.example"
    assert (added["organisation_kind"], added["roles"], added["state"]) == (
        "centre",
        ["administrator"],
        "not set up",
    )
    token = added["invitation"].rstrip("/").rpartition("/")[2]
    assert services.invitation_find(token=token, now=Account.objects.get().created_at) is not None
    assert [row["email"] for row in told(account.command, "list")] == ["a@centre.example"]


def test_roles_are_shown_set_and_taken(organisations: dict[str, Organisation]) -> None:
    told(account.command, "add", "b@mic.example", "--name", "乙", "--organisation", "mic-example")
    assert run(account.command, "roles", "B@mic.example").stdout == "no role\n"
    assert told(account.command, "roles", "b@mic.example", "--role", "officer", "--role", "reader")[
        "roles"
    ] == [
        "officer",
        "reader",
    ]
    assert told(account.command, "roles", "b@mic.example", "--none")["roles"] == []


def test_an_account_is_closed_opened_invited_and_reset(make_account: Callable[..., Account]) -> None:
    email = make_account("officer").email
    assert told(account.command, "disable", email)["state"] == "closed"
    assert told(account.command, "enable", email)["state"] == "not set up"
    first = told(account.command, "invite", email)["invitation"]
    assert told(account.command, "reset-mfa", email)["invitation"] != first
    assert not Account.objects.get(email=email).has_usable_password()


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "no address", "--name", "x"),
        ("add", "a@centre.example", "--name", "x", "--role", "emperor"),
        ("add", "a@centre.example", "--name", "x", "--organisation", "none-such"),
        ("disable", "none@centre.example"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_in_a_line(arguments: tuple[str, ...]) -> None:
    result = run(account.command, *arguments)
    assert isinstance(result.exception, UsageError)
    assert not Account.objects.exists()


def test_the_last_administrator_is_not_closed(make_account: Callable[..., Account]) -> None:
    result = run(account.command, "disable", make_account("administrator").email)
    assert isinstance(result.exception, UsageError)
    assert "last administrator" in str(result.exception)


def test_the_log_is_read_sealed_and_proved(make_account: Callable[..., Account], tmp_path: Path) -> None:
    email = make_account("officer").email
    told(account.command, "invite", email)
    lines = [
        json.loads(line)
        for line in run(audit.command, "log", "--action", "account", "--json").stdout.splitlines()
    ]
    assert [line["action"] for line in lines] == ["account.invited"]
    assert email not in run(audit.command, "log").stdout
    assert told(audit.command, "seal")["sealed"] == 1
    head = tmp_path / "head.json"
    head.write_text(run(audit.command, "head").stdout)
    assert told(audit.command, "verify", "--head", str(head))["good"] is True
    append_only.remove(connection)
    ChainLink.objects.all().delete()
    Event.objects.update(subject="account:99")
    append_only.install(connection)
    told(audit.command, "seal")
    assert run(audit.command, "verify").exit_code == 0
    rebuilt = run(audit.command, "verify", "--head", str(head))
    assert rebuilt.exit_code == 3
    assert "異常" in rebuilt.stdout


def test_keys_are_listed_rotated_and_retired(field_key: Path) -> None:
    old = keyring.load(field_key).newest
    assert told(keys.command, "list")["keys"] == [{"id": old, "values": 0, "seals": True}]
    new = told(keys.command, "rotate")["id"]
    assert isinstance(run(keys.command, "retire", new).exception, UsageError)
    assert told(keys.command, "retire", old) == {"retired": old}
    assert list(keyring.load(field_key).sealing) == [new]
    assert [event.action for event in Event.objects.order_by("pk")] == ["key.rotated", "key.retired"]
