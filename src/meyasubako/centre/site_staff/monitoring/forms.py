"""Forms about monitors and keys."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.keys.scopes import SCOPES
from meyasubako.centre.keys.services import MAILS_PER_HOUR, REQUESTS_PER_HOUR
from meyasubako.centre.monitors.entry import Entry, InvalidEntryError
from meyasubako.centre.site_staff.days import DayField
from meyasubako.centre.site_staff.people.forms import OrganisationChoice

FIELDS = {"class": "monitor_class", "in_service_from": "since", "in_service_to": "until"}


class MonitorForm(forms.Form):
    """An entry of the register; what is wrong with it is the register's to say."""

    name = forms.CharField(
        label=_("Name of the monitor"),
        max_length=64,
        help_text=_("Arrivals bear it; it does not change. Small letters and digits."),
    )
    address = forms.CharField(
        label=_("E-mail address"), max_length=320, help_text=_("*@domain takes every name of the domain.")
    )
    monitor_class = forms.ChoiceField(label=_("Class"), choices=[("pc", _("PC")), ("mobile", _("Mobile"))])
    carrier = forms.CharField(label=_("Carrier"), max_length=120, required=False)
    since = DayField(label=_("First day in service"), required=False)
    until = DayField(label=_("Last day in service"), required=False)
    decoy = forms.BooleanField(
        label=_("Decoy domain"),
        required=False,
        help_text=_("No other names exist at this domain: mail to them is counted."),
    )
    note = forms.CharField(
        label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def entry(self) -> Entry:
        """What was filled in."""
        return Entry(**self.cleaned_data)

    def add_problems(self, error: InvalidEntryError) -> None:
        """Say at each field what the register refused."""
        for problem in error.problems:
            self.add_error(FIELDS.get(problem.field, problem.field), str(problem.text))


class RetireForm(forms.Form):
    """The last day in service."""

    last_day = DayField(label=_("Last day in service"))


class SheetForm(forms.Form):
    """A CSV file for the register."""

    file = forms.FileField(label=_("CSV file"), help_text=_("As it is downloaded here; UTF-8 or Shift_JIS."))
    dry_run = forms.BooleanField(label=_("Only say what it would do"), required=False, initial=True)


class KeyForm(forms.Form):
    """A new key."""

    organisation = OrganisationChoice(label=_("Organisation"), queryset=Organisation.objects.all())
    name = forms.CharField(label=_("What the key is for"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    last_day = DayField(label=_("Good until"), required=False)
    requests_per_hour = forms.IntegerField(
        label=_("Requests an hour"), min_value=1, max_value=1_000_000, initial=REQUESTS_PER_HOUR
    )
    mails_per_hour = forms.IntegerField(
        label=_("Mails an hour"), min_value=1, max_value=10_000_000, initial=MAILS_PER_HOUR
    )

    def expires_at(self) -> datetime | None:
        """The end of the last day, in Japan."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())
