"""The pages about reports: one, many at once, what lies sealed, petitions; each act recorded, nobody named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from meyasubako.centre.accounts.models import Account, RoleGrant
from meyasubako.centre.audit.models import Event
from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner
from meyasubako.centre.reports.models import OutgoingMail, PetitionNotice, Report, ReportMail
from meyasubako.centre.reports.services.filing import report_file
from meyasubako.centre.reports.services.petitions import petition_receive
from meyasubako.centre.reports.services.receiving import report_lay_down, report_receive
from meyasubako.centre.reports.services.withdrawing import report_erase
from meyasubako.centre.reports.steps.delivery import step_delivery
from meyasubako.centre.reports.types import PetitionForm, Reporter, Submission, SubmittedMail
from meyasubako.centre.site_staff.mails.tables import Tables
from meyasubako.cli import erase
from meyasubako.engines.local import LocalEngine
from meyasubako.engines.mail_store import MailStore
from meyasubako.errors import UnavailableError
from meyasubako.tables.home import Home

REPORTER = "hanako.reporter@mail.example"
NAME = "山田花子"
SPAM = b"From: shop@spam.example\r\nTo: " + REPORTER.encode() + b"\r\nSubject: cheap\r\n\r\nbuy\r\n"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    """A data folder of the test's own."""
    settings.HOME = Home.at(tmp_path / "home").path


@pytest.fixture
def report(db: None, organisations: Any, now: datetime) -> Report:
    """A report by form."""
    submission = Submission(
        channel=Channel.FORM, kind=Kind.NO_CONSENT, key="form:1", mails=(SubmittedMail(SPAM),),
        statement={"remarks": f"<b>{NAME}</b> から"}, reporter=Reporter(NAME, REPORTER),
    )  # fmt: skip
    return Report.objects.get(pk=report_receive(submission=submission, by=None, now=now).record_id)


@pytest.fixture
def held(db: None, organisations: Any, now: datetime) -> list[Report]:
    """Three reports by mail in which no mail was found; two more mails lie inside the last one, unseen."""
    found = []
    for number in range(3):
        outer = EmailMessage()
        outer["From"] = f"{NAME} <{REPORTER}>"
        outer["To"] = "meiwaku@centre.example"
        outer["Subject"] = f"report {number}"
        outer["Message-ID"] = f"<{number}@mail.example>"
        outer.set_content("please look <script>alert(1)</script>")
        envelope = {"envelope_from": REPORTER, "client_ip": "192.0.2.10", "helo": "mx.mail.example"}
        receipt = report_lay_down(
            key=f"mail:{number}", raw=outer.as_bytes(), envelope=envelope, received_at=now, now=now
        )
        report_file(report_id=receipt.record_id, now=now)
        found.append(Report.objects.get(pk=receipt.record_id))
    assert {one.state for one in found} == {"held"}
    return found


def events(action: str) -> list[tuple[str, dict[str, Any]]]:
    return list(Event.objects.filter(action=action).order_by("pk").values_list("subject", "detail"))


def test_lists_and_pages_name_nobody(
    staff: Callable[[str], Client], report: Report, held: list[Report]
) -> None:
    client = staff("supervisor")
    for address in ("/ja/", "/ja/reports/", "/en/reports/?state=held", f"/ja/reports/{report.pk}/", f"/ja/reports/{held[0].pk}/"):  # fmt: skip
        text = client.get(address).content.decode()
        assert REPORTER not in text
        assert NAME not in text
    assert not Event.objects.filter(action__endswith=".read").exists()


def test_held_reports_are_first_on_the_home_page(staff: Callable[[str], Client], held: list[Report]) -> None:
    text = staff("officer").get("/ja/").content.decode()
    assert "保留中の情報提供" in text
    assert '<span class="count">3</span>' in text
    assert "保留中の情報提供" not in staff("reader").get("/ja/").content.decode()


def test_many_are_closed_at_once_each_with_its_event(
    staff: Callable[[str], Client], held: list[Report]
) -> None:
    client = staff("officer")
    chosen = [str(one.pk) for one in held[:2]]
    answer = client.post(
        "/ja/reports/many/", {"act": "close", "report": chosen, "back": "/ja/reports/?state=held"}
    )
    assert answer.headers["Location"] == "/ja/reports/?state=held"
    assert [one.state for one in Report.objects.order_by("pk")] == ["closed", "closed", "held"]
    closed = [subject for subject, _ in events("report.close")]
    assert closed == [f"report:{one}" for one in chosen]
    assert "2件に実行しました" in client.get("/ja/reports/").content.decode()


def test_one_that_cannot_be_dealt_with_stops_no_other(
    staff: Callable[[str], Client], held: list[Report], report: Report
) -> None:
    client = staff("officer")
    chosen = [str(report.pk), str(held[0].pk), "999999", "x"]
    client.post("/ja/reports/many/", {"act": "rerun", "report": chosen, "back": "//evil.example/"})
    text = client.get("/ja/reports/").content.decode()
    assert "1件に実行しました" in text
    assert f"{report.number}: この情報提供の状態では" in text


def test_the_way_back_leads_nowhere_else(staff: Callable[[str], Client], held: list[Report]) -> None:
    for place in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = staff("officer").post("/ja/reports/many/", {"act": "close", "report": "1", "back": place})
        assert answer.headers["Location"] == "/ja/reports/"


def test_kinds_are_set_for_many(staff: Callable[[str], Client], held: list[Report]) -> None:
    chosen = [str(one.pk) for one in held]
    staff("officer").post("/ja/reports/many/", {"act": "sort", "report": chosen, "set-kind": "sms"})
    assert set(Report.objects.values_list("kind", flat=True)) == {"sms"}
    assert [detail for _, detail in events("report.sorted")] == [{"kind": "sms"}] * 3


def test_many_are_answered_with_one_text(
    staff: Callable[[str], Client], held: list[Report], settings: Settings
) -> None:
    settings.MAIL_RELAY = ("relay.example", 25)
    client = staff("officer")
    chosen = [str(one.pk) for one in held[:2]]
    asked = client.post("/ja/reports/many/", {"act": "answer", "report": chosen}).content.decode()
    assert "同じ返信を2人に" in asked
    assert REPORTER not in asked
    client.post("/ja/reports/many/", {"act": "answer", "report": chosen, "text": "ありがとうございました。"})
    answers = OutgoingMail.objects.filter(purpose="answer")
    assert [json.loads(one.text or "")["text"] for one in answers] == ["ありがとうございました。"] * 2
    assert len(events("report.answered")) == 2


def test_without_a_relay_nothing_is_answered(staff: Callable[[str], Client], held: list[Report]) -> None:
    client = staff("officer")
    client.post("/ja/reports/many/", {"act": "answer", "report": [str(held[0].pk)], "text": "x"})
    assert "中継先が設定されていない" in client.get("/ja/reports/").content.decode()


def test_a_report_is_filed_by_hand_with_files(staff: Callable[[str], Client], held: list[Report]) -> None:
    mails = [SimpleUploadedFile(f"{number}.eml", SPAM + str(number).encode()) for number in range(2)]
    asked = {"act": "refile", "refile-kind": "forged-sender", "refile-eml": mails}
    staff("officer").post(f"/ja/reports/{held[0].pk}/act/", asked)
    filed = Report.objects.get(pk=held[0].pk)
    assert (filed.state, filed.kind, filed.mails) == ("taken", "forged-sender", 2)
    assert set(ReportMail.objects.filter(report=filed).values_list("how", flat=True)) == {"by-hand:file"}


def test_what_brought_a_report_opens_with_a_purpose(
    staff: Callable[[str], Client], held: list[Report]
) -> None:
    client = staff("officer")
    address = f"/ja/reports/{held[0].pk}/open/"
    assert client.post(address, {"part": "outer", "purpose": "not a code"}).status_code == 422
    assert events("outer_mail.read") == []
    text = client.post(address, {"part": "outer", "purpose": "holding"}).content.decode()
    assert "please look &lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert events("outer_mail.read") == [(f"report:{held[0].pk}", {"purpose": "holding", "there": True})]


def test_what_was_written_is_text(staff: Callable[[str], Client], report: Report) -> None:
    text = (
        staff("officer")
        .post(f"/ja/reports/{report.pk}/open/", {"part": "statement", "purpose": "x"})
        .content.decode()
    )
    assert f"&lt;b&gt;{NAME}&lt;/b&gt;" in text


def test_who_reported_is_for_who_may_read_identities(
    staff: Callable[[str], Client], accounts: dict[str, Account], report: Report, now: datetime
) -> None:
    address = f"/ja/reports/{report.pk}/open/"
    asked = {"part": "identity", "purpose": "case/1"}
    for role in ("officer", "supervisor", "reader"):
        assert staff(role).post(address, asked).status_code == 403
    keeper = accounts["identity_reader"]
    RoleGrant.objects.create(account=keeper, organisation=keeper.organisation, role="reader", granted_at=now)
    client = staff("identity_reader")
    assert "提供者を表示" in client.get(f"/ja/reports/{report.pk}/").content.decode()
    text = client.post(address, asked).content.decode()
    assert NAME in text
    assert REPORTER in text
    assert events("identity.read") == [(f"report:{report.pk}", {"purpose": "case/1", "there": True})]


def test_a_receipt_number_leads_to_its_report(staff: Callable[[str], Client], report: Report) -> None:
    answer = staff("officer").get("/ja/mails/", {"number": report.number.lower().replace("-", " ")})
    assert answer.headers["Location"] == f"/ja/reports/{report.pk}/"


def test_petitions_are_listed_told_and_opened(
    staff: Callable[[str], Client], accounts: dict[str, Account], organisations: Any, now: datetime
) -> None:
    particulars = {
        "name": NAME, "address": "Tokyo", "contact": REPORTER,
        "sender_facts": "<i>Shop</i>", "screen_content": "S", "reasons": "R",
    }  # fmt: skip
    form = PetitionForm(Petitioner.RECIPIENT, "petition:1", (Matter.CONSENT,), (Authority.MIC,), particulars)
    petition = petition_receive(form=form, by=None, now=now).record_id
    client = staff("officer")
    assert "他方の行政庁へ未通知" in client.get("/ja/petitions/?untold=1").content.decode()
    text = client.get(f"/ja/petitions/{petition}/").content.decode()
    assert "&lt;i&gt;Shop&lt;/i&gt;" in text
    assert NAME not in text
    notice = PetitionNotice.objects.get()
    client.post(f"/ja/petitions/{petition}/notices/{notice.pk}/")
    assert events("petition.notified") == [(f"petition:{petition}", {"notice": notice.pk})]
    assert client.post(f"/ja/petitions/{petition}/petitioner/", {"purpose": "x"}).status_code == 403
    keeper = accounts["identity_reader"]
    RoleGrant.objects.create(account=keeper, organisation=keeper.organisation, role="reader", granted_at=now)
    opened = staff("identity_reader").post(f"/ja/petitions/{petition}/petitioner/", {"purpose": "case/1"})
    assert NAME in opened.content.decode()


def test_a_supervisor_erases_what_a_reporter_wants_gone(
    staff: Callable[[str], Client], organisations: Any, now: datetime, settings: Settings
) -> None:
    submission = Submission(
        channel=Channel.FORM, kind=Kind.OTHER, key="form:9", mails=(SubmittedMail(SPAM), SubmittedMail(SPAM + b"2"))
    )  # fmt: skip
    receipt = report_receive(submission=submission, by=None, now=now)
    same = Submission(channel=Channel.FORM, kind=Kind.OTHER, key="form:10", mails=(SubmittedMail(SPAM),))
    other = report_receive(submission=same, by=None, now=now)
    step_delivery(now)
    report_erase(secret=receipt.secret or "", now=now)
    address = f"/ja/reports/{receipt.record_id}/erasure/"
    assert staff("officer").post(address, {"reason": "erase"}).status_code == 403
    client = staff("supervisor")
    assert f"/ja/reports/{receipt.record_id}/" in client.get("/ja/reports/erasures/").content.decode()
    assert client.post(address, {"reason": "no code"}).status_code == 404
    assert client.post(address, {"reason": "erase"}).status_code == 302
    store = MailStore(Home.at(settings.HOME), LocalEngine(workers=1))
    for mail in ReportMail.objects.filter(report=receipt.record_id):
        kept = store.find(mail.arrival_id)
        assert kept is not None
        assert kept.raw is None
        assert mail.erased_at == now
    # The same bytes were in another report: nobody is told that they are still evidence.
    assert ReportMail.objects.get(report=other.record_id).erased_at == now
    assert [subject for subject, _ in events("report.evidence_erased")] == [f"report:{other.record_id}"]
    assert [detail for _, detail in events("report.erasure_decided")] == [{"state": "done", "reason": ""}]
    assert "決定待ちはありません" in client.get("/ja/reports/erasures/").content.decode()
    assert client.post(address, {"reason": "erase"}).status_code == 404


def test_reports_learn_what_was_erased_on_the_command_line(
    organisations: Any, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = Submission(
        channel=Channel.FORM, kind=Kind.OTHER, key="form:9", mails=(SubmittedMail(SPAM), SubmittedMail(SPAM + b"2"))
    )  # fmt: skip
    report_receive(submission=submission, by=None, now=now)
    step_delivery(now)
    gone, stays = ReportMail.objects.order_by("position")
    monkeypatch.setenv("MEYASU_HOME", str(settings.HOME))
    (Path(settings.HOME) / "centre.sqlite3").touch()
    erase.command(arrival=gone.arrival_id, reason="sent by mistake", by="a supervisor")
    gone.refresh_from_db()
    stays.refresh_from_db()
    assert gone.erased_at is not None
    assert stays.erased_at is None
    assert [detail for _, detail in events("report.evidence_erased")] == [{"arrival": gone.arrival_id}]


def test_a_supervisor_says_why_evidence_is_kept(
    staff: Callable[[str], Client], organisations: Any, now: datetime, settings: Settings
) -> None:
    submission = Submission(channel=Channel.FORM, kind=Kind.OTHER, key="form:9", mails=(SubmittedMail(SPAM),))
    receipt = report_receive(submission=submission, by=None, now=now)
    step_delivery(now)
    report_erase(secret=receipt.secret or "", now=now)
    staff("supervisor").post(f"/ja/reports/{receipt.record_id}/erasure/", {"reason": "used-in-case"})
    assert [detail for _, detail in events("report.erasure_decided")] == [
        {"state": "refused", "reason": "used-in-case"}
    ]


def test_tables_that_cannot_be_read_are_a_503(
    staff: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_tables: Tables) -> list[str]:
        raise UnavailableError("readers", "held by another process")

    monkeypatch.setattr(Tables, "months", busy)
    answer = staff("officer").get("/ja/mails/")
    assert answer.status_code == 503
    assert "ただいまメールを読み出せません" in answer.content.decode()
