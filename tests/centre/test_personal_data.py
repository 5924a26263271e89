"""Every model says what is personal in it, and what could be is not left unsaid."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from meyasubako.centre.accounts.sealed import SealedBinaryField

MODELS = [model for model in apps.get_models() if model.__module__.startswith("meyasubako.")]


def test_the_centre_has_models() -> None:
    assert len(MODELS) > 10


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_declares_its_personal_data(model: type[models.Model]) -> None:
    declared = vars(model).get("PersonalData")
    assert declared is not None, "no PersonalData"
    assert declared.__doc__
    known = {field.name: field for field in model._meta.concrete_fields}
    assert set(declared.fields) <= set(known)
    assert all(declared.fields.values()), "each field says what it holds"
    suspected = {
        name
        for name, field in known.items()
        if isinstance(field, (models.EmailField, models.GenericIPAddressField, SealedBinaryField))
    }
    assert suspected <= set(declared.fields)
