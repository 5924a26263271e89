"""Taking a petition: receipt, routing to its addressees, and the notice to the other authority (Act Art 8(2))."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from meyasubako.centre.accounts.owners import organisation_of
from meyasubako.centre.accounts.permissions import check_can_file_reports
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.letters import notice_letter
from meyasubako.centre.reports.domain.petitions import PARTICULARS, Authority, Petitioner, problems, route
from meyasubako.centre.reports.domain.receipts import JAPAN, Series, read_number, secret_hash
from meyasubako.centre.reports.models import (
    Petition,
    PetitionerIdentity,
    PetitionNotice,
    PetitionStatement,
    Report,
)
from meyasubako.centre.reports.services.numbering import kept_key, made_once, secret_of
from meyasubako.centre.reports.types import PetitionForm, Receipt


class IncompletePetitionError(ValueError):
    """The form cannot be taken; ``problems`` say why."""

    def __init__(self, form: PetitionForm) -> None:
        super().__init__("petition")
        self.problems = problems(form.petitioner, form.particulars, form.matters, form.addressees)


def petition_receive(*, form: PetitionForm, by: Viewer | None, now: datetime) -> Receipt:
    """Take a petition (``by`` None: the public). The same key again gives the same receipt.

    Raises IncompletePetitionError.
    """
    if problems(form.petitioner, form.particulars, form.matters, form.addressees):
        raise IncompletePetitionError(form)
    secret = secret_of(form.key)

    def again() -> Receipt | None:
        petition = Petition.objects.filter(submission=kept_key(form.key)).first()
        if petition is None:
            return None
        told = secret if secret_hash(secret) == petition.link_hash else None
        return Receipt(petition.pk, petition.number, told, petition.received_at, again=True)

    def make(number: str) -> Receipt:
        petition = _petition(form, number, secret, now)
        _particulars(petition, form, now)
        _notices(petition, form, now)
        event_record(
            action="petition.received",
            subject=petition.subject,
            by_account=by.by_account if by is not None else None,
            organisation=by.by_organisation if by is not None else None,
            now=now,
            detail={"number": number, "petitioner": form.petitioner.value},
        )
        return Receipt(petition.pk, number, secret, now)

    return made_once(Series.PETITION, now, make, again)


def petition_notice_sent(*, notice_id: int, by: Viewer, now: datetime) -> PetitionNotice:
    """Note that the other authority was told; the letter itself is dispatched elsewhere."""
    check_can_file_reports(by)
    with transaction.atomic():
        notice = PetitionNotice.objects.select_for_update().select_related("petition").get(pk=notice_id)
        if notice.sent_at is None:
            notice.sent_at, notice.sent_by_id = now, by.account_id
            notice.save(update_fields=["sent_at", "sent_by"])
            event_record(
                action="petition.notified",
                subject=notice.petition.subject,
                by_account=by.by_account,
                organisation=by.by_organisation,
                now=now,
                detail={"notice": notice.pk},
            )
        return notice


def _petition(form: PetitionForm, number: str, secret: str, now: datetime) -> Petition:
    routing = route(form.petitioner, form.addressees)
    petition = Petition.objects.create(
        organisation=organisation_of(routing.addressees[0].value, now),
        made_by_id=form.made_by,
        number=number,
        petitioner=form.petitioner.value,
        matters=[matter.value for matter in form.matters],
        to_mic=Authority.MIC in routing.addressees,
        to_caa=Authority.CAA in routing.addressees,
        language=form.language,
        received_at=now,
        day=now.astimezone(JAPAN).date(),
        link_hash=secret_hash(secret),
        submission=kept_key(form.key),
    )
    numbers = [read for read in map(read_number, form.reports) if read is not None]
    petition.reports.set(Report.objects.filter(number__in=numbers))
    return petition


def _particulars(petition: Petition, form: PetitionForm, now: datetime) -> None:
    """The petitioner apart from the facts, each sealed."""
    personal: dict[str, str] = {}
    facts: dict[str, str] = {}
    for particular in PARTICULARS[form.petitioner]:
        text = form.particulars.get(particular.name, "").strip()
        (personal if particular.personal else facts)[particular.name] = text
    PetitionerIdentity.objects.create(
        petition=petition,
        organisation_id=petition.organisation_id,
        particulars=json.dumps(personal, ensure_ascii=False),
        delete_after=now + timedelta(days=settings.PETITIONER_DAYS),
    )
    PetitionStatement.objects.create(
        petition=petition,
        organisation_id=petition.organisation_id,
        particulars=json.dumps(facts, ensure_ascii=False),
    )


def _notices(petition: Petition, form: PetitionForm, now: datetime) -> None:
    routing = route(Petitioner(form.petitioner), form.addressees)
    for authority in routing.notified:
        letter = notice_letter(petition.number, petition.day, form.matters, routing.addressees, authority)
        PetitionNotice.objects.create(
            petition=petition,
            organisation=organisation_of(Authority(authority).value, now),
            made_at=now,
            letter_ja=letter.ja,
            letter_en=letter.en,
        )
