"""The form of a petition by somebody who received the mail, with the particulars of Ordinance Art 10(1)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports.domain import petitions
from meyasubako.centre.reports.types import PetitionForm
from meyasubako.centre.site_public.reporting.forms import line, text
from meyasubako.centre.site_public.reporting.tokens import content_key

MISSING = _("This must be filled in: the ordinance asks for it.")


class RecipientPetitionForm(forms.Form):
    """Petition of a recipient (Act Art 8(1))."""

    use_required_attribute = False

    addressees = forms.MultipleChoiceField(
        label=_("To whom"),
        help_text=_("One is enough: it tells the other."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
        choices=(
            ("mic", _("Minister for Internal Affairs and Communications")),
            ("caa", _("Commissioner of the Consumer Affairs Agency")),
        ),
    )
    matters = forms.MultipleChoiceField(
        label=_("About what"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
        choices=(
            ("3", _("sent without consent, or after refusal (Article 3)")),
            ("4", _("labels missing or wrong (Article 4)")),
            ("5", _("forged sender information (Article 5)")),
        ),
    )
    name = line(_("Name"), _("Of a company: its name."), most=200, autocomplete="name")
    representative = line(_("Representative"), _("Only for a company."), most=200)
    address = line(_("Postal address"), most=500, autocomplete="street-address")
    contact = line(_("Telephone number or e-mail address"), most=300)
    sender_facts = text(
        _("What you know of the sender or of who had it sent"),
        _("Name, address, telephone number, e-mail address, web page, as far as you know."),
    )
    screen_content = text(
        _("What your screen showed"),
        _("The mail as it came: header lines if you can find them, subject, text."),
        rows=10,
    )
    reasons = text(_("Why you petition"), _("What is against the law, and why you think so."))
    other = text(_("Anything else that helps"))
    reports = line(
        _("Receipt numbers of reports"),
        _("If you have reported such mail before, like R-2611-1234-5672."),
        most=500,
    )

    BLOCKS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (_("The petition"), ("addressees", "matters")),
        (_("Who petitions"), ("name", "representative", "address", "contact")),
        (_("The facts"), ("sender_facts", "screen_content", "reasons", "other", "reports")),
    )

    @property
    def blocks(self) -> list[tuple[Any, list[BoundField]]]:
        """Headings and their boxes, in order."""
        return [(heading, [self[name] for name in names]) for heading, names in self.BLOCKS]

    def clean(self) -> dict[str, Any]:
        """Ask the domain what is missing, and say it at the box."""
        cleaned: dict[str, Any] = super().clean() or {}
        found = petitions.problems(
            petitions.Petitioner.RECIPIENT,
            self._particulars(cleaned),
            [petitions.Matter(one) for one in cleaned.get("matters") or ()],
            [petitions.Authority(one) for one in cleaned.get("addressees") or ()],
        )
        for problem in found:
            if problem.name not in self.errors:
                self.add_error(
                    problem.name, MISSING if problem.code == "missing" else _("This cannot stand.")
                )
        return cleaned

    @staticmethod
    def _particulars(cleaned: dict[str, Any]) -> dict[str, str]:
        names = [one.name for one in petitions.PARTICULARS[petitions.Petitioner.RECIPIENT]]
        return {name: cleaned.get(name) or "" for name in names}

    def petition(self, nonce: str, language: str) -> PetitionForm:
        """The petition as ``reports`` takes it."""
        cleaned = self.cleaned_data
        particulars = self._particulars(cleaned)
        contents = [f"{name}={value}".encode() for name, value in sorted(cleaned.items())]
        return PetitionForm(
            petitioner=petitions.Petitioner.RECIPIENT,
            key=content_key("petition", nonce, contents),
            matters=tuple(petitions.Matter(one) for one in cleaned["matters"]),
            addressees=tuple(petitions.Authority(one) for one in cleaned["addressees"]),
            particulars=particulars,
            reports=tuple((cleaned["reports"] or "").replace("、", ",").split(",")),
            language=language,
        )
