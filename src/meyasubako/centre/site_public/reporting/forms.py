"""The forms by kind of violation. What is typed stays typed: a form with errors is shown again as it was.

A form knows its boxes, what may be in them and how to say what is wrong; what they mean is ``submissions``'.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from meyasubako.centre.reports.domain.contents import FoundMail, file_contents
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.site_public.reporting.uploads import FILE_BYTES, FILES, MEGABYTE, TEXT_LETTERS
from meyasubako.mail.wrapped import WrapLimits

LIMITS = WrapLimits(mails=100, mail_bytes=FILE_BYTES, total_bytes=4 * FILE_BYTES)
REFUSED = {
    "empty": _("“%(name)s” is empty."),
    "archive": _("“%(name)s” is an archive (ZIP or the like). Please unpack it and choose the mails in it."),
    "no-mail": _("“%(name)s” is no mail. Choose a file that your mail program saved: .eml or .msg."),
    "msg-unreadable": _("“%(name)s” cannot be read as an Outlook mail. Please save it as .eml if you can."),
}


class Files(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class MailFiles(forms.FileField):
    """Mails as files; cleans to the mails that were found in them."""

    def __init__(self, **options: Any) -> None:
        widget = Files(
            attrs={"multiple": True, "accept": ".eml,.msg,message/rfc822,application/vnd.ms-outlook"}
        )
        super().__init__(widget=widget, required=False, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The mails of all files; every file that is none is named."""
        chosen = [one for one in (data or []) if isinstance(one, UploadedFile)]
        if len(chosen) > FILES:
            raise forms.ValidationError(
                ngettext_lazy(
                    "Please choose no more than %(count)d file at once.",
                    "Please choose no more than %(count)d files at once.",
                    FILES,
                )
                % {"count": FILES}
            )
        mails: list[FoundMail] = []
        errors = []
        for file in chosen:
            if (file.size or 0) > FILE_BYTES:
                errors.append(
                    _("“%(name)s” is larger than %(size)d MB.")
                    % {"name": file.name, "size": FILE_BYTES // MEGABYTE}
                )
                continue
            found = file_contents(file.read(), LIMITS)
            if found.refused:
                errors.append(REFUSED[found.refused] % {"name": file.name})
            mails += found.mails
        if errors:
            raise forms.ValidationError(errors)
        return tuple(mails)


def source_box(label: Any, hint: Any = "") -> forms.CharField:
    """A box for the source or the text of a mail."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        strip=False,
        max_length=TEXT_LETTERS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )


def line(
    label: Any, hint: Any = "", *, required: bool = False, most: int = 200, **attrs: str
) -> forms.CharField:
    """A box of one line."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=most,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


def text(label: Any, hint: Any = "", *, required: bool = False, rows: int = 4) -> forms.CharField:
    """A box of several lines."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


SOURCE = _("The source of the mail, or its text")
SOURCE_HINT = _(
    "Best is the source with all its header lines (“show original”, “message source”). If you cannot find it, paste "
    "the text."
)
FILES_LABEL = _("Or the mail as a file")
FILES_HINT = _(
    "Saved as .eml or .msg; several at once are fine. They are not opened on your side or sent elsewhere."
)


class ReportForm(forms.Form):
    """What all kinds have in common. ``BLOCKS`` are headings with the names of the boxes under them."""

    use_required_attribute = False
    kind: ClassVar[Kind]
    BLOCKS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]]
    MAIL_NAMES: ClassVar[tuple[tuple[str, str], ...]] = (("source", "mail_files"),)
    """Pairs of boxes that hold a mail: pasted and as files."""

    remarks = text(_("Remarks"), _("Anything that helps us to understand what happened."))
    reporter_name = line(_("Your name"), autocomplete="name")
    reporter_address = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Only if we may ask you something. It is kept sealed, apart from the report."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    PERSON: ClassVar[tuple[Any, tuple[str, ...]]] = (
        _("About you (you may leave this out)"),
        ("reporter_name", "reporter_address"),
    )

    @property
    def blocks(self) -> list[tuple[Any, list[BoundField]]]:
        """Headings and their boxes, in order."""
        return [(heading, [self[name] for name in names]) for heading, names in (*self.BLOCKS, self.PERSON)]

    def clean(self) -> dict[str, Any]:
        """A report says something: a mail, a file or a text."""
        cleaned: dict[str, Any] = super().clean() or {}
        names = [name for pair in self.MAIL_NAMES for name in pair]
        given = any(cleaned.get(name) for name in names)
        if not given and not any(name in self.errors for name in names):
            self.add_error(self.MAIL_NAMES[-1][0], _("Paste the mail here, or choose it as a file."))
        return cleaned


class NoConsentForm(ReportForm):
    """Advertising that nobody asked for (Act Art 3(1))."""

    kind = Kind.NO_CONSENT
    source = source_box(SOURCE, SOURCE_HINT)
    mail_files = MailFiles(label=FILES_LABEL, help_text=FILES_HINT)
    relation = forms.ChoiceField(
        label=_("Have you ever had to do with the sender?"),
        required=False,
        choices=(
            ("", _("no answer")),
            ("none", _("never")),
            ("unknown", _("I do not remember")),
            ("customer", _("I have bought or signed up for something there")),
            ("refused", _("I have told them not to send")),
        ),
    )
    BLOCKS = ((_("The mail"), ("source", "mail_files")), (_("What you know of it"), ("relation", "remarks")))


class LabelsForm(ReportForm):
    """Labels missing or wrong (Act Art 4)."""

    kind = Kind.LABELS
    source = source_box(SOURCE, SOURCE_HINT)
    mail_files = MailFiles(label=FILES_LABEL, help_text=FILES_HINT)
    missing = forms.MultipleChoiceField(
        label=_("What is missing or wrong?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=(
            ("name", _("the sender's name")),
            ("opt-out", _("an address or link for refusing further mail")),
            ("notice", _("the statement that one may refuse")),
            ("postal", _("the sender's postal address")),
            ("contact", _("where to complain or ask")),
        ),
    )
    BLOCKS = ((_("The mail"), ("source", "mail_files")), (_("What you know of it"), ("missing", "remarks")))


class AfterOptOutForm(ReportForm):
    """Sent although it was refused (Act Art 3(3)): the first mail, the refusal, the later mail."""

    kind = Kind.AFTER_OPT_OUT
    MAIL_NAMES = (("first_source", "first_files"), ("source", "mail_files"))
    first_source = source_box(_("The first mail: its source or text"), SOURCE_HINT)
    first_files = MailFiles(label=_("Or the first mail as a file"))
    opt_out_way = forms.ChoiceField(
        label=_("How did you refuse?"),
        required=False,
        choices=(
            ("", _("please choose")),
            ("mail", _("by mail")),
            ("page", _("on the page the mail linked to")),
            ("phone", _("by telephone")),
            ("other", _("in another way")),
        ),
    )
    opt_out_on = forms.DateField(
        label=_("When did you refuse?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Write the day like 2026-11-24.")},
    )
    opt_out_text = source_box(
        _("Your mail or what you wrote"),
        _("If you refused by mail: its source or text. It stays sealed and is not passed on."),
    )
    opt_out_files = MailFiles(label=_("Or your mail as a file"))
    source = source_box(_("The later mail: its source or text"), SOURCE_HINT)
    mail_files = MailFiles(label=_("Or the later mail as a file"))
    BLOCKS = (
        (_("1. The first mail"), ("first_source", "first_files")),
        (_("2. How you refused"), ("opt_out_way", "opt_out_on", "opt_out_text", "opt_out_files")),
        (_("3. The mail that came afterwards"), ("source", "mail_files")),
        (_("What you know of it"), ("remarks",)),
    )

    def clean(self) -> dict[str, Any]:
        """The later mail and something of the refusal are what such a report is about."""
        cleaned = super().clean()
        later = cleaned.get("source") or cleaned.get("mail_files")
        if not later and "source" not in self.errors and "mail_files" not in self.errors:
            self.add_error("source", _("Paste the later mail here, or choose it as a file."))
        refusal = ("opt_out_way", "opt_out_on", "opt_out_text", "opt_out_files")
        if not any(cleaned.get(name) for name in refusal) and not any(
            name in self.errors for name in refusal
        ):
            self.add_error("opt_out_way", _("Say how or when you refused, as far as you remember."))
        return cleaned


class ForgedSenderForm(ReportForm):
    """Forged sender information (Act Art 5)."""

    kind = Kind.FORGED_SENDER
    source = source_box(
        SOURCE,
        _("Whether a sender is forged shows in the header lines: paste the source if you can find it."),
    )
    mail_files = MailFiles(label=FILES_LABEL, help_text=FILES_HINT)
    remarks = text(_("Why do you think that the sender is forged?"))
    BLOCKS = ((_("The mail"), ("source", "mail_files")), (_("What you know of it"), ("remarks",)))


class OtherForm(ReportForm):
    """Anything else."""

    kind = Kind.OTHER
    source = source_box(SOURCE, SOURCE_HINT)
    mail_files = MailFiles(label=FILES_LABEL, help_text=FILES_HINT)
    BLOCKS = ((_("The mail"), ("source", "mail_files")), (_("What you know of it"), ("remarks",)))


class SmsForm(ReportForm):
    """A message to a telephone number (SMS), copied by hand."""

    kind = Kind.SMS
    MAIL_NAMES = ()
    sms_number = line(
        _("The number it came from"),
        _("As shown; leave empty if only a name was shown."),
        most=40,
        inputmode="tel",
    )
    sms_name = line(_("The name it came from"), _("If a name was shown in the place of a number."), most=60)
    sms_at = forms.DateTimeField(
        label=_("When it came"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"],
        error_messages={"invalid": _("Write day and time like 2026-11-24 09:30.")},
    )
    sms_text = text(_("The text"), _("All of it, links included."), rows=6)
    own_carrier = line(_("Your telephone company"), most=60)
    BLOCKS = (
        (_("The message"), ("sms_number", "sms_name", "sms_at", "sms_text")),
        (_("What you know of it"), ("own_carrier", "remarks")),
    )

    def clean(self) -> dict[str, Any]:
        """A text, and where it came from."""
        cleaned: dict[str, Any] = forms.Form.clean(self) or {}
        if not cleaned.get("sms_text") and "sms_text" not in self.errors:
            self.add_error("sms_text", _("Write what the message said."))
        if not cleaned.get("sms_number") and not cleaned.get("sms_name"):
            self.add_error("sms_number", _("Write the number or the name that was shown."))
        return cleaned


FORMS: dict[Kind, type[ReportForm]] = {
    form.kind: form
    for form in (NoConsentForm, LabelsForm, AfterOptOutForm, ForgedSenderForm, SmsForm, OtherForm)
}
