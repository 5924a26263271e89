"""Whose a row is that nobody in particular writes: the centre's own organisation, or an authority's."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.types import Viewer

AUTHORITY_NAMES = {
    "mic": {"name_ja": "総務省", "name_en": "Ministry of Internal Affairs and Communications"},
    "caa": {"name_ja": "消費者庁", "name_en": "Consumer Affairs Agency"},
}


def organisation_of(kind: str, now: datetime) -> Organisation:
    """The first organisation of this kind (``centre``, ``mic``, ``caa``), made when there is none yet."""
    found = Organisation.objects.filter(kind=kind).order_by("pk").first()
    if found is not None:
        return found
    if kind == "centre":
        names = {"name_ja": settings.OPERATOR["ja"], "name_en": settings.OPERATOR["en"]}
    else:
        names = AUTHORITY_NAMES[kind]
    made, _ = Organisation.objects.get_or_create(
        slug=kind, defaults={"kind": kind, "created_at": now, **names}
    )
    return made


def centre_organisation(now: datetime) -> Organisation:
    """The centre itself."""
    return organisation_of("centre", now)


def owner_of(by: Viewer, now: datetime) -> int:
    """The id of the organisation that owns what the viewer writes; the centre's for a step or the command line."""
    return by.by_organisation or centre_organisation(now).pk
