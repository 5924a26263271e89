"""Reading organisations and accounts, as far as the viewer may."""

from __future__ import annotations

from django.db.models import QuerySet

from meyasubako.centre.accounts.models import Account, Organisation
from meyasubako.centre.accounts.permissions import check_can_manage_accounts, check_can_read_audit
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit import selectors as audit
from meyasubako.centre.audit.models import Event


def organisations(viewer: Viewer) -> QuerySet[Organisation]:
    """All organisations, for an administrator."""
    check_can_manage_accounts(viewer)
    return Organisation.objects.all()


def accounts(viewer: Viewer) -> QuerySet[Account]:
    """All accounts with organisation, roles and second factor, for an administrator."""
    check_can_manage_accounts(viewer)
    return Account.objects.select_related("organisation", "second_factor").prefetch_related("grants")


def account_named(viewer: Viewer, email: str) -> Account | None:
    """The account with this address, whatever its case."""
    return accounts(viewer).filter(email=email.strip().lower()).first()


def events(viewer: Viewer, wanted: audit.Wanted) -> QuerySet[Event]:
    """Events of the audit log, for an auditor."""
    check_can_read_audit(viewer)
    return audit.events(wanted)
