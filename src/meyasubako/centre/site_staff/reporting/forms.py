"""Forms of the pages about reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.domain.states import State
from meyasubako.centre.site_staff.days import DayField
from meyasubako.centre.site_staff.reporting import wording

LONGEST_ANSWER = 20_000
MOST_FILES = 50
MOST_BYTES = 20 * 1024 * 1024
ANY = ("", _("Any"))


class FilterForm(forms.Form):
    """Which reports are listed."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[ANY, *((one.value, wording.STATES[one.value]) for one in State)],
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[ANY, *((one.value, wording.KINDS[one.value]) for one in Kind)],
    )
    channel = forms.ChoiceField(
        label=_("Way in"),
        required=False,
        choices=[ANY, *((one.value, wording.CHANNELS[one.value]) for one in Channel)],
    )
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)


class KindForm(forms.Form):
    """What a report is about."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, wording.KINDS[one.value]) for one in Kind])


class AnswerForm(forms.Form):
    """What the reporter is told; the address stays unseen."""

    text = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "It is sent by the centre to the address the report came with. You do not see that address."
        ),
    )


class Several(forms.ClearableFileInput):
    """A field for many files."""

    allow_multiple_selected = True


class MailFiles(forms.FileField):
    """Mails as files: each of them a list entry."""

    widget = Several

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file checked by itself."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MOST_FILES or sum(file.size for file in files) > MOST_BYTES:
            raise forms.ValidationError(_("Too many files, or too large."))
        return [super(MailFiles, self).clean(file, initial) for file in files]


class RefileForm(KindForm):
    """Filing by hand: the kind, and the mails an officer took out of the report."""

    eml = MailFiles(
        label=_("Mails (.eml)"),
        required=False,
        help_text=_("Files that hold the reported mails. Leave it empty for an SMS or a text."),
    )
