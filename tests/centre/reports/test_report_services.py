"""Reports taken, taken apart, held, filed by hand, opened, withdrawn and erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.types import SYSTEM, Viewer
from meyasubako.centre.audit.models import Event
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.domain.kinds import Channel, Kind, Outcome, Place
from meyasubako.centre.reports.domain.receipts import read_number
from meyasubako.centre.reports.domain.states import ImpossibleError, State
from meyasubako.centre.reports.models import (
    DeliveryBatch,
    ErasureRequest,
    OuterMail,
    OutgoingMail,
    Report,
    ReporterIdentity,
    ReportMail,
    Statement,
)
from meyasubako.centre.reports.types import Reporter, Submission, SubmittedMail
from meyasubako.errors import UnavailableError

pytestmark = pytest.mark.django_db
REPORTER = "hanako.reporter@mail.example"
Make = Callable[..., Submission]


def test_a_report_by_form_is_whole_when_its_receipt_is_given(
    make_submission: Make, organisations: dict[str, Organisation], now: datetime, spam: bytes
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    assert read_number(receipt.number) == receipt.number
    assert not receipt.again
    report = Report.objects.get(number=receipt.number)
    assert (report.state, report.kind, report.mails) == ("taken", "no-consent", 1)
    assert report.organisation == organisations["centre"]
    assert report.held_mails.get().raw == spam
    assert json.loads(report.statement.boxes) == {"remarks": "同意した覚えがない"}
    assert json.loads(report.identity.particulars)["address"] == REPORTER
    assert [event.action for event in Event.objects.all()] == ["report.received", "report.file"]


def test_the_same_key_gives_the_same_receipt_and_writes_nothing(make_submission: Make, now: datetime) -> None:
    first = services.report_receive(submission=make_submission(), by=None, now=now)
    second = services.report_receive(
        submission=make_submission(kind=Kind.OTHER, mails=()), by=None, now=now + timedelta(minutes=1)
    )
    assert second.again
    assert (second.number, second.secret, second.received_at) == (first.number, first.secret, now)
    assert Report.objects.count() == ReportMail.objects.count() == 1


def test_what_is_kept_of_the_secret_link_opens_nothing(make_submission: Make, now: datetime) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    assert receipt.secret is not None
    stored = Report.objects.values().get()
    assert stored["submission"].startswith("form:")
    assert "one" not in stored["submission"]
    assert receipt.secret not in map(str, stored.values())
    assert selectors.tracking(receipt.secret).number == receipt.number
    for wrong in ("", "x", stored["link_hash"], receipt.number):
        with pytest.raises(services.UnknownLinkError):
            selectors.tracking(wrong)


def test_a_report_without_a_mail_counts_too(make_submission: Make, now: datetime) -> None:
    services.report_receive(submission=make_submission(), by=None, now=now)
    sms = make_submission(key="form:two", kind=Kind.SMS, mails=(), statement={"sms_text": "当選しました"})
    services.report_receive(submission=sms, by=None, now=now)
    (month,) = selectors.month_counts()
    assert (month.month, month.reports, month.without_mail) == ("2026-04", 2, 1)
    assert month.by_kind == {"no-consent": 1, "sms": 1}


def test_months_turn_in_japan(make_submission: Make, now: datetime) -> None:
    late = now.replace(month=3, day=31, hour=15, minute=0)
    services.report_receive(submission=make_submission(), by=None, now=late)
    services.report_receive(
        submission=make_submission(key="form:two"), by=None, now=late - timedelta(microseconds=1)
    )
    assert [month.month for month in selectors.month_counts()] == ["2026-03", "2026-04"]


def test_an_opt_out_of_the_reporter_is_no_evidence(make_submission: Make, now: datetime, spam: bytes) -> None:
    mails = (
        SubmittedMail(spam, Place.FIRST),
        SubmittedMail(b"From: hanako@mail.example\nSubject: stop\n\nstop\n", Place.OPT_OUT),
        SubmittedMail(spam + b"again\r\n", Place.LATER),
        SubmittedMail(spam, Place.FIRST),
    )
    receipt = services.report_receive(
        submission=make_submission(kind=Kind.AFTER_OPT_OUT, mails=mails), by=None, now=now
    )
    assert receipt.mails == 2
    assert list(ReportMail.objects.values_list("position", "place")) == [
        (0, "first"),
        (1, "opt-out"),
        (2, "later"),
    ]


def test_a_report_by_key_belongs_to_its_organisation(
    make_submission: Make, organisations: dict[str, Organisation], now: datetime
) -> None:
    carrier = organisations["carrier"]
    key = Viewer(None, carrier.pk, "carrier")
    receipt = services.report_receive(
        submission=make_submission(channel=Channel.API, key="api:1:a", reporter=None), by=key, now=now
    )
    assert Report.objects.get(number=receipt.number).organisation == carrier


def lay_down(raw: bytes, envelope: dict[str, Any], now: datetime, key: str = "mail:1") -> int:
    return services.report_lay_down(key=key, raw=raw, envelope=envelope, received_at=now, now=now).record_id


def test_a_mail_with_mails_attached_is_taken_apart(
    make_outer: Callable[..., bytes], envelope: dict[str, Any], spam: bytes, now: datetime
) -> None:
    raw = make_outer(spam, spam.replace(b"<1@", b"<2@"))
    report_id = lay_down(raw, envelope, now)
    assert lay_down(raw, envelope, now) == report_id
    assert services.report_file(report_id=report_id, now=now) is State.TAKEN
    report = Report.objects.get()
    assert (report.mails, report.wrapped_as, report.kind) == (2, "attached", "unsorted")
    assert {mail.raw for mail in report.held_mails.all()} == {spam, spam.replace(b"<1@", b"<2@")}
    assert OuterMail.objects.get().raw == raw
    assert services.report_file(report_id=report_id, now=now) is State.TAKEN
    assert report.held_mails.count() == 2
    acknowledgement = OutgoingMail.objects.get()
    assert (acknowledgement.state, acknowledgement.recipient) == ("unchecked", REPORTER)


def test_what_holds_no_mail_is_held_with_its_reason(
    make_outer: Callable[..., bytes], envelope: dict[str, Any], viewers: dict[str, Viewer], now: datetime
) -> None:
    report_id = lay_down(make_outer(text="こんにちは"), envelope, now)
    assert services.report_file(report_id=report_id, now=now) is State.HELD
    page = selectors.report_page(viewers["officer"], state="held")
    assert page.total == 1
    assert page.rows[0].held_reason == "no-mail-inside"
    assert selectors.held_counts(viewers["officer"]) == {"no-mail-inside": 1}


def test_filing_that_dies_three_times_is_held(
    make_outer: Callable[..., bytes],
    envelope: dict[str, Any],
    spam: bytes,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report_id = lay_down(make_outer(spam), envelope, now)

    def die(_raw: bytes) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("meyasubako.centre.reports.services.filing.unwrap", die)
        for _ in range(3):
            with pytest.raises(MemoryError):
                services.report_file(report_id=report_id, now=now)
    assert services.report_file(report_id=report_id, now=now) is State.HELD
    assert Report.objects.get().held_reason == "filing-failed"


def test_an_officer_runs_again_files_by_hand_and_closes(
    make_outer: Callable[..., bytes],
    envelope: dict[str, Any],
    spam: bytes,
    viewers: dict[str, Viewer],
    now: datetime,
) -> None:
    officer = viewers["officer"]
    report_id = lay_down(make_outer(text="なし"), envelope, now)
    services.report_file(report_id=report_id, now=now)
    assert services.report_rerun(report_id=report_id, by=officer, now=now) is State.HELD
    assert selectors.month_counts() == ()
    report = services.report_refile(
        report_id=report_id, mails=[SubmittedMail(spam, how="by-hand")], kind=Kind.LABELS, by=officer, now=now
    )
    assert (report.state, report.mails, report.held_reason) == ("taken", 1, "")
    services.report_close(report_id=report_id, by=officer, now=now, reason="done")
    assert selectors.month_counts()[0].reports == 1
    services.report_reopen(report_id=report_id, by=officer, now=now)
    detail = selectors.report_detail(officer, report_id)
    assert detail is not None
    assert [step.action for step in detail.steps] == [
        "hold",
        "rerun",
        "hold",
        "refile",
        "close",
        "reopen",
    ]
    assert detail.steps[1].account == officer.account_id
    assert set(detail.actions) == {"rerun", "refile", "close"}
    with pytest.raises(ImpossibleError):
        services.report_hold(report_id=report_id, by=officer, now=now)


@pytest.mark.parametrize("role", ["reader", "identity_reader", "administrator", "auditor", "nobody"])
def test_others_do_not_file(
    make_submission: Make, viewers: dict[str, Viewer], now: datetime, role: str
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    for act in (services.report_hold, services.report_close, services.report_rerun):
        with pytest.raises(Denied):
            act(report_id=receipt.record_id, by=viewers[role], now=now)
    assert Report.objects.get().state == "taken"


def test_an_answer_needs_a_relay_an_address_and_a_text(
    make_submission: Make, viewers: dict[str, Viewer], now: datetime, settings: Any
) -> None:
    officer = viewers["officer"]
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    with pytest.raises(UnavailableError):
        services.report_answer(report_id=receipt.record_id, text="x", by=officer, now=now)
    settings.MAIL_RELAY = object()
    with pytest.raises(services.NotAnswerableError, match="text"):
        services.report_answer(report_id=receipt.record_id, text="  ", by=officer, now=now)
    answer = services.report_answer(report_id=receipt.record_id, text="件名は？", by=officer, now=now)
    assert (answer.state, answer.recipient) == ("waiting", REPORTER)
    nameless = services.report_receive(
        submission=make_submission(key="form:two", reporter=None), by=None, now=now
    )
    with pytest.raises(services.NotAnswerableError, match="address"):
        services.report_answer(report_id=nameless.record_id, text="x", by=officer, now=now)


def test_an_identity_is_read_by_few_and_never_unseen(
    make_submission: Make, viewers: dict[str, Viewer], now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    for role, viewer in viewers.items():
        if role != "identity_reader":
            with pytest.raises(Denied):
                services.reporter_identity_read(
                    report_id=receipt.record_id, purpose="case:1", by=viewer, now=now
                )
    reader = viewers["identity_reader"]
    for _ in range(2):
        found = services.reporter_identity_read(
            report_id=receipt.record_id, purpose="case:1", by=reader, now=now
        )
        assert found == Reporter("山田花子", REPORTER)
    events = Event.objects.filter(action="identity.read")
    assert [(event.account_id, event.detail["purpose"]) for event in events] == [
        (reader.account_id, "case:1")
    ] * 2
    with pytest.raises(services.PurposeError):
        services.reporter_identity_read(report_id=receipt.record_id, purpose="", by=reader, now=now)


def test_lists_open_nothing_that_is_sealed(
    make_submission: Make, viewers: dict[str, Viewer], now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    with CaptureQueriesContext(connection) as seen:
        selectors.report_page(viewers["officer"])
        detail = selectors.report_detail(viewers["officer"], receipt.record_id)
        selectors.tracking(receipt.secret or "")
    assert detail is not None
    assert (detail.has_identity, detail.has_statement, detail.has_outer_mail) == (True, True, False)
    for column in ('"raw"', '"boxes"', '"particulars"', '"envelope"', '"recipient"', '"notes"'):
        assert not any(column in query["sql"] for query in seen.captured_queries), column


def test_a_reporter_takes_back_and_it_stays_counted(make_submission: Make, now: datetime) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    assert receipt.secret is not None
    for _ in range(2):
        services.report_withdraw(secret=receipt.secret, now=now)
    seen = selectors.tracking(receipt.secret)
    assert (seen.state, [step.action for step in seen.steps]) == ("withdrawn", ["file", "withdraw"])
    assert ReportMail.objects.get().raw is None
    assert selectors.month_counts()[0].reports == 1
    noted = services.report_outcome_record(
        report_ids=[receipt.record_id], outcome=Outcome.USED, reference="case-1", by=SYSTEM, now=now
    )
    assert noted == 0


def test_erasing_removes_the_person_at_once(make_submission: Make, now: datetime) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    assert receipt.secret is not None
    for _ in range(2):
        report = services.report_erase(secret=receipt.secret, now=now)
    assert (report.state, report.erased_at) == ("withdrawn", now)
    assert not ReporterIdentity.objects.exists()
    assert not Statement.objects.exists()
    assert not ErasureRequest.objects.exists()
    assert ReportMail.objects.get().raw is None
    assert Event.objects.filter(action="report.erased").count() == 1


def test_evidence_in_the_tables_is_a_supervisors_decision(
    make_submission: Make, viewers: dict[str, Viewer], now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    assert receipt.secret is not None
    batch = DeliveryBatch.objects.create(
        organisation=Organisation.objects.get(kind="centre"), writer=uuid4(), number=1, made_at=now
    )
    ReportMail.objects.update(batch=batch, delivered_at=now, raw=None)
    services.report_erase(secret=receipt.secret, now=now)
    assert [row.number for row in selectors.erasure_requests(viewers["supervisor"])] == [receipt.number]
    with pytest.raises(Denied):
        services.erasure_decide(report_id=receipt.record_id, erased=True, by=viewers["officer"], now=now)
    services.erasure_decide(report_id=receipt.record_id, erased=True, by=viewers["supervisor"], now=now)
    assert selectors.erasure_requests(viewers["supervisor"]) == ()
    assert selectors.tracking(receipt.secret).erasure == "done"


def test_outcomes_are_noted_once(make_submission: Make, now: datetime) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    for expected in (1, 0):
        noted = services.report_outcome_record(
            report_ids=[receipt.record_id], outcome=Outcome.ACTED, reference="order-1", by=SYSTEM, now=now
        )
        assert noted == expected
    assert receipt.secret is not None
    (outcome,) = selectors.tracking(receipt.secret).outcomes
    assert (outcome.outcome, outcome.reference) == ("acted", "order-1")


def test_a_carrier_sees_its_own_reports_only_where_it_may_read(
    make_submission: Make, viewers: dict[str, Viewer], organisations: dict[str, Organisation], now: datetime
) -> None:
    services.report_receive(submission=make_submission(), by=None, now=now)
    carrier = Viewer(None, organisations["carrier"].pk, "carrier", frozenset({"officer"}))
    with pytest.raises(Denied):
        selectors.report_page(carrier)
    mic = Viewer(1, organisations["mic"].pk, "mic", frozenset({"officer"}))
    assert selectors.report_page(mic).total == 1


def test_the_database_keeps_its_own_promises(make_submission: Make, now: datetime) -> None:
    services.report_receive(submission=make_submission(), by=None, now=now)
    for change in (
        {"state": "lost"},
        {"kind": "made-up"},
        {"state": "held", "held_reason": ""},
        {"channel": "pigeon"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.update(**change)
