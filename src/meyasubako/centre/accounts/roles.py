"""The roles an account may hold, one or several; what each may do stands in :mod:`.permissions`."""

from __future__ import annotations

OFFICER = "officer"
READER = "reader"
IDENTITY_READER = "identity_reader"
SUPERVISOR = "supervisor"
ADMINISTRATOR = "administrator"
AUDITOR = "auditor"

ROLES = (OFFICER, READER, IDENTITY_READER, SUPERVISOR, ADMINISTRATOR, AUDITOR)
