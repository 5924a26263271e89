"""Who may do what: one table, and for each line of it ``can_<verb>(viewer)`` and ``check_can_<verb>(viewer)``.

A step that runs by itself (``SYSTEM``) may do everything that a role may do; an account only what one of its roles
may, and only where its organisation is of a kind the line names. Whose rows are seen is the selectors' business:
a permission says what kind of act, not on which row.

The denial itself is recorded by whoever catches :class:`Denied` (:func:`.services.denial_record`).
"""

from __future__ import annotations

from dataclasses import dataclass

from meyasubako.centre.accounts.roles import (
    ADMINISTRATOR,
    AUDITOR,
    IDENTITY_READER,
    OFFICER,
    READER,
    SUPERVISOR,
)
from meyasubako.centre.accounts.types import Viewer

CENTRE = frozenset({"centre"})
AUTHORITIES = frozenset({"centre", "mic", "caa"})


@dataclass(frozen=True, slots=True)
class Permission:
    """The roles of which one is enough, and the kinds of organisations in which it counts."""

    roles: frozenset[str]
    organisations: frozenset[str]


def _of(*roles: str, organisations: frozenset[str] = CENTRE) -> Permission:
    return Permission(frozenset(roles), organisations)


PERMISSIONS: dict[str, Permission] = {
    "read_figures": _of(OFFICER, READER, SUPERVISOR, organisations=AUTHORITIES),
    "read_reports": _of(OFFICER, READER, SUPERVISOR, organisations=AUTHORITIES),
    "file_reports": _of(OFFICER, SUPERVISOR),
    "answer_reporters": _of(OFFICER, SUPERVISOR),
    "read_identity": _of(IDENTITY_READER),
    "read_mail": _of(OFFICER, SUPERVISOR, organisations=AUTHORITIES),
    "search_mail": _of(OFFICER, SUPERVISOR, organisations=AUTHORITIES),
    "erase": _of(SUPERVISOR),
    "read_monitors": _of(OFFICER, SUPERVISOR, ADMINISTRATOR),
    "manage_monitors": _of(ADMINISTRATOR),
    "manage_keys": _of(ADMINISTRATOR),
    "manage_accounts": _of(ADMINISTRATOR),
    "read_audit": _of(AUDITOR),
}


class Denied(Exception):  # noqa: N818 - a refusal, not a fault
    """An act that the viewer may not do. Carries what is needed to record it; shows nothing of the row."""

    def __init__(self, viewer: Viewer, permission: str) -> None:
        super().__init__(permission)
        self.viewer = viewer
        self.permission = permission


def can(viewer: Viewer, permission: str) -> bool:
    """Whether the viewer may; KeyError for a permission that the table does not have."""
    line = PERMISSIONS[permission]
    if viewer.is_system:
        return True
    return viewer.organisation_kind in line.organisations and not line.roles.isdisjoint(viewer.roles)


def check(viewer: Viewer, permission: str) -> None:
    """Raise :class:`Denied` unless the viewer may."""
    if not can(viewer, permission):
        raise Denied(viewer, permission)


def can_read_figures(viewer: Viewer) -> bool:
    """May the viewer see the figures and the work of the centre without any mail?"""
    return can(viewer, "read_figures")


def check_can_read_figures(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_figures`."""
    check(viewer, "read_figures")


def can_read_reports(viewer: Viewer) -> bool:
    """May the viewer see reports without the person who sent them?"""
    return can(viewer, "read_reports")


def check_can_read_reports(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_reports`."""
    check(viewer, "read_reports")


def can_file_reports(viewer: Viewer) -> bool:
    """May the viewer file, run again, hold or join reports?"""
    return can(viewer, "file_reports")


def check_can_file_reports(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_file_reports`."""
    check(viewer, "file_reports")


def can_answer_reporters(viewer: Viewer) -> bool:
    """May the viewer write to the person who reported, through the centre?"""
    return can(viewer, "answer_reporters")


def check_can_answer_reporters(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_answer_reporters`."""
    check(viewer, "answer_reporters")


def can_read_identity(viewer: Viewer) -> bool:
    """May the viewer open the identity of a reporter (each look is recorded)?"""
    return can(viewer, "read_identity")


def check_can_read_identity(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_identity`."""
    check(viewer, "read_identity")


def can_read_mail(viewer: Viewer) -> bool:
    """May the viewer read a mail: text, source and shown HTML?"""
    return can(viewer, "read_mail")


def check_can_read_mail(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_mail`."""
    check(viewer, "read_mail")


def can_search_mail(viewer: Viewer) -> bool:
    """May the viewer search mails?"""
    return can(viewer, "search_mail")


def check_can_search_mail(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_search_mail`."""
    check(viewer, "search_mail")


def can_erase(viewer: Viewer) -> bool:
    """May the viewer erase a mail, a report or a person's data?"""
    return can(viewer, "erase")


def check_can_erase(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_erase`."""
    check(viewer, "erase")


def can_read_monitors(viewer: Viewer) -> bool:
    """May the viewer see monitor mailboxes and the mail counted by them?"""
    return can(viewer, "read_monitors")


def check_can_read_monitors(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_monitors`."""
    check(viewer, "read_monitors")


def can_manage_monitors(viewer: Viewer) -> bool:
    """May the viewer change the register of monitor mailboxes?"""
    return can(viewer, "manage_monitors")


def check_can_manage_monitors(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_manage_monitors`."""
    check(viewer, "manage_monitors")


def can_manage_keys(viewer: Viewer) -> bool:
    """May the viewer make and withdraw keys of the API?"""
    return can(viewer, "manage_keys")


def check_can_manage_keys(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_manage_keys`."""
    check(viewer, "manage_keys")


def can_manage_accounts(viewer: Viewer) -> bool:
    """May the viewer invite people, give roles, disable accounts, edit organisations?"""
    return can(viewer, "manage_accounts")


def check_can_manage_accounts(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_manage_accounts`."""
    check(viewer, "manage_accounts")


def can_read_audit(viewer: Viewer) -> bool:
    """May the viewer read the audit log and prove its chain?"""
    return can(viewer, "read_audit")


def check_can_read_audit(viewer: Viewer) -> None:
    """Raise :class:`Denied` unless :func:`can_read_audit`."""
    check(viewer, "read_audit")
