"""Whose a row is: the centre's, or that of the authority a petition is made to."""

from __future__ import annotations

from datetime import datetime

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.owners import centre_organisation

AUTHORITY_NAMES = {
    "mic": ("総務省", "Ministry of Internal Affairs and Communications"),
    "caa": ("消費者庁", "Consumer Affairs Agency"),
}


def organisation_of(kind: str, now: datetime) -> Organisation:
    """The first organisation of this kind (``centre``, ``mic``, ``caa``), made when there is none yet."""
    if kind == "centre":
        return centre_organisation(now)
    found = Organisation.objects.filter(kind=kind).order_by("pk").first()
    if found is not None:
        return found
    name_ja, name_en = AUTHORITY_NAMES[kind]
    made, _ = Organisation.objects.get_or_create(
        slug=kind, defaults={"kind": kind, "name_ja": name_ja, "name_en": name_en, "created_at": now}
    )
    return made
