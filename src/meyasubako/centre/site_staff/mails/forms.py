"""Forms of the pages about mails."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports.services.identity import PURPOSE
from meyasubako.centre.site_staff.reading.pieces import live_again

MONTH = re.compile(r"\A\d{4}-(?:0[1-9]|1[0-2])\Z")
CHANNELS = (
    ("", _("Any")),
    ("monitor", _("Monitor")),
    ("report", _("Report")),
    ("archive", _("Archive")),
    ("partner", _("Partner")),
)


class PurposeForm(forms.Form):
    """Why a mail is opened: a code or the number of a case, which stays in the audit log."""

    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=80,
        help_text=_("A code or a case number in small letters, such as case/2026-12. It is kept for good."),
        validators=[
            RegexValidator(
                rf"\A{PURPOSE.pattern}", _("Small letters, digits and . _ : / - only, without blanks.")
            )
        ],
    )


class SearchForm(forms.Form):
    """What is looked for. Copied texts are taken as they stand on the pages: defanged ones are made whole again."""

    first = forms.RegexField(
        MONTH,
        label=_("From month"),
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-01"}),
    )
    last = forms.RegexField(
        MONTH, label=_("To month"), widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-12"})
    )
    sender = forms.CharField(label=_("Sender of the mail"), max_length=200, required=False)
    domain = forms.CharField(label=_("Domain"), max_length=200, required=False)
    url = forms.CharField(label=_("URL"), max_length=200, required=False)
    ip = forms.CharField(label=_("IP address or range"), max_length=60, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    subject = forms.CharField(label=_("Subject of the mail"), max_length=200, required=False)
    text = forms.CharField(label=_("Text of the mail"), max_length=200, required=False)
    channel = forms.ChoiceField(label=_("Way in"), choices=CHANNELS, required=False)

    def terms(self) -> dict[str, str]:
        """The terms, cleaned."""
        said: dict[str, Any] = self.cleaned_data
        return {name: value for name, value in said.items() if value}

    def clean(self) -> dict[str, Any]:
        """Texts as they stood in the mail."""
        said: dict[str, Any] = super().clean() or {}
        for name in ("sender", "domain", "url", "ip"):
            if said.get(name):
                said[name] = live_again(said[name])
        return said
