"""What people filled in and how their mails came, in words: no box and no choice of the public forms is left a code."""

from __future__ import annotations

from django.utils import translation

from meyasubako.centre.site_public.reporting import forms
from meyasubako.centre.site_staff.reporting import wording

FORMS = [
    form for form in vars(forms).values() if isinstance(form, type) and issubclass(form, forms.ReportForm)
]
NO_STATEMENT = {"reporter_name", "reporter_address", "opt_out_text"}
"""Boxes that are kept elsewhere: who reported, and the opt-out, which stays sealed with the mails."""


def test_every_box_of_the_public_forms_has_words() -> None:
    seen = 0
    for form in FORMS:
        for name, field in form.base_fields.items():
            if name in NO_STATEMENT or name.endswith("files"):
                continue
            seen += 1
            assert name in wording.BOXES, name
            for code in dict(getattr(field, "choices", ())):
                assert not code or code in wording.ANSWERS[name], (name, code)
    assert seen > 12


def test_choices_are_told_in_words_and_texts_as_they_are() -> None:
    with translation.override("en"):
        assert (
            wording.answer("missing", "name opt-out") == "the sender's name · an address or link for refusing"
        )
        assert wording.answer("relation", "elsewhere") == "elsewhere"
        assert wording.answer("remarks", "name  <b>") == "name  <b>"


def test_a_way_is_told_with_what_its_code_says_more() -> None:
    with translation.override("en"):
        assert wording.way("inline:gmail") == "forwarded in the text (inline:gmail)"
        assert wording.way("message/rfc822") == "attached"
        assert wording.way("of-tomorrow") == "of-tomorrow"
