"""Reports where something is gone that was there: the outer mail, the address, a mail under way to the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.config.reporting import Relay
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.domain.kinds import Place
from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner
from meyasubako.centre.reports.domain.states import ImpossibleError, State
from meyasubako.centre.reports.models import (
    DeliveryBatch,
    OuterMail,
    OutgoingMail,
    Petition,
    PetitionerIdentity,
    PetitionStatement,
    Report,
    ReportMail,
)
from meyasubako.centre.reports.relay import Fate, Handed
from meyasubako.centre.reports.services import filing
from meyasubako.centre.reports.steps import answering, delivery, intake, retention
from meyasubako.centre.reports.types import PetitionForm, Submission, SubmittedMail
from meyasubako.errors import UnavailableError
from meyasubako.mail.wrapped import Unwrapped, unwrap
from meyasubako.tables.home import Home

pytestmark = pytest.mark.django_db
Make = Callable[..., Submission]


@pytest.fixture
def held(make_outer: Callable[..., bytes], envelope: dict[str, Any], now: datetime) -> Report:
    """A report by mail that holds no mail, in the holding pen."""
    raw = make_outer(text="hello")
    laid = services.report_lay_down(key="mail:held", raw=raw, envelope=envelope, received_at=now, now=now)
    assert services.report_file(report_id=laid.record_id, now=now) is State.HELD
    return Report.objects.get(pk=laid.record_id)


def test_only_what_has_its_outer_mail_is_taken_apart_again(
    held: Report, make_submission: Make, now: datetime
) -> None:
    by_form = services.report_receive(submission=make_submission(), by=None, now=now)
    services.report_hold(report_id=by_form.record_id, by=SYSTEM, now=now)
    OuterMail.objects.all().delete()
    for report_id in (held.pk, by_form.record_id):
        detail = selectors.report_detail(SYSTEM, report_id)
        assert detail is not None
        assert "rerun" not in detail.actions
        with pytest.raises(ImpossibleError):
            services.report_rerun(report_id=report_id, by=SYSTEM, now=now)
        assert Report.objects.get(pk=report_id).state == State.HELD


def test_a_report_whose_outer_mail_is_gone_stops_no_other(
    held: Report, place: Home, make_outer: Callable[..., bytes], envelope: dict[str, Any], now: datetime
) -> None:
    Report.objects.filter(pk=held.pk).update(state="received")
    OuterMail.objects.all().delete()
    later = services.report_lay_down(
        key="mail:later", raw=make_outer(text="later"), envelope=envelope, received_at=now, now=now
    )
    assert place.path.is_dir()
    assert intake.step_intake(now) == 2
    assert Report.objects.get(pk=held.pk).held_reason == "filing-failed"
    assert Report.objects.get(pk=later.record_id).state == State.HELD


def test_what_could_not_be_filed_is_tried_anew_when_an_officer_says_so(held: Report, now: datetime) -> None:
    Report.objects.filter(pk=held.pk).update(filing_attempts=3, held_reason="filing-failed")
    services.report_rerun(report_id=held.pk, by=SYSTEM, now=now)
    assert Report.objects.get(pk=held.pk).held_reason != "filing-failed"


def test_who_is_erased_while_we_speak_with_the_relay_is_not_written_to_again(
    make_submission: Make, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_RELAY = Relay("smtp", "relay.example", 25)
    settings.MAIL_FROM = "meiwaku@centre.example"
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    answer = services.report_answer(report_id=receipt.record_id, text="thank you", by=SYSTEM, now=now)

    def erased_meanwhile(*_: object, **__: object) -> Handed:
        services.report_erase(secret=receipt.secret or "", now=now)
        return Handed(Fate.LATER, "smtp-451")

    monkeypatch.setattr(answering, "hand_over", erased_meanwhile)
    assert not answering.outgoing_send(answer.pk, settings.MAIL_RELAY, now)
    answer.refresh_from_db()
    assert (answer.state, answer.reason, answer.recipient) == ("refused", "withdrawn", None)


def test_an_answer_that_is_sent_twice_is_one(
    make_submission: Make, now: datetime, settings: Settings
) -> None:
    settings.MAIL_RELAY = Relay("smtp", "relay.example", 25)
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    first, second, other = (
        services.report_answer(report_id=receipt.record_id, text=text, by=SYSTEM, now=now)
        for text in ("thank you", "thank you ", "thank you very much")
    )
    assert first == second
    assert other != first
    assert OutgoingMail.objects.count() == 2


def with_notes(spam: bytes) -> tuple[SubmittedMail, ...]:
    said = {"original-rcpt-to": "hanako@mail.example"}
    return (SubmittedMail(spam, notes=said), SubmittedMail(b"From: h@mail.example\n\nstop\n", Place.OPT_OUT))


def test_erasing_takes_what_a_report_said_of_its_mails_too(
    place: Home, make_submission: Make, spam: bytes, now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(mails=with_notes(spam)), by=None, now=now)
    assert delivery.step_delivery(now) == 1
    assert place.path.is_dir()
    services.report_erase(secret=receipt.secret or "", now=now)
    assert not ReportMail.objects.filter(notes__isnull=False).exists()


def test_what_a_report_said_of_its_mails_has_an_end(
    make_submission: Make, spam: bytes, now: datetime, settings: Settings
) -> None:
    services.report_receive(
        submission=make_submission(mails=with_notes(spam), statement={}), by=None, now=now
    )
    retention.step_retention(now + timedelta(days=settings.REPORTER_DAYS - 1))
    assert ReportMail.objects.filter(notes__isnull=False).count() == 1
    retention.step_retention(now + timedelta(days=settings.REPORTER_DAYS))
    assert not ReportMail.objects.filter(notes__isnull=False).exists()
    assert ReportMail.objects.get(place="opt-out").raw is None
    assert ReportMail.objects.get(place="reported").raw == spam


def test_nothing_is_called_erased_that_is_on_its_way_to_the_tables(
    make_submission: Make, now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    report = Report.objects.get(pk=receipt.record_id)
    batch = DeliveryBatch.objects.create(
        organisation=report.organisation, writer=uuid4(), number=1, made_at=now
    )
    report.held_mails.update(batch=batch)
    services.report_erase(secret=receipt.secret or "", now=now)
    with pytest.raises(UnavailableError):
        services.erasure_decide(report_id=report.pk, erased=True, by=SYSTEM, now=now)
    assert report.held_mails.get().raw is not None
    report.held_mails.update(raw=None, delivered_at=now)
    services.erasure_decide(report_id=report.pk, erased=True, by=SYSTEM, now=now)


LONE = (
    b"From: =?utf-7?Q?+2AA-?= <hanako.reporter@mail.example>\r\nTo: meiwaku@centre.example\r\n"
    b"Content-Type: application/json\r\n\r\n"
    b'{"xarf_version": "4", "report_id": "\\ud800", "category": "messaging", "type": "spam", "evidence": '
    b'[{"payload": "RnJvbTogYUBiLmV4YW1wbGUNClRvOiBjQGQuZXhhbXBsZQ0KU3ViamVjdDogeA0KDQpoaQ0K"}]}'
)
"""An X-ARF report whose author's name and id are half a character."""


def test_half_a_character_stops_nothing(envelope: dict[str, Any], now: datetime) -> None:
    laid = services.report_lay_down(key="mail:half", raw=LONE, envelope=envelope, received_at=now, now=now)
    assert services.report_file(report_id=laid.record_id, now=now) is State.TAKEN
    notes = ReportMail.objects.get().notes
    assert notes is not None
    assert json.loads(notes)["report-id"] == "\ud800"
    reporter = services.reporter_identity_read(report_id=laid.record_id, purpose="test/1", by=SYSTEM, now=now)
    assert reporter is not None
    assert reporter.name == "?"


def test_a_mail_on_which_filing_dies_stops_no_other(
    place: Home,
    make_outer: Callable[..., bytes],
    envelope: dict[str, Any],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    spam: bytes,
) -> None:
    for key, raw in (("bad", make_outer(text="poison")), ("good", make_outer(spam))):
        services.report_lay_down(key=f"mail:{key}", raw=raw, envelope=envelope, received_at=now, now=now)

    def unwrapped(raw: bytes) -> Unwrapped:
        if b"poison" in raw:
            raise ZeroDivisionError
        return unwrap(raw)

    monkeypatch.setattr(filing, "unwrap", unwrapped)
    assert place.path.is_dir()
    assert [intake.step_intake(now) for _ in range(4)] == [1, 0, 0, 1]
    bad, good = Report.objects.order_by("pk")
    assert (bad.held_reason, good.state) == ("filing-failed", "taken")


def test_the_facts_of_a_petition_go_with_the_petitioner(now: datetime, settings: Settings) -> None:
    said = dict.fromkeys(
        ("name", "address", "contact", "sender_facts", "screen_content", "reasons"), "To: hanako@mail.example"
    )
    form = PetitionForm(Petitioner.RECIPIENT, "petition:1", (Matter.CONSENT,), (Authority.MIC,), said)
    services.petition_receive(form=form, by=None, now=now)
    assert retention.step_retention(now + timedelta(days=settings.PETITIONER_DAYS - 1)) == 0
    assert retention.step_retention(now + timedelta(days=settings.PETITIONER_DAYS)) == 2
    assert Petition.objects.count() == 1
    assert not PetitionStatement.objects.exists()
    assert not PetitionerIdentity.objects.exists()
