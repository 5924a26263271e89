"""What runs by itself for accounts; each step takes the moment and gives how much it did."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session

from meyasubako.centre.accounts import throttle
from meyasubako.centre.accounts.models import Invitation


def step_forget(now: datetime) -> int:
    """Drop failures of logging in after a day, sessions that ran out, and invitations that nobody used."""
    sessions = Session.objects.filter(expire_date__lt=now).delete()[0]
    invitations = Invitation.objects.filter(used_at=None, expires_at__lt=now).delete()[0]
    return throttle.step_forget(now) + sessions + invitations
