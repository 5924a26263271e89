"""Whose a row is that nobody in particular writes: the centre's own organisation."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.types import Viewer


def centre_organisation(now: datetime) -> Organisation:
    """The first organisation of kind ``centre``, made when there is none yet."""
    found = Organisation.objects.filter(kind="centre").order_by("pk").first()
    if found is not None:
        return found
    names = {"name_ja": settings.OPERATOR["ja"], "name_en": settings.OPERATOR["en"]}
    made, _ = Organisation.objects.get_or_create(
        slug="centre", defaults={"kind": "centre", "created_at": now, **names}
    )
    return made


def owner_of(by: Viewer, now: datetime) -> int:
    """The id of the organisation that owns what the viewer writes; the centre's for a step or the command line."""
    return by.by_organisation or centre_organisation(now).pk
