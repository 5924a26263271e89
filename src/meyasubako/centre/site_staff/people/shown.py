"""Names of roles and what each is for, in the page's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.roles import (
    ADMINISTRATOR,
    AUDITOR,
    IDENTITY_READER,
    OFFICER,
    READER,
    ROLES,
    SUPERVISOR,
)

NAMES: dict[str, tuple[Promise, Promise]] = {
    OFFICER: (_("Officer"), _("Reads and files reports, searches and reads mail, answers reporters.")),
    READER: (_("Reader"), _("Sees figures and reports, without mail and without reporters.")),
    IDENTITY_READER: (_("Reader of identities"), _("May open who reported; every look is recorded.")),
    SUPERVISOR: (_("Supervisor"), _("Does an officer's work, and erases.")),
    ADMINISTRATOR: (
        _("Administrator"),
        _("Looks after accounts, organisations, keys and monitors; reads no mail."),
    ),
    AUDITOR: (_("Auditor"), _("Reads the audit log and nothing else.")),
}
assert tuple(NAMES) == ROLES


def role_name(role: str) -> Promise:
    """The name of a role."""
    return NAMES[role][0]
