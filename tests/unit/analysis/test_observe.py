"""An observation holds what the mail, its envelope and the context say; a batch keeps order and loses no mail."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.analysis import stages
from meyasubako.analysis.batch import analyse_batch, column_array, structs, to_batch
from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.analysis.explain import explain
from meyasubako.analysis.observe import as_fact, find_mail_origin, judge_mail, observe, see_sender
from meyasubako.analysis.schema import OBSERVATIONS, Observation
from meyasubako.analysis.types import Envelope
from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.mail.parse import parse
from meyasubako.sender import Answer, Answers, Rcode

RECEIVED_AT = datetime(2009, 5, 18, 15, 30, tzinfo=UTC)
MAIL = """\
Received: from relay.sender.example (relay.sender.example [192.0.2.10])
\tby mx.monitor.example with ESMTP id ABC123
\tfor <pc1@monitor.example>; Tue, 19 May 2009 00:30:00 +0900
From: =?UTF-8?B?5Ye65Lya44GE?= <info@sender.example>
To: pc1@monitor.example
Subject: =?UTF-8?B?54Sh5paZ55m76Yyy?=
Date: Tue, 19 May 2009 00:29:00 +0900
Message-ID: <1@sender.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

無料登録はこちらです。お得な情報をお届けします。
http://shop.example.com/join?id=1
""".encode()


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(ContextSpec())


def envelope(raw: bytes = MAIL, **changes: object) -> Envelope:
    return Envelope(
        arrival_id="018f",
        sha256=hashlib.sha256(raw).hexdigest(),
        received_at=RECEIVED_AT,
        received_at_source="clock",
        month="2009-05",
        channel="monitor",
        monitor="pc1",
        monitor_class="pc",
    )._replace(**changes)


def arrivals(*raws: bytes | None) -> pa.RecordBatch:
    rows = [envelope(raw or b"", arrival_id=str(number))._asdict() for number, raw in enumerate(raws)]
    fields = [
        (
            name,
            pa.timestamp("us", tz="UTC")
            if name == "received_at"
            else pa.int32()
            if name == "client_port"
            else pa.string(),
        )
        for name in Envelope._fields
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=pa.schema(fields))
    return batch.append_column("raw", pa.array(raws, pa.binary()))


def test_the_row_and_the_schema_name_the_same_columns() -> None:
    assert list(Observation._fields) == OBSERVATIONS.names


def test_every_column_is_described() -> None:
    assert all(field.metadata and field.metadata[b"description"] for field in OBSERVATIONS)


def test_what_the_mail_says_stands_in_the_row(context: Context) -> None:
    row = observe(parse(MAIL), envelope(client_ip="192.0.2.10", helo="relay.sender.example"), context)
    assert row.origin_ip == "192.0.2.10"
    assert (row.from_address, row.from_domain, row.from_name) == (
        "info@sender.example",
        "sender.example",
        "出会い",
    )
    assert row.subject == "無料登録"
    assert row.language == "ja"
    assert (row.day, row.month) == ("2009-05-19", "2009-05")
    assert [link.domain for link in row.links] == ["example.com"]
    assert row.sent_at == 1242660540 * 1_000_000
    assert (row.law_day, row.law_day_source) == ("2009-05-19", "date")
    assert row.auth_reason == "dns-not-asked"
    assert row.fingerprint is not None


def test_every_value_stands_in_its_own_column(context: Context) -> None:
    mail = parse(MAIL)
    came = envelope(
        client_ip="192.0.2.10",
        helo="relay.sender.example",
        envelope_from="info@sender.example",
        carrier="Example",
        monitor_class="mobile",
        report_id="R-1",
    )
    answers = Answers([Answer("sender.example", "TXT", Rcode.NOERROR, ("v=spf1 ip4:192.0.2.10 -all",), 300)])
    row = observe(mail, came, context, answers)._asdict()
    origin = find_mail_origin(mail, came, context)
    seen = see_sender(mail, came, origin, answers)
    day, source, findings = judge_mail(mail, came, context, as_fact(seen, origin))
    assert {name: value for name, value in row.items() if name.startswith("origin_")} == {
        f"origin_{name}": getattr(origin, name)
        for name in ("ip", "helo", "rdns", "by", "hop", "confidence", "reason", "claimed", "forged")
    }
    said = came._asdict()
    alike = row.keys() & said.keys() - {"received_at"}
    assert len(alike) == 8
    assert {name: row[name] for name in alike} == {name: said[name] for name in alike}
    alike = row.keys() & {"subject", "message_id", "charset", "links", "attachments", "defects"}
    assert {name: row[name] for name in alike} == {name: getattr(mail, name) for name in alike}
    assert mail.from_ is not None
    assert (row["from_address"], row["from_name"]) == (mail.from_.address, mail.from_.name)
    assert row["from_domain"] == mail.from_.domain
    assert (row["received_at"], row["sent_at"]) == (1242660600000000, 1242660540000000)
    assert (row["generation"], row["first_of_bytes"], row["size"]) == (1, False, len(MAIL))
    assert (row["country"], row["asn"], row["network"], row["category"]) == (None, None, None, None)
    assert (row["auth_spf"], row["auth_dkim"], row["auth_arc"]) == ("pass", "none", "none")
    assert row["auth_reason"] == "dns-incomplete"
    assert row["forged_grounds"] is not None
    assert (row["law_day"], row["law_day_source"]) == (day.isoformat(), source)
    assert [found.check for found in row["findings"]] == [found.check for found in findings]
    assert row["findings"] == tuple(
        (
            found.check,
            found.article,
            found.version,
            found.verdict.value,
            found.certainty.value,
            " ".join(f"{span.where}:{span.start}-{span.end}" for span in found.spans),
        )
        for found in findings
    )
    assert row["fingerprint"] == fingerprint(mail.text)
    assert row["dynamic_pool"] in {"yes", "no", "unknown"}
    assert row["analysis_version"] == context.analysis_version


def test_observing_twice_gives_the_same_row(context: Context) -> None:
    assert observe(parse(MAIL), envelope(), context) == observe(
        parse(MAIL), envelope(), Context(ContextSpec())
    )


def test_a_batch_keeps_the_order_and_loses_no_mail(context: Context) -> None:
    rows = analyse_batch(arrivals(MAIL, b"", None, b"\xff\x00" * 50, MAIL), context)
    assert rows.schema == OBSERVATIONS
    assert rows.column("arrival_id").to_pylist() == ["0", "1", "2", "3", "4"]
    assert rows.column("defects")[2].as_py() == [
        {"code": "evidence-missing", "where": "evidence", "guessed": None}
    ]
    assert rows.column("subject").to_pylist()[0] == "無料登録"


def test_what_was_erased_is_told_from_what_is_missing(context: Context) -> None:
    rows = arrivals(MAIL, None, None)
    rows = rows.append_column("erased", pa.array([False, True, False]))
    codes = [
        [one["code"] for one in row] for row in analyse_batch(rows, context).column("defects").to_pylist()
    ]
    assert codes[1:] == [["erased"], ["evidence-missing"]]


def test_a_mistake_of_ours_costs_one_mail(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(raw: bytes) -> object:
        if raw == b"bad":
            raise ZeroDivisionError
        return parse(raw)

    monkeypatch.setattr(stages, "parse", fail)
    rows = analyse_batch(arrivals(MAIL, b"bad", MAIL), context)
    codes = [[defect["code"] for defect in row] for row in rows.column("defects").to_pylist()]
    assert codes[1] == ["analysis-failed"]
    assert rows.column("subject").to_pylist() == ["無料登録", None, "無料登録"]


@pytest.mark.parametrize(
    "stage", ["parse", "find_mail_origin", "see_sender", "judge_mail", "fingerprint", "as_row"]
)
def test_a_mistake_in_any_stage_costs_one_mail(
    context: Context, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    sound = getattr(stages, stage)
    calls = iter(range(9))

    def fail_once(*given: object) -> object:
        if next(calls) == 1:
            raise ZeroDivisionError
        return sound(*given)

    monkeypatch.setattr(stages, stage, fail_once)
    monkeypatch.setattr(stages, "GROUP", 2)
    rows = analyse_batch(arrivals(MAIL, MAIL, None, MAIL), context)
    assert rows.column("arrival_id").to_pylist() == ["0", "1", "2", "3"]
    assert rows.column("subject").to_pylist() == ["無料登録", None, None, "無料登録"]
    assert rows.column("origin_reason").to_pylist()[1:3] == ["analysis-failed", "evidence-missing"]


def test_in_stages_is_seen_what_is_seen_in_one_go(context: Context) -> None:
    mails = [MAIL, b"", b"Subject: x\n\ny", MAIL.replace(b"2009", b"1809")] * 20
    together = analyse_batch(arrivals(*mails), context)
    alone = [
        observe(parse(raw), envelope(raw, arrival_id=str(number)), context)
        for number, raw in enumerate(mails)
    ]
    assert together.equals(to_batch(alone))


def test_a_mail_that_takes_too_long_is_given_up(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(raw: bytes) -> object:
        if raw == b"slow":
            time.sleep(5)
        return parse(raw)

    monkeypatch.setattr(stages, "parse", sleep)
    monkeypatch.setattr(stages, "SECONDS_A_MAIL", 0.05)
    monkeypatch.setattr(stages, "TICK", 0.02)
    rows = analyse_batch(arrivals(b"slow", MAIL), context)
    assert rows.column("origin_reason").to_pylist()[0] == "analysis-too-slow"
    assert rows.column("subject").to_pylist() == [None, "無料登録"]


def test_lone_surrogates_are_stored_as_replacement_characters(context: Context) -> None:
    row = observe(parse(MAIL), envelope(), context)._replace(subject="a\ud800b")
    assert to_batch([row]).column("subject").to_pylist() == ["a\ufffdb"]


@pytest.mark.parametrize(
    "rows",
    [[], [("a\ud800",)] * 3, [(None,)] * 3, [("x",)] * 3, [("x",), (None,)], [("x",), ("y",), ("x",)]],
)
def test_a_column_is_the_same_whether_its_values_repeat_or_not(rows: list[tuple[str | None]]) -> None:
    values = [one for (one,) in rows]
    column = column_array(values, pa.string())
    assert column.type == pa.string()
    assert column.to_pylist() == [one and one.replace("\ud800", "\ufffd") for one in values]


def test_lists_are_built_flat() -> None:
    kind = pa.list_(pa.struct([("code", pa.string()), ("count", pa.int64())]))
    array = structs([[("a", 1)], [], [("b", 2), ("c", None)]], kind)
    assert array.to_pylist() == [
        [{"code": "a", "count": 1}],
        [],
        [{"code": "b", "count": 2}, {"code": "c", "count": None}],
    ]


def test_the_explanation_follows_the_contract(context: Context) -> None:
    told = explain(parse(MAIL), envelope(), context, "a.eml")
    wanted = (
        "path sha256 size from subject date message_id received origin language charset links attachments auth findings "
        "category fingerprint defects"
    )
    assert set(wanted.split()) <= told.keys()
    assert set(told["origin"]) >= {"ip", "country", "asn", "network", "confidence", "reason"}
    assert set(told["received"][0]) == {"ip", "helo", "rdns", "by", "with", "id", "for", "date", "tls"}
    assert set(told["from"]) == {"address", "name", "domain"}
    assert all(
        set(found) == {"check", "article", "version", "verdict", "certainty", "ja", "en", "spans"}
        for found in told["findings"]
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_give_one_row_each(raws: list[bytes]) -> None:
    rows = analyse_batch(arrivals(*raws), Context(ContextSpec()))
    assert rows.num_rows == len(raws)
    assert "analysis-failed" not in str(rows.column("defects").to_pylist())


def test_answers_kept_at_receipt_tell_who_sent_it(context: Context) -> None:
    answers = Answers(
        [Answer("sender.example", "TXT", Rcode.NOERROR, ("v=spf1 ip4:192.0.2.10 -all",), 300)]
        + [
            Answer(name, kind, Rcode.NXDOMAIN if kind == "TXT" else Rcode.NOERROR, (), 300)
            for name in ("sender.example", "relay.sender.example", "_dmarc.sender.example", "_dmarc.example")
            for kind in ("TXT", "A", "AAAA", "MX")
            if (name, kind) != ("sender.example", "TXT")
        ]
    )
    came = envelope(client_ip="192.0.2.10", helo="relay.sender.example", envelope_from="info@sender.example")
    row = observe(parse(MAIL), came, context, answers)
    assert (row.auth_spf, row.auth_dkim, row.auth_dmarc) == ("pass", "none", "none")
    assert row.auth_reason is not None
    assert row.auth_reason.startswith("dns-")
    refused = observe(parse(MAIL), came._replace(client_ip="192.0.2.11"), context, answers)
    assert refused.auth_spf == "fail"
    assert "spf-fail" in (refused.forged_grounds or "").split()


def test_answers_travel_in_the_batch(context: Context) -> None:
    batch = arrivals(MAIL, MAIL)
    kind = pa.list_(
        pa.struct(
            [
                ("name", pa.string()),
                ("type", pa.string()),
                ("rcode", pa.string()),
                ("records", pa.list_(pa.string())),
            ]
        )
    )
    rows = [None, [{"name": "sender.example", "type": "TXT", "rcode": "NOERROR", "records": ["v=spf1 -all"]}]]
    batch = batch.set_column(
        batch.schema.get_field_index("envelope_from"), "envelope_from", pa.array(["a@sender.example"] * 2)
    )
    seen = analyse_batch(batch.append_column("answers", pa.array(rows, kind)), context)
    assert seen.column("auth_spf").to_pylist() == [None, "fail"]
    assert seen.column("auth_reason").to_pylist() == ["dns-not-asked", "dns-incomplete"]
