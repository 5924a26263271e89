"""What a key of the API may do: one table, asked by every operation and shown where keys are made."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SEND_REPORTS = "reports:write"
READ_REPORTS = "reports:read"
SEND_PETITIONS = "petitions:write"
READ_FIGURES = "figures:read"

SCOPES = {
    SEND_REPORTS: _("Send reports"),
    READ_REPORTS: _("See what became of reports sent with the organisation's keys"),
    SEND_PETITIONS: _("Make petitions as a carrier (Act Art 8(3))"),
    READ_FIGURES: _("Read the figures"),
}

ORGANISATIONS = {SEND_PETITIONS: frozenset({"carrier"})}
"""The kinds of organisations that may hold a scope; every kind, where a scope is not named."""


def is_possible(scope: str, organisation_kind: str) -> bool:
    """Whether an organisation of this kind may hold the scope."""
    return organisation_kind in ORGANISATIONS.get(scope, {organisation_kind})
