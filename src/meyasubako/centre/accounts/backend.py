"""Finds the account of a session. Passwords are checked in :mod:`.signing_in` alone, where tries are counted."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from meyasubako.centre.accounts.models import Account


class SessionBackend(BaseBackend):
    """Knows accounts by their id; ``authenticate`` never lets anybody in."""

    def get_user(self, user_id: int) -> Account | None:
        """The active account with its organisation and roles."""
        known = Account.objects.select_related("organisation", "second_factor").prefetch_related("grants")
        return known.filter(pk=user_id, is_active=True).first()
