"""``meyasu lint``: the checks for a sender, in text, JSON and SARIF, and what providers ask."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from meyasubako.cli import lint as lint_verb
from meyasubako.cli.lint import command, day_of
from meyasubako.errors import MeyasuError, UsageError
from meyasubako.law import Verdict
from meyasubako.law.delivery import delivery_findings
from meyasubako.mail import parse
from meyasubako.mail.domains import registered_domain

CORPUS = Path(__file__).resolve().parents[2] / "corpus" / "law"
GOOD = next(CORPUS.glob("*-name-kk-in-front.eml"))
BAD = next(CORPUS.glob("*-bare-spam-ja.eml"))
FIELDS = (
    b"From: Shop <news@mail.shop.example>\r\nReturn-Path: <bounce@shop.example>\r\n"
    b"List-Unsubscribe: <mailto:u@shop.example>,\r\n <https://shop.example/u?1>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from:subject:list-unsubscribe:\r\n"
    b" list-unsubscribe-post; bh=x; b=y\r\n"
)

app = typer.Typer()
app.command()(command)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, MeyasuError):
        raise result.exception
    return result.exit_code, result.stdout


def delivery(extra: bytes) -> dict[str, Verdict]:
    message = parse(extra + b"\r\nHello")
    return {finding.check: finding.verdict for finding in delivery_findings(message, registered_domain)}


def test_a_mail_that_keeps_all_providers_rules() -> None:
    assert set(delivery(FIELDS).values()) == {Verdict.OK}


@pytest.mark.parametrize(
    ("old", "new", "check", "verdict"),
    [
        (b"List-Unsubscribe: ", b"X: ", "list_unsubscribe", Verdict.MISSING),
        (b"List-Unsubscribe: <mailto:u@shop.example>,\r\n <https://shop.example/u?1>", b"List-Unsubscribe: https://shop.example/u",
         "list_unsubscribe", Verdict.WRONG_PLACE),
        (b"<https:", b"<http:", "one_click_unsubscribe", Verdict.BREACH),
        (b"=One-Click", b"=Two-Click", "one_click_unsubscribe", Verdict.BREACH),
        (b"List-Unsubscribe-Post: ", b"X: ", "one_click_unsubscribe", Verdict.MISSING),
        (b"\r\n list-unsubscribe-post;", b"\r\n to;", "one_click_signed", Verdict.BREACH),
        (b"DKIM-Signature: ", b"X: ", "one_click_signed", Verdict.UNVERIFIABLE),
        (b"From: Shop", b"From: a@b.example\r\nFrom: Shop", "from_field", Verdict.BREACH),
        (b"From: ", b"X: ", "from_field", Verdict.MISSING),
        (b"news@mail.shop.example", b"news@other.example", "alignment", Verdict.BREACH),
    ],
)  # fmt: skip
def test_each_rule_of_delivery(old: bytes, new: bytes, check: str, verdict: Verdict) -> None:
    assert old in FIELDS
    assert delivery(FIELDS.replace(old, new))[check] is verdict


def test_a_draft_shows_no_alignment_yet() -> None:
    assert delivery(b"From: a@shop.example\r\n")["alignment"] is Verdict.UNVERIFIABLE


def test_lint_in_words_names_what_is_to_be_mended() -> None:
    code, out = run(str(BAD), "--on", "2026-04-01")
    assert code == 1
    assert "label_postal_address: missing [Ordinance Art 9(ii), TEXT]" in out
    assert "送信者の住所が表示されていない" in out


def test_lint_as_json_gives_one_object_a_mail() -> None:
    code, out = run(str(GOOD), str(BAD), "--json", "--on", "2026-04-01")
    assert code == 1
    good, bad = [json.loads(line) for line in out.splitlines()]
    labels = {one["check"]: one["verdict"] for one in good["findings"] if one["check"].startswith("label_")}
    assert set(labels.values()) == {"ok"}
    assert bad["day"] == "2026-04-01"
    assert {"check", "article", "version", "verdict", "certainty", "ja", "en", "spans"} == set(
        bad["findings"][0]
    )
    assert good["findings"][0]["version"] == "2025-06-01"


def test_lint_as_sarif() -> None:
    code, out = run(str(BAD), "--sarif", "--on", "2026-04-01")
    assert code == 1
    document = json.loads(out)
    assert document["version"] == "2.1.0"
    (done,) = document["runs"]
    rules = {rule["id"] for rule in done["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in done["results"]} <= rules
    name = next(result for result in done["results"] if result["ruleId"] == "label_name")
    assert name["level"] == "error"
    assert name["properties"]["article"] == "Act Art 4(i)"
    assert name["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == str(BAD)


def test_facts_of_the_sender_settle_what_no_mail_shows(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"consent": {"basis": "consent", "proven": true}}')
    mail = tmp_path / "draft.eml"
    mail.write_bytes(FIELDS + GOOD.read_bytes().replace(b"From: ", b"X-From: "))
    assert run(str(mail), "--facts", str(facts), "--fail-on", "note", "--on", "2026-04-01")[0] == 0
    assert run(str(mail), "--fail-on", "note", "--on", "2026-04-01")[0] == 1


def test_the_law_of_another_day_and_country() -> None:
    _, out = run(str(GOOD), "--json", "--on", "2003-01-01")
    checks = {one["check"]: one["verdict"] for one in json.loads(out)["findings"]}
    assert checks["subject_marker"] == "missing"
    _, out = run(str(GOOD), "--json", "--regime", "au", "--on", "2026-04-01")
    assert json.loads(out)["findings"][0]["article"] == "Spam Act 2003 section 6"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeyasuError, match="No such file"):
        run(str(tmp_path / "none.eml"))
    with pytest.raises(UsageError, match="is not a day"):
        run(str(GOOD), "--on", "tomorrow")
    with pytest.raises(UsageError, match="one form"):
        run(str(GOOD), "--json", "--sarif")
    with pytest.raises(MeyasuError, match="no such regime"):
        run(str(GOOD), "--regime", "atlantis")
    facts = tmp_path / "facts.json"
    facts.write_text("[1]")
    with pytest.raises(MeyasuError, match=r"facts\.json"):
        run(str(GOOD), "--facts", str(facts))
    facts.write_text('{"colour": "red"}')
    with pytest.raises(MeyasuError, match="colour"):
        run(str(GOOD), "--facts", str(facts))


def test_today_is_the_laws_own_country(monkeypatch: pytest.MonkeyPatch) -> None:
    class Evening(datetime):
        """Half past three in the afternoon in UTC, half past midnight in Japan."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Evening:
            return cls(2026, 3, 31, 15, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(lint_verb, "datetime", Evening)
    assert day_of(None, "jp") == date(2026, 4, 1)
    assert day_of(None, "au") == date(2026, 3, 31)
    assert day_of("2009-01-01", "jp") == date(2009, 1, 1)
