"""The people of the centre: organisations, an account for every role, and the two processes they meet.

No socket opens here, except to a PostgreSQL over a unix socket when the suite is run on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from pytest_django import Settings
from pytest_socket import disable_socket
from staff_process import become_staff, logged_in, with_second_factor

from meyasubako.centre.accounts import keyring
from meyasubako.centre.accounts.models import Account, Organisation, RoleGrant, SecondFactor
from meyasubako.centre.accounts.roles import ROLES
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit import append_only
from meyasubako.centre.config.prepare import compile_catalogues
from meyasubako.centre.site_staff import gate

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple 目安箱"


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    """The texts of both languages, compiled."""
    compile_catalogues()


@pytest.fixture(autouse=True)
def no_sockets() -> None:
    """Nothing leaves the process."""
    disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests() -> Iterator[None]:
    """Tests that commit are cleaned up by emptying the tables, which the audit log refuses: it is let for that long."""
    emptying = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        append_only.remove(connection)
        try:
            emptying(case)
        finally:
            append_only.install(connection)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = emptying


@pytest.fixture(scope="session")
def field_key_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys for field encryption, made once: deriving and reading them again for each test would only cost time."""
    path = tmp_path_factory.mktemp("keys") / "field-key"
    keyring.ensure(path)
    return path


@pytest.fixture(autouse=True)
def field_keys(settings: Settings, field_key_of_the_session: Path) -> None:
    """Every test has keys."""
    settings.FIELD_KEY_FILE = field_key_of_the_session


@pytest.fixture
def field_key(settings: Settings, tmp_path: Path) -> Path:
    """Keys of the test's own, that it may rotate."""
    path = tmp_path / "field-key"
    keyring.ensure(path)
    settings.FIELD_KEY_FILE = path
    return path


@pytest.fixture(autouse=True)
def light_settings(settings: Settings, tmp_path: Path) -> None:
    """Static addresses without a collected folder, and passwords that take no time to hash."""
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def now() -> datetime:
    """The moment at which the tests happen."""
    return NOW


@pytest.fixture
def organisations(db: None) -> dict[str, Organisation]:
    """One organisation of each kind, by its kind."""
    return {
        kind: Organisation.objects.create(
            kind=kind,
            slug=f"{kind}-example",
            name_ja=f"{label}（試験）",
            name_en=f"{label} (test)",
            created_at=NOW,
        )
        for kind, label in Organisation.Kind.choices
    }


@pytest.fixture
def make_account(organisations: dict[str, Organisation]) -> Callable[..., Account]:
    """``make_account("officer", "reader", kind="mic")``: an account with these roles, and a password."""

    def make(*roles: str, kind: str = "centre", email: str | None = None) -> Account:
        number = Account.objects.count() + 1
        account = Account(
            email=email or f"{'-'.join(roles) or 'nobody'}-{number}@staff.example",
            name=f"Person {number}",
            organisation=organisations[kind],
            created_at=NOW,
            password_set_at=NOW,
        )
        account.set_password(PASSWORD)
        account.save()
        for role in roles:
            RoleGrant.objects.create(
                account=account, organisation=account.organisation, role=role, granted_at=NOW
            )
        return account

    return make


@pytest.fixture
def accounts(make_account: Callable[..., Account]) -> dict[str, Account]:
    """An account of the centre for each role, by its role, and ``nobody`` with none."""
    return {role: make_account(role) for role in ROLES} | {"nobody": make_account()}


@pytest.fixture
def viewers(accounts: dict[str, Account]) -> dict[str, Viewer]:
    """The same accounts as services take them."""
    return {role: account.viewer() for role, account in accounts.items()}


@pytest.fixture
def staff_site(settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """This test runs in the staff process, at the moment ``now``."""
    become_staff(settings)
    monkeypatch.setattr(gate, "current_time", lambda: NOW)


@pytest.fixture
def staff(staff_site: None, accounts: dict[str, Account]) -> Callable[[str], Client]:
    """``staff("officer")``: a browser logged in as the account of this role, second factor and all."""

    def browser(role: str) -> Client:
        account = accounts[role]
        if not SecondFactor.objects.filter(account=account).exists():
            with_second_factor(account, NOW)
        return logged_in(account, NOW)

    return browser
