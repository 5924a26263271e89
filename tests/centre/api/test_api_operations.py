"""The API: keys and scopes, reports one by one and in batches, the same answer to the same request, clear problems."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from meyasubako.centre.accounts.models import Account, Organisation
from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.types import SYSTEM, Viewer
from meyasubako.centre.api import answers, bodies
from meyasubako.centre.api.models import KeptAnswer, SentReport
from meyasubako.centre.audit.models import Event
from meyasubako.centre.keys import services as keys
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.scopes import SCOPES
from meyasubako.centre.reports.models import Petition, Report, ReportMail

FIGURES = Path(__file__).resolve().parents[2] / "corpus" / "site" / "figures.json"
PETITION = {
    "name": "Example Net", "address": "Tokyo", "contact": "abuse@carrier.example", "sender_facts": "192.0.2.9",
    "fictitious_sending": "12,000 names within an hour", "reasons": "Act Art 6",
}  # fmt: skip
OPERATIONS = {
    "report": ("POST", "/api/v1/reports", "reports:write"),
    "batch": ("POST", "/api/v1/reports/batch", "reports:write"),
    "status": ("GET", "/api/v1/reports/R-2604-0000-0000", "reports:read"),
    "petition": ("POST", "/api/v1/petitions", "petitions:write"),
    "figures": ("GET", "/api/v1/figures", "figures:read"),
}
Make = Callable[..., str]


def mail(number: int = 1) -> bytes:
    return (
        f"From: a@spam.example\r\nTo: b@home.example\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@spam.example>\r\n\r\nBuy {number}\r\n"
    ).encode()


@pytest.fixture(autouse=True)
def site(settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    settings.SITE_URL = "https://centre.example"
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def make_key(organisations: dict[str, Organisation]) -> Make:
    """``make_key("reports:write", kind="carrier")``: what a client shows."""

    def make(*scopes: str, kind: str = "carrier", **more: Any) -> str:
        values = {"expires_at": None, "by": SYSTEM, "now": datetime.now(UTC), **more}
        return keys.api_key_make(organisation=organisations[kind], name="Test", scopes=scopes, **values)[1]

    return make


def ask(path: str, token: str, body: Any = None, **headers: str) -> Any:
    client = Client(headers={"authorization": f"Bearer {token}", **headers})
    if body is None:
        return client.get(path)
    return client.post(path, body, content_type="application/json")


def items(*raws: bytes) -> dict[str, Any]:
    return {
        "mails": [
            {"name": f"{number}.eml", "content": base64.b64encode(raw).decode()}
            for number, raw in enumerate(raws)
        ]
    }


def files(*raws: bytes, **fields: str) -> dict[str, Any]:
    return {"mails": [SimpleUploadedFile(f"{n}.eml", raw) for n, raw in enumerate(raws)], **fields}


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said: dict[str, Any] = json.loads(answer.content)
    assert (said["status"], said["code"]) == (status, code)
    assert said["title"]
    assert said["title_ja"]
    return said


@pytest.mark.django_db
def test_a_plug_in_sends_fifty_mails_as_one_report(make_key: Make) -> None:
    raws = [mail(number) for number in range(50)]
    answer = ask("/api/v1/reports", make_key("reports:write"), {**items(*raws), "kind": "no-consent"})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["taken"], said["again"], said["refused"]) == (50, 0, 0)
    assert {one["number"] for one in said["mails"]} == {said["number"]}
    assert said["link"].startswith("https://centre.example/ja/report")
    report = Report.objects.get()
    assert (report.kind, report.channel, report.mails, report.organisation.kind) == (
        "no-consent",
        "api",
        50,
        "carrier",
    )
    assert sorted(row.raw for row in ReportMail.objects.all()) == sorted(raws)
    assert Event.objects.filter(action="report.received", organisation_id=report.organisation_id).count() == 1


@pytest.mark.django_db
def test_each_mail_of_a_batch_is_a_report_with_a_result_of_its_own(make_key: Make) -> None:
    raws = [
        mail(1),
        b"",
        b"no mail at all",
        mail(1),
        b"From spam@x Thu Jan  1 00:00:00 2026\n" + mail(2),
        b"\0" * 9,
    ]
    token = make_key("reports:write")
    for body, form in ((items(*raws), "json"), (files(*raws), "form")):
        Report.objects.all().delete()
        SentReport.objects.all().delete()
        client = Client(headers={"authorization": f"Bearer {token}"})
        if form == "json":
            answer = client.post("/api/v1/reports/batch", body, content_type="application/json")
        else:
            answer = client.post("/api/v1/reports/batch", body)
        said = answer.json()
        assert answer.status_code == 200
        if form == "json":
            assert [one["status"] for one in said["mails"]] == [
                "taken", "refused", "refused", "again", "taken", "refused",
            ]  # fmt: skip
            assert [one["code"] for one in said["mails"]] == [
                None,
                "empty",
                "not-mail",
                None,
                None,
                "not-mail",
            ]
            assert said["mails"][3]["number"] == said["mails"][0]["number"]
        assert Report.objects.count() == said["taken"] == 2
        assert all(one["title"] and one["title_ja"] for one in said["mails"] if one["status"] == "refused")
        assert {bytes(row.raw or b"") for row in ReportMail.objects.all()} == {mail(1), mail(2)}


@pytest.mark.django_db
def test_nothing_that_is_a_mail_is_a_problem_with_the_reasons(make_key: Make) -> None:
    said = check_problem(ask("/api/v1/reports", make_key("reports:write"), items(b"x", b"")), 422, "no-mail")
    assert [one["code"] for one in said["errors"]] == ["not-mail", "empty"]
    assert not Report.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/reports", "/api/v1/reports/batch"])
def test_the_same_key_and_content_is_answered_alike(path: str, make_key: Make) -> None:
    token = make_key("reports:write")
    first = ask(path, token, items(mail(1), mail(2)), **{"idempotency-key": "k1"})
    again = ask(path, token, items(mail(1), mail(2)), **{"idempotency-key": "k1"})
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert ReportMail.objects.count() == 2
    check_problem(
        ask(path, token, items(mail(1), mail(3)), **{"idempotency-key": "k1"}), 422, "idempotency-mismatch"
    )
    assert ask(path, token, items(mail(1), mail(2)), **{"idempotency-key": "k2"}).json() != first.json()
    assert ask(path, make_key("reports:write"), items(mail(9)), **{"idempotency-key": "k1"}).status_code < 300


@pytest.mark.django_db
def test_a_form_with_other_boundaries_is_the_same_content(make_key: Make) -> None:
    client = Client(headers={"authorization": f"Bearer {make_key('reports:write')}", "idempotency-key": "k"})
    first = client.post("/api/v1/reports", files(mail(1), kind="labels"))
    again = client.post("/api/v1/reports", files(mail(1), kind="labels"))
    assert (first.status_code, first.json()) == (201, again.json())


@pytest.mark.django_db
def test_a_crash_between_the_work_and_its_answer_doubles_nothing(make_key: Make) -> None:
    token = make_key("reports:write")
    first = ask("/api/v1/reports/batch", token, items(mail(1), mail(2)), **{"idempotency-key": "k"}).json()
    KeptAnswer.objects.update(status=None, answer=None)
    Report.objects.filter(number=first["mails"][1]["number"]).delete()
    SentReport.objects.filter(number=first["mails"][1]["number"]).delete()
    again = ask("/api/v1/reports/batch", token, items(mail(1), mail(2)), **{"idempotency-key": "k"}).json()
    assert again["mails"][0] == first["mails"][0]
    assert again["mails"][1]["status"] == "taken"
    assert Report.objects.count() == 2


@pytest.mark.django_db
def test_answers_are_kept_sealed_and_for_a_week(make_key: Make, now: datetime) -> None:
    said = ask("/api/v1/reports", make_key("reports:write"), items(mail()), **{"idempotency-key": "k"}).json()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM api_keptanswer")
        kept = bytes(cursor.fetchone()[0])
    assert said["number"].encode() not in kept
    assert answers.answers_forget(now=datetime.now(UTC)) == 0
    assert answers.answers_forget(now=datetime.now(UTC) + timedelta(days=8)) == 1


@pytest.mark.django_db
def test_the_status_is_told_to_the_organisation_that_sent_it(make_key: Make) -> None:
    token = make_key("reports:write", "reports:read")
    number = ask("/api/v1/reports", token, items(mail())).json()["number"]
    said = ask(f"/api/v1/reports/{number}", make_key("reports:read")).json()
    assert (said["number"], said["state"], said["mails"], said["delivered"]) == (number, "taken", 1, 0)
    assert ask(f"/api/v1/reports/{number.lower()}", token).status_code == 200
    check_problem(ask(f"/api/v1/reports/{number}", make_key("reports:read", kind="sender")), 404, "not-found")


@pytest.mark.django_db
def test_a_carrier_petitions_the_minister_alone(make_key: Make) -> None:
    token = make_key("petitions:write")
    answer = ask("/api/v1/petitions", token, PETITION, **{"idempotency-key": "p"})
    assert answer.status_code == 201
    assert answer.json()["addressees"] == ["mic"]
    again = ask("/api/v1/petitions", token, PETITION, **{"idempotency-key": "p"})
    assert again.json() == answer.json()
    petition = Petition.objects.get()
    assert (petition.petitioner, petition.to_mic, petition.to_caa) == ("carrier", True, False)
    assert petition.made_by is not None
    assert petition.made_by.kind == "carrier"
    said = check_problem(
        ask("/api/v1/petitions", token, {**PETITION, "reasons": " "}), 422, "incomplete-petition"
    )
    assert said["errors"] == [{"field": "reasons", "code": "missing"}]
    check_problem(ask("/api/v1/petitions", token, {"name": "x"}), 422, "invalid")


@pytest.mark.django_db
def test_figures_are_those_of_the_file(
    make_key: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meyasubako.centre.api import operations
    from meyasubako.centre.api.figures import FigureShelf

    settings.FIGURES_FILE = str(FIGURES)
    monkeypatch.setattr(operations, "SHELF", FigureShelf())
    token = make_key("figures:read")
    months = json.loads(FIGURES.read_text("utf-8"))
    assert ask("/api/v1/figures", token).json() == sorted(months, key=lambda one: one["month"])
    month = months[0]["month"]
    assert [one["month"] for one in ask(f"/api/v1/figures?month={month}", token).json()] == [month]
    check_problem(ask("/api/v1/figures?month=1999-01", token), 404, "not-found")
    check_problem(ask("/api/v1/figures?month=2026-13", token), 422, "invalid")


@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scope", [*SCOPES, "all but it", "none shown", "wrong", "revoked", "expired"])
def test_every_operation_opens_to_its_scope_alone(
    operation: str, scope: str, make_key: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meyasubako.centre.api import operations
    from meyasubako.centre.api.figures import FigureShelf

    settings.FIGURES_FILE = str(FIGURES)
    monkeypatch.setattr(operations, "SHELF", FigureShelf())
    method, path, needed = OPERATIONS[operation]
    body = None if method == "GET" else PETITION if operation == "petition" else items(mail())
    now = datetime.now(UTC)
    if scope == "none shown":
        answer = ask(path, "", body)
    elif scope == "wrong":
        token = make_key(needed)
        answer = ask(path, token[:-1] + ("a" if token[-1] != "a" else "b"), body)
    elif scope == "revoked":
        token = make_key(needed)
        keys.api_key_revoke(public_id=token.split("_")[1], by=SYSTEM, now=now)
        answer = ask(path, token, body)
    elif scope == "expired":
        token = make_key(needed, now=now - timedelta(days=2), expires_at=now - timedelta(days=1))
        answer = ask(path, token, body)
    elif scope == "all but it":
        answer = ask(path, make_key(*(SCOPES.keys() - {needed})), body)
    else:
        answer = ask(path, make_key(scope), body)
    if scope == needed:
        assert answer.status_code in ({404} if operation == "status" else {200, 201})
    elif scope in ("none shown", "wrong", "revoked", "expired"):
        check_problem(answer, 401, "unauthorised")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    else:
        check_problem(answer, 403, "scope-missing")
    assert Report.objects.exists() == (scope == needed == "reports:write")


@pytest.mark.django_db
def test_every_operation_is_in_the_matrix() -> None:
    described = Client().get("/api/v1/openapi.json").json()
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    mine = {(method, path.replace("R-2604-0000-0000", "{number}")) for method, path, _ in OPERATIONS.values()}
    assert told == mine
    for methods in described["paths"].values():
        for said in methods.values():
            assert any("\u3040" <= sign <= "\u9fff" for sign in said["summary"] + said["description"])
            assert said["security"]


@pytest.mark.django_db
def test_a_key_is_shown_once_and_kept_as_a_hash(make_key: Make) -> None:
    token = make_key("reports:write")
    row = ApiKey.objects.values().get()
    assert token.split("_", 2)[2] not in str(row)
    assert keys.key_shown(token, datetime.now(UTC)) is not None
    assert token.split("_", 2)[2] not in str(list(Event.objects.values()))
    seen = keys.api_keys(SYSTEM, now=datetime.now(UTC))[0]
    assert (seen.state, seen.scopes) == ("active", ("reports:write",))
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ()},
        {"scopes": ("all",)},
        {"name": " "},
        {"name": "a" * 101},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"scopes": ("petitions:write",)},
        {"requests_per_hour": 0},
    ],
)
def test_a_key_that_cannot_be_is_not_made(
    change: dict[str, Any], organisations: dict[str, Organisation]
) -> None:
    values: dict[str, Any] = {"name": "x", "scopes": ("reports:write",), "expires_at": None, **change}
    with pytest.raises(keys.InvalidKeyError):
        keys.api_key_make(organisation=organisations["sender"], by=SYSTEM, now=datetime.now(UTC), **values)
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_only_an_administrator_of_the_centre_makes_keys(
    viewers: dict[str, Viewer],
    organisations: dict[str, Organisation],
    now: datetime,
    make_account: Callable[..., Account],
) -> None:
    others = [viewer for role, viewer in viewers.items() if role != "administrator"]
    others.append(make_account("administrator", kind="carrier").viewer())
    for viewer in others:
        with pytest.raises(Denied):
            keys.api_key_make(
                organisation=organisations["carrier"], name="x", scopes=("reports:write",), expires_at=None, by=viewer, now=now
            )  # fmt: skip
        with pytest.raises(Denied):
            keys.api_keys(viewer, now=now)
    keys.api_key_make(
        organisation=organisations["carrier"], name="x", scopes=("reports:write",), expires_at=None,
        by=viewers["administrator"], now=now,
    )  # fmt: skip


@pytest.mark.django_db
def test_limits_hold_for_requests_and_for_mails(make_key: Make) -> None:
    token = make_key("reports:write", requests_per_hour=3, mails_per_hour=4)
    assert ask("/api/v1/reports", token, items(mail(1), mail(2), mail(3))).status_code == 201
    answer = ask("/api/v1/reports", token, items(mail(4), mail(5)))
    check_problem(answer, 429, "too-many-requests")
    assert 1 <= int(answer["Retry-After"]) <= 3601
    assert ask("/api/v1/reports", token, items(mail(4))).status_code == 201
    check_problem(ask("/api/v1/reports", token, items(mail(5))), 429, "too-many-requests")
    assert Report.objects.count() == 2


@pytest.mark.django_db
def test_who_tries_keys_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from meyasubako.centre.api import gate

    monkeypatch.setattr(gate, "WRONG_KEYS_PER_HOUR", 2)
    for _ in range(2):
        check_problem(ask("/api/v1/figures", "x"), 401, "unauthorised")
    check_problem(ask("/api/v1/figures", "x"), 429, "too-many-requests")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "length-required"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (b'{"mails": [', "malformed"),
        (b'{"mails": [{}}', "malformed"),
        (b'{"mails": [1,]}', "malformed"),
        (b'{"mails": [],}', "malformed"),
        (b'{"mails": [] "kind": 1}', "malformed"),
        (b'{"mails": []} x', "malformed"),
        (b'{"mails": [], "mails": []}', "malformed"),
        (b'{"kind": "' + b"a" * 70_000 + b'"}', "malformed"),
        (b'{"mails": ' + b"[" * 50_000, "malformed"),
        (b'{"' + b'\\"' * 500_000, "malformed"),
        (b'{"mails": [' + b"1," * 200 + b"1]}", "too-large"),
        (b'{"mails": [], "colour": 1}', "invalid"),
        (b'{"mails": [], "\\ud800": 1}', "invalid"),
        (b'{"mails": [], "kind": "\\ud800"}', "invalid"),
        (b'{"mails": [], "kind": {"a": NaN}, "language": [1]}', "invalid"),
        (b'{"mails": [], "kind": "sms"}', "invalid"),
        (b'{"mails": [], "kind": ["labels"]}', "invalid"),
        (b'{"mails": [], "language": "fr"}', "invalid"),
        (b'{"mails": [], "reporter_address": "a\\nb"}', "invalid"),
        (b'{"mails": []}', "no-mail"),
        (b'{"kind": "labels"}', "no-mail"),
        (b'{"mails": [{"content": "%%%"}]}', "no-mail"),
        (b'{"mails": [{"content": 1}, 2, null]}', "no-mail"),
    ],
)
def test_a_body_that_cannot_be_is_refused_with_its_reason(body: bytes, code: str, make_key: Make) -> None:
    answer = Client(headers={"authorization": f"Bearer {make_key('reports:write')}"}).post(
        "/api/v1/reports", body, content_type="application/json"
    )
    said = json.loads(answer.content)
    assert (answer["Content-Type"], said["code"]) == ("application/problem+json", code)
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free_for_the_mended_one(make_key: Make) -> None:
    token = make_key("petitions:write")
    once = {"idempotency-key": "p"}
    check_problem(
        ask("/api/v1/petitions", token, {**PETITION, "reasons": " "}, **once), 422, "incomplete-petition"
    )
    assert ask("/api/v1/petitions", token, PETITION, **once).status_code == 201
    check_problem(
        ask("/api/v1/petitions", token, {**PETITION, "other": "x"}, **once), 422, "idempotency-mismatch"
    )
    assert Petition.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("character", ["\ud800", "\0"])
def test_a_petition_with_a_character_that_cannot_be_kept_is_refused(make_key: Make, character: str) -> None:
    client = Client(headers={"authorization": f"Bearer {make_key('petitions:write')}"})
    for said in ({character: "x"}, {"name": f"a{character}"}, {"reports": [character]}):
        body = json.dumps({**PETITION, **said})
        answer = client.post("/api/v1/petitions", body, content_type="application/json")
        assert (answer.status_code, json.loads(answer.content)["code"]) == (422, "invalid")
    assert not Petition.objects.exists()


@pytest.mark.django_db
def test_a_mail_that_is_too_large_stops_no_other(make_key: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST_MAIL", 1000)
    raws = (mail(1), mail(2) + b"x" * 2000, mail(3))
    for body, kind in ((items(*raws), "json"), (files(*raws), "form")):
        client = Client(headers={"authorization": f"Bearer {make_key('reports:write')}"})
        if kind == "json":
            answer = client.post("/api/v1/reports", body, content_type="application/json")
        else:
            answer = client.post("/api/v1/reports", body)
        assert [one["code"] for one in answer.json()["mails"]] == [None, "too-large", None]


@pytest.mark.django_db
def test_other_types_methods_and_addresses_are_problems(make_key: Make) -> None:
    token = make_key("reports:write")
    client = Client(headers={"authorization": f"Bearer {token}"})
    check_problem(client.post("/api/v1/reports", b"x", content_type="text/plain"), 415, "unsupported-type")
    answer = client.put("/api/v1/reports", b"x")
    check_problem(answer, 405, "method-not-allowed")
    assert "POST" in answer["Allow"]
    check_problem(client.get("/api/v1/nothing"), 404, "not-found")
    check_problem(client.get("/api/"), 404, "not-found")
    check_problem(
        client.post("/api/v1/reports", b"x", content_type="multipart/form-data; boundary=x"), 422, "no-mail"
    )
    check_problem(client.post("/api/v1/reports", b"x", content_type="multipart/form-data"), 400, "malformed")


@pytest.mark.django_db
def test_no_other_site_may_ask_with_a_browser(make_key: Make) -> None:
    client = Client(
        headers={"authorization": f"Bearer {make_key('reports:write')}", "origin": "https://evil.example"}
    )
    for answer in (
        client.options("/api/v1/reports", headers={"access-control-request-method": "POST"}),
        client.post("/api/v1/reports", items(mail()), content_type="application/json"),
    ):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_the_page_about_the_api_names_everything_and_loads_nothing_from_elsewhere() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    for told in (*(path for _, path, _ in OPERATIONS.values() if "R-" not in path), *SCOPES, "not-base64"):
        assert told in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


@pytest.mark.django_db
def test_a_name_comes_back_without_signs_that_do_something(make_key: Make) -> None:
    body = items(mail())
    body["mails"][0]["name"] = "\x1b[2Ja\u202e\ud800" + "b" * 300
    said = ask("/api/v1/reports", make_key("reports:write"), json.dumps(body)).json()
    name = said["mails"][0]["name"]
    assert name.isprintable()
    assert len(name) == 200
