"""Every operation of the API with every role of the staff site, with keys of each scope, and with nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings
from role_table import OPERATIONS, ROLES
from staff_process import logged_in, with_second_factor

from meyasubako.centre.accounts.models import Account, Organisation
from meyasubako.centre.accounts.types import ORGANISATION_KINDS, SYSTEM
from meyasubako.centre.api.operations import api
from meyasubako.centre.audit.models import Event
from meyasubako.centre.config import settings as public
from meyasubako.centre.config import settings_mailview, settings_staff
from meyasubako.centre.keys import services as keys
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.scopes import SCOPES, is_possible


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path


def ask(operation: str, **headers: str) -> int:
    method, _, path = operation.partition(" ")
    address = path.replace("{number}", "R-2604-0000-0000")
    client = Client(headers=headers)
    answer = (
        client.get(address) if method == "GET" else client.post(address, {}, content_type="application/json")
    )
    return answer.status_code


@pytest.fixture
def make_key(organisations: dict[str, Organisation]) -> Callable[..., str]:
    """``make_key("reports:write", "carrier")``: the header that a client of that organisation shows."""

    def make(scope: str, kind: str) -> str:
        now = datetime.now(UTC)
        made = keys.api_key_make(
            organisation=organisations[kind], name="test", scopes=[scope], expires_at=None, by=SYSTEM, now=now
        )
        return f"Bearer {made[1]}"

    return make


def test_every_operation_has_its_line_and_every_line_its_operation() -> None:
    described: dict[str, Any] = api.get_openapi_schema()["paths"]
    found = [f"{method.upper()} {path}" for path, methods in described.items() for method in methods]
    assert sorted(found) == sorted(OPERATIONS)
    assert set(OPERATIONS.values()) == set(SCOPES)


@pytest.mark.django_db
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_role_of_the_staff_site_and_nobody_gets_in(
    operation: str, make_account: Callable[..., Account], now: datetime
) -> None:
    assert ask(operation) == 401
    for role in ROLES:
        browser = logged_in(with_second_factor(make_account(role), now), now)
        cookie = f"meyasu_staff={browser.cookies['sessionid'].value}"
        assert ask(operation, cookie=cookie) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_key_opens_what_its_scope_says_and_nothing_else(
    operation: str, make_key: Callable[..., str]
) -> None:
    for kind in ORGANISATION_KINDS:
        for scope in SCOPES:
            if not is_possible(scope, kind):
                continue
            status = ask(operation, authorization=make_key(scope, kind))
            if scope == OPERATIONS[operation]:
                assert status not in {401, 403}, (scope, kind)
            else:
                assert status == 403, (scope, kind)


@pytest.mark.django_db
def test_a_missing_scope_is_recorded(make_key: Callable[..., str]) -> None:
    assert ask("GET /api/v1/figures", authorization=make_key("reports:read", "carrier")) == 403
    key = ApiKey.objects.get()
    refusal = Event.objects.get(action="permission.denied")
    assert refusal.subject == f"api_key:{key.pk}"
    assert refusal.organisation_id == key.organisation_id
    assert refusal.detail == {"scope": "figures:read"}


@pytest.mark.django_db
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_key_that_is_revoked_or_ran_out_opens_nothing(operation: str, make_key: Callable[..., str]) -> None:
    shown = make_key(OPERATIONS[operation], "carrier")
    clock = datetime.now(UTC)
    ApiKey.objects.update(made_at=clock - timedelta(days=2), expires_at=clock - timedelta(days=1))
    assert ask(operation, authorization=shown) == 401
    ApiKey.objects.update(expires_at=None, revoked_at=clock - timedelta(days=1))
    assert ask(operation, authorization=shown) == 401


def views(patterns: list[Any]) -> list[str]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            found.append(pattern.callback.__module__)
    return found


def test_no_page_of_the_staff_site_is_served_by_another_process() -> None:
    staff = "meyasubako.centre.site_staff"
    assert not [
        view for view in views(get_resolver(public.ROOT_URLCONF).url_patterns) if view.startswith(staff)
    ]
    assert all(
        view.startswith(staff) for view in views(get_resolver(settings_staff.ROOT_URLCONF).url_patterns)
    )
    framed = views(get_resolver(settings_mailview.ROOT_URLCONF).url_patterns)
    assert set(framed) == {f"{staff}.health", f"{staff}.mails.frame"}
