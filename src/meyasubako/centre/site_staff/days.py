"""A day in a form of the staff site."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
"""Days outside have no midnight in every zone; what lies outside is a slip of the finger."""


class DayField(forms.DateField):
    """A day as browsers ask for one, from 1970 to 2199."""

    def __init__(self, **said: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(
            widget=widget, validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)], **said
        )
