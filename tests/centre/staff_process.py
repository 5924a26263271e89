"""Turning a test into the staff process: its settings, and a browser that is logged in."""

from __future__ import annotations

from datetime import datetime

from django.test import Client
from pytest_django import Settings

from meyasubako.centre.accounts import signing_in
from meyasubako.centre.accounts.models import Account, SecondFactor
from meyasubako.centre.config import settings as public
from meyasubako.centre.config import settings_staff
from meyasubako.centre.site_staff.gate import SEEN, STARTED, TOKEN

SECRET = b"twenty bytes of test"
BACKEND = settings_staff.AUTHENTICATION_BACKENDS[0]


def become_staff(settings: Settings) -> None:
    """Apply whatever the settings of the staff process say otherwise than the public ones."""
    for name in dir(settings_staff):
        if name.isupper() and getattr(settings_staff, name) != getattr(public, name, None):
            setattr(settings, name, getattr(settings_staff, name))


def with_second_factor(account: Account, now: datetime) -> Account:
    """Give the account a confirmed authenticator with a known secret."""
    SecondFactor.objects.create(account=account, secret=SECRET, made_at=now, confirmed_at=now)
    return account


def logged_in(account: Account, now: datetime) -> Client:
    """A browser in which the account has logged in at this moment, over the session alone."""
    client = Client()
    client.force_login(account, backend=BACKEND)
    session = client.session
    session[TOKEN] = signing_in.session_begin(account=account, source="192.0.2.1", now=now)
    session[STARTED] = session[SEEN] = now.isoformat()
    session.save()
    return client
