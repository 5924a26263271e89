"""Who may do what: the table, the functions made of it, and who is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from meyasubako.centre.accounts import permissions
from meyasubako.centre.accounts.roles import ROLES
from meyasubako.centre.accounts.types import ORGANISATION_KINDS, SYSTEM, Viewer


def viewer(*roles: str, kind: str = "centre") -> Viewer:
    return Viewer(account_id=1, organisation_id=1, organisation_kind=kind, roles=frozenset(roles))


def test_every_line_of_the_table_has_its_two_functions_and_no_other_are_there() -> None:
    made = {name.removeprefix("can_") for name in dir(permissions) if name.startswith("can_")}
    checks = {name.removeprefix("check_can_") for name in dir(permissions) if name.startswith("check_can_")}
    assert made == checks == set(permissions.PERMISSIONS)


@pytest.mark.parametrize("name", sorted(permissions.PERMISSIONS))
def test_a_permission_follows_its_line(name: str) -> None:
    line = permissions.PERMISSIONS[name]
    for kind in ORGANISATION_KINDS:
        for role in ROLES:
            person = viewer(role, kind=kind)
            expected = role in line.roles and kind in line.organisations
            assert getattr(permissions, f"can_{name}")(person) is expected
            if expected:
                getattr(permissions, f"check_can_{name}")(person)
            else:
                with pytest.raises(permissions.Denied) as caught:
                    getattr(permissions, f"check_can_{name}")(person)
                assert caught.value.permission == name
                assert caught.value.viewer is person


@pytest.mark.parametrize("name", sorted(permissions.PERMISSIONS))
def test_without_a_role_nothing_and_for_a_step_everything(name: str) -> None:
    assert not permissions.can(viewer(), name)
    assert permissions.can(SYSTEM, name)


def test_no_account_passes_for_a_step() -> None:
    assert not Viewer(account_id=1, organisation_id=0, organisation_kind="centre").is_system
    assert not Viewer(account_id=None, organisation_id=3, organisation_kind="centre").is_system
    assert SYSTEM.by_organisation is None


def test_identity_is_opened_by_its_own_role_alone() -> None:
    assert [role for role in ROLES if permissions.can_read_identity(viewer(role))] == ["identity_reader"]


def test_the_docs_show_the_table() -> None:
    rows = [f"| permission | {' | '.join(ROLES)} | organisations |", "|---" * (len(ROLES) + 2) + "|"]
    for name, line in permissions.PERMISSIONS.items():
        marks = " | ".join("●" if role in line.roles else "" for role in ROLES)
        kinds = ", ".join(kind for kind in ORGANISATION_KINDS if kind in line.organisations)
        rows.append(f"| {name} | {marks} | {kinds} |")
    page = (Path(__file__).resolve().parents[3] / "docs" / "people.md").read_text("utf-8")
    shown = page.partition("<!-- permissions -->\n")[2].partition("\n<!-- /permissions -->")[0]
    assert shown.splitlines() == rows
