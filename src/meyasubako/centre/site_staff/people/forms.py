"""Forms about accounts and organisations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.site_staff.people.shown import NAMES

ROLE_CHOICES = [(role, name) for role, (name, _purpose) in NAMES.items()]


class OrganisationChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Organisations by their name in the page's language."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and kind."""
        return f"{obj.name} ({obj.get_kind_display()})"


class RolesForm(forms.Form):
    """Any of the roles."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=ROLE_CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )


class InvitationForm(RolesForm):
    """Who is invited, from where, for what."""

    field_order = ("email", "name", "organisation", "roles")
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Full name"), max_length=120)
    organisation = OrganisationChoice(label=_("Organisation"), queryset=Organisation.objects.all())


class OrganisationNamesForm(forms.Form):
    """The names of an organisation."""

    name_ja = forms.CharField(label=_("Japanese name"), max_length=200)
    name_en = forms.CharField(label=_("English name"), max_length=200)


class OrganisationForm(OrganisationNamesForm):
    """A new organisation."""

    field_order = ("kind", "slug", "name_ja", "name_en")
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=64,
        help_text=_("Small letters, digits and hyphens; it does not change."),
    )
