"""What a petition says holds a mail to its petitioner: whoever may read no mail does not see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner
from meyasubako.centre.reports.services import petition_receive
from meyasubako.centre.reports.types import PetitionForm

PARTICULARS = {
    "name": "Hanako", "address": "Tokyo", "contact": "03-0000-0000", "sender_facts": "a shop",
    "screen_content": "To: hanako.petitioner@mail.example", "reasons": "no consent",
}  # fmt: skip


@pytest.mark.parametrize(("role", "sees"), [("officer", True), ("supervisor", True), ("reader", False)])
def test_the_facts_are_for_those_who_may_read_mail(
    staff: Callable[[str], Client],
    organisations: dict[str, Organisation],
    now: datetime,
    role: str,
    sees: bool,
) -> None:
    form = PetitionForm(Petitioner.RECIPIENT, "petition:1", (Matter.CONSENT,), (Authority.MIC,), PARTICULARS)
    petition = petition_receive(form=form, by=None, now=now)
    assert organisations
    answer = staff(role).get(f"/ja/petitions/{petition.record_id}/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert petition.number in text
    assert ("hanako.petitioner" in text) is sees
