"""Reporting by form: what is taken, what is refused and how, and that what was typed stays typed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from meyasubako.centre.reports.domain.kinds import ASKED
from meyasubako.centre.reports.models import Petition, Report, ReportMail
from meyasubako.centre.site_public.reporting import tokens, views

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]
SOURCE = (
    "Received: from mail.spam.example ([192.0.2.77]) by mx.isp.example; Tue, 24 Nov 2026 10:00:00 +0900\r\n"
    "From: Ad <ad@spam.example>\r\nSubject: 儲かります\r\n\r\nhttp://spam.example/\r\n"
)
OTHER = "/ja/report/other/"


def eml(name: str = "a.eml", raw: bytes = SOURCE.encode()) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, "message/rfc822")


def tracked(client: Client, response: Any) -> str:
    assert response.status_code == 302, response.content.decode()
    return client.get(response.headers["Location"]).content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_form_is_shown_without_cookies_and_scripts_of_others(client: Client, language: str) -> None:
    for page in ["", "petition/", *(f"{kind.value}/" for kind in ASKED)]:
        response = client.get(f"/{language}/report/{page}")
        assert response.status_code == 200
        assert not response.cookies
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response.headers["Cache-Control"]
        text = response.content.decode()
        assert "//" not in text.replace("<!doctype", "").split("<main", 1)[1].split("</main>")[0]


def test_a_pasted_source_becomes_a_mail_and_its_receipt_a_page(client: Client, send: Send) -> None:
    page = tracked(client, send("/ja/report/no-consent/", source=SOURCE, remarks="知らない会社"))
    report = Report.objects.get()
    assert report.number in page
    assert "受け付けました" in page
    assert report.held_mails.get().raw == SOURCE.encode()
    assert json.loads(report.statement.boxes) == {"remarks": "知らない会社"}
    assert not hasattr(report, "identity")


def test_a_pasted_text_stays_a_text(client: Client, send: Send) -> None:
    page = tracked(
        client, send("/en/report/other/", source="You won!\nclick here", reporter_address="a@mail.example")
    )
    report = Report.objects.get()
    assert (report.mails, report.state, report.language) == (0, "taken", "en")
    assert json.loads(report.statement.boxes) == {"source": "You won!\nclick here"}
    assert json.loads(report.identity.particulars) == {"name": "", "address": "a@mail.example"}
    assert "Your report was received" in page


def test_files_are_taken_for_what_they_hold(client: Client, send: Send) -> None:
    tracked(client, send(OTHER, mail_files=[eml(), eml("b.txt", SOURCE.encode() + b"2")]))
    assert Report.objects.get().mails == 2


def test_three_blocks_of_sent_after_opt_out(client: Client, send: Send) -> None:
    boxes = {
        "first_source": SOURCE,
        "opt_out_way": "mail",
        "opt_out_on": "2026-11-20",
        "opt_out_text": SOURCE.replace("Ad <ad@spam.example>", "hanako@mail.example"),
        "mail_files": [eml("later.eml", SOURCE.encode() + b"later\r\n")],
    }
    tracked(client, send("/ja/report/after-opt-out/", **boxes))
    report = Report.objects.get()
    assert list(report.held_mails.values_list("place", flat=True)) == ["first", "opt-out", "later"]
    assert json.loads(report.statement.boxes) == {"opt_out_way": "mail", "opt_out_on": "2026-11-20"}


def test_an_sms_copied_by_hand(client: Client, send: Send) -> None:
    boxes = {"sms_number": "090-0000-0000", "sms_at": "2026-11-24T09:30", "sms_text": "荷物を持ち帰りました"}
    page = tracked(client, send("/ja/report/sms/", **boxes))
    report = Report.objects.get()
    assert (report.kind, report.mails) == ("sms", 0)
    assert json.loads(report.statement.boxes)["sms_at"] == "2026-11-24T09:30:00+09:00"
    assert "荷物" not in page


@pytest.mark.parametrize(
    ("address", "boxes", "said"),
    [
        (OTHER, {"remarks": "残る"}, "ここにメールを貼り付けるか"),
        ("/en/report/sms/", {"sms_name": "Bank", "remarks": "stays"}, "Write what the message said."),
        ("/ja/report/sms/", {"sms_text": "x", "sms_at": "昨日", "remarks": "残る"}, "日時は"),
        ("/ja/report/after-opt-out/", {"source": SOURCE, "remarks": "残る"}, "覚えている範囲で"),
        ("/en/report/after-opt-out/", {"first_source": SOURCE, "opt_out_way": "mail", "remarks": "stays"}, "later mail here"),
        (OTHER, {"source": SOURCE, "reporter_address": "nonsense", "remarks": "残る"}, "メールアドレス"),
        (OTHER, {"source": "x" * 600_001, "remarks": "残る"}, "600000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: Client, send: Send, address: str, boxes: dict[str, str], said: str
) -> None:
    response = send(address, **boxes)
    text = response.content.decode()
    assert response.status_code == 422
    assert said in text
    assert boxes["remarks"] in text
    assert 'role="alert"' in text
    assert 'aria-invalid="true"' in text
    assert not Report.objects.exists()


def zipped(raw: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.eml", raw)
    return into.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "空です"),
        (zipped(b"0" * 5_000_000), "圧縮ファイル"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "メールのファイルではありません"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Outlook"),
        (b"<html>hello</html>", "メールのファイルではありません"),
    ],
    ids=["empty", "zip", "png", "broken msg", "html"],
)
def test_what_is_no_mail_is_named(client: Client, send: Send, raw: bytes, said: str) -> None:
    response = send(OTHER, mail_files=[eml(), eml("妙な<ファイル>.eml", raw)], remarks="残る")
    text = response.content.decode()
    assert response.status_code == 422
    assert said in text
    assert "妙な&lt;ファイル&gt;.eml" in text
    assert "もう一度選んでください" in text


def test_bombs_are_refused_before_they_are_read(
    client: Client, send: Send, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.new_token()
    huge = client.post(
        OTHER, b"x", content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=str(33 * 1024 * 1024)
    )
    assert huge.status_code == 413
    assert "33" not in huge.content.decode()
    many = send(OTHER, token=token, mail_files=[eml(f"{number}.eml", b"x") for number in range(101)])
    assert many.status_code == 413
    more = send(
        OTHER, mail_files=[eml(f"{number}.eml", SOURCE.encode() + b"%d" % number) for number in range(21)]
    )
    assert more.status_code == 422
    assert "20個まで" in more.content.decode()
    fields = client.post(OTHER, {f"f{number}": "x" for number in range(1_100)})
    assert fields.status_code == 413
    long = client.post(OTHER, {"source": "x" * 3_000_000})
    assert long.status_code == 413
    monkeypatch.setattr("meyasubako.centre.site_public.reporting.forms.FILE_BYTES", 100)
    large = send(OTHER, mail_files=[eml()])
    assert large.status_code == 422
    assert not Report.objects.exists()


def test_nested_mails_do_not_explode(client: Client, send: Send) -> None:
    raw = SOURCE.encode()
    for _ in range(200):
        raw = b"From: a@spam.example\r\nSubject: x\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    tracked(client, send(OTHER, mail_files=[eml("deep.eml", raw)]))
    assert ReportMail.objects.get().raw == raw


def test_sent_twice_is_received_once(client: Client, token_of: Callable[[str], str], send: Send) -> None:
    token = token_of(OTHER)
    first = send(OTHER, token=token, source=SOURCE)
    second = send(OTHER, token=token, source=SOURCE)
    assert first.headers["Location"] == second.headers["Location"]
    assert Report.objects.count() == 1
    # Gone back and changed: that is another report.
    third = send(OTHER, token=token, source=SOURCE + "more")
    assert third.headers["Location"] != first.headers["Location"]
    assert Report.objects.count() == 2


def test_robots_are_kept_out_and_told_why(
    client: Client, token_of: Callable[[str], str], later: Callable[[float], None]
) -> None:
    token = token_of(OTHER)
    boxes = {"source": SOURCE}
    quick = client.post(OTHER, {"token": token, **boxes})
    assert "早すぎます" in quick.content.decode()
    later(5)
    trapped = client.post(OTHER, {"token": token, "website": "http://x.example/", **boxes})
    assert "空のまま" in trapped.content.decode()
    for wrong in ("", "x:y:z", token + "x"):
        assert "欠けていました" in client.post(OTHER, {"token": wrong, **boxes}).content.decode()
    later(13 * 3600)
    old = client.post(OTHER, {"token": token, **boxes})
    text = old.content.decode()
    assert "時間がたちました" in text
    assert "spam.example" in text
    assert f'value="{token}"' not in text
    assert not Report.objects.exists()


def test_one_source_is_held_to_a_rate_that_work_raises(
    client: Client, send: Send, token_of: Callable[[str], str], later: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(views, "AN_HOUR", 2)
    monkeypatch.setattr(views, "AN_HOUR_WITH_WORK", 3)
    for number in range(2):
        assert send(OTHER, source=SOURCE + str(number)).status_code == 302
    refused = send(OTHER, source=SOURCE + "x", remarks="残る")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert "残る" in refused.content.decode()
    token = token_of(OTHER)
    work = next(
        number for number in range(10_000_000)
        if hashlib.sha256(f"{token}:{number}".encode()).digest()[:2] == b"\0\0"
    )  # fmt: skip
    assert send(OTHER, token=token, work=str(work), source=SOURCE + "x").status_code == 302
    assert send(OTHER, source=SOURCE + "y").status_code == 429


@pytest.mark.parametrize("work", ["", "x", "-1", "1" * 20, "0", "①"])
def test_work_that_was_not_done_is_seen(work: str) -> None:
    assert not tokens.has_worked("token", work)


def test_a_database_that_does_not_answer_is_said_and_nothing_is_lost(
    client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(views.services, "report_receive", locked)
        response = send(OTHER, source=SOURCE, remarks="残る")
    text = response.content.decode()
    assert response.status_code == 503
    assert "まだ受け付けていません" in text
    assert "残る" in text
    assert not Report.objects.exists()


def test_a_reporter_follows_takes_back_and_erases(client: Client, send: Send) -> None:
    response = send(OTHER, source=SOURCE, reporter_address="hanako@mail.example")
    address = response.headers["Location"].split("?")[0]
    page = client.get(address)
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "登録済み" in page.content.decode()
    for act, state in (("withdraw", "withdrawn"), ("erase", "withdrawn")):
        asked = client.get(f"{address}{act}/")
        assert asked.status_code == 200
        assert Report.objects.get().state == ("taken" if act == "withdraw" else "withdrawn")
        done = client.post(f"{address}{act}/")
        assert done.headers["Location"] == address
        assert Report.objects.get().state == state
    report = Report.objects.get()
    assert report.erased_at is not None
    assert not hasattr(report, "identity")
    assert "消去しました" in client.get(address).content.decode()


def test_a_wrong_link_shows_nothing(client: Client) -> None:
    for address in ("/ja/report/track/" + "x" * 32 + "/", "/ja/report/track/" + "x" * 32 + "/erase/"):
        for method in (client.get, client.post):
            response = method(address)
            assert response.status_code == 404
    assert client.get("/ja/report/track/short/").status_code == 404
    assert client.get("/ja/report/nonsense/").status_code == 404


def test_a_site_of_figures_alone_takes_no_reports(client: Client, settings: Settings) -> None:
    settings.REPORTING = False
    assert client.get("/ja/report/").status_code == 404
    assert client.post(OTHER, {}).status_code == 404


PETITION = {
    "addressees": ["mic"],
    "matters": ["3", "4"],
    "name": "山田花子",
    "address": "東京都千代田区1-1",
    "contact": "03-0000-0000",
    "sender_facts": "spam.example",
    "screen_content": "広告",
    "reasons": "同意していない",
}


def test_a_petition_goes_to_whom_it_is_made_and_the_other_is_to_be_told(client: Client, send: Send) -> None:
    earlier = send(OTHER, source=SOURCE)
    assert earlier.status_code == 302
    number = Report.objects.get().number
    page = tracked(client, send("/ja/report/petition/", **PETITION, reports=f"{number}、R-0000"))
    petition = Petition.objects.get()
    assert petition.number in page
    assert (petition.addressees, petition.matters) == (("mic",), ["3", "4"])
    assert petition.organisation.kind == "mic"
    assert petition.reports.get().number == number
    notice = petition.notices.get()
    assert notice.organisation.kind == "caa"
    assert petition.number in notice.letter_ja
    assert "消費者庁長官 殿" in notice.letter_ja
    assert petition.number in notice.letter_en
    for private in ("山田花子", "千代田", "03-0000-0000", "spam.example"):
        assert private not in notice.letter_ja + notice.letter_en + page
    assert json.loads(petition.identity.particulars)["name"] == "山田花子"
    assert "name" not in json.loads(petition.statement.particulars)
    assert "消費者庁長官" in page


def test_a_petition_to_both_needs_no_notice(client: Client, send: Send) -> None:
    tracked(client, send("/ja/report/petition/", **{**PETITION, "addressees": ["mic", "caa"]}))
    assert not Petition.objects.get().notices.exists()


@pytest.mark.parametrize(
    "missing", ["addressees", "matters", "name", "address", "contact", "sender_facts", "reasons"]
)
def test_a_petition_lacks_nothing_that_the_ordinance_asks_for(
    client: Client, send: Send, missing: str
) -> None:
    response = send(
        "/ja/report/petition/", **{name: text for name, text in PETITION.items() if name != missing}
    )
    assert response.status_code == 422
    assert f'href="#id_{missing}"' in response.content.decode()
    assert not Petition.objects.exists()


BOXES = st.dictionaries(
    st.sampled_from(
        [
            "source", "first_source", "opt_out_text", "opt_out_way", "opt_out_on", "remarks", "relation", "missing",
            "reporter_name", "reporter_address", "sms_number", "sms_name", "sms_at", "sms_text", "own_carrier",
            "addressees", "matters", "name", "address", "contact", "sender_facts", "screen_content", "reasons", "work",
        ]
    ),
    st.text(max_size=60),
)  # fmt: skip


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(boxes=BOXES, page=st.sampled_from(["petition", *(kind.value for kind in ASKED)]))
def test_whatever_is_typed_is_taken_or_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, boxes: dict[str, str], page: str
) -> None:
    monkeypatch.setattr(tokens, "LEAST_SECONDS", -1)
    monkeypatch.setattr(views, "AN_HOUR", 1_000_000)
    response = client.post(f"/en/report/{page}/", {"token": tokens.new_token(), **boxes})
    assert response.status_code in (302, 422)
    if response.status_code == 302:
        assert client.get(response.headers["Location"]).status_code == 200
