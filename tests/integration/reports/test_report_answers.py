"""Acknowledgements over a real SMTP server: to whom, how often, what they say, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from pytest_django import Settings
from relay_sink import LocalRelay, Sink, free_port

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.models import OuterMail, OutgoingMail, Report
from meyasubako.centre.reports.relay import Fate, Handed, hand_over
from meyasubako.centre.reports.steps import answering, intake
from meyasubako.receivers.dns_capture import UNHURRIED, Arriving, CaptureLimits, DnsCapture, InProcess
from meyasubako.receivers.spool import Spool
from meyasubako.sender import Answer, Authentication, Rcode
from meyasubako.tables.home import Home

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SPAM = b"From: ad@spam.example\r\nSubject: ad\r\nMessage-ID: <s@spam.example>\r\n\r\nbuy\r\n"
HANAKO = "hanako@mail.example"


class World:
    """A DNS in which mail.example sends from 192.0.2.10 and nowhere else."""

    def ask(self, name: str, rtype: str) -> Answer:
        if (name, rtype) == ("mail.example", "TXT"):
            return Answer(name, rtype, Rcode.NOERROR, ("v=spf1 ip4:192.0.2.10 -all",), 300)
        return Answer(name, rtype, Rcode.NXDOMAIN)


def look(mails: Sequence[Arriving]) -> list[Authentication]:
    capture = DnsCapture([InProcess(World(), "world")], CaptureLimits(per_second=UNHURRIED))
    return [one.authentication for one in asyncio.run(capture.capture_all(mails))]


def report_by_mail(
    place: Home, number: int, *, ip: str = "192.0.2.10", sender: str = HANAKO, **fields: str
) -> None:
    outer = EmailMessage()
    outer["From"] = fields.pop("From", sender)
    outer["To"], outer["Subject"] = "meiwaku@centre.example", "report"
    outer["Message-ID"] = f"<{number}@mail.example>"
    for name, value in fields.items():
        outer[name.replace("_", "-")] = value
    outer.set_content("spam!")
    outer.add_attachment(
        SPAM + b"%d" % number, maintype="application", subtype="octet-stream", filename="a.eml"
    )
    envelope = {
        "arrival_id": f"a-{number}", "received_at": NOW.isoformat(), "envelope_from": sender,
        "envelope_to": "meiwaku@centre.example", "client_ip": ip, "helo": "mx.mail.example",
    }  # fmt: skip
    with Spool(place.report_spool) as spool:
        spool.accept(envelope, outer.as_bytes()).result()
    assert intake.step_intake(NOW) == 1


def sent(sink: Sink) -> email.message.EmailMessage:
    (only,) = sink.mails
    return email.message_from_bytes(only.raw, policy=email.policy.default)  # type: ignore[return-value]


def test_a_person_who_was_authenticated_is_told_once(place: Home, sink: Sink) -> None:
    report_by_mail(place, 1)
    assert answering.acknowledgements_check(NOW, look) == 1
    assert [answering.step_sending(NOW) for _ in range(2)] == [1, 0]
    message = sent(sink)
    assert (sink.mails[0].path, sink.mails[0].to) == ("<>", [HANAKO])
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == "<1@mail.example>"
    report = Report.objects.get()
    text = message.get_content()
    assert report.number in text
    assert report.number in message["Subject"]
    assert "受け付けました" in text
    assert "Receipt number" in text
    assert "buy" not in text
    secrets = re.findall(r"https://centre\.example/(?:ja|en)/report/track/([\w-]{32})/", text)
    assert len(set(secrets)) == 1
    assert selectors.tracking(secrets[0]).number == report.number
    outer = OuterMail.objects.get()
    assert (outer.auth_spf, outer.auth_dkim, outer.auth_dmarc) == ("pass", "none", "none")
    row = OutgoingMail.objects.get()
    assert (row.state, row.recipient, row.text) == ("sent", None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ip": "192.0.2.66"}, "not-authenticated"),
        ({"sender": "x@elsewhere.example"}, "not-authenticated"),
        ({"ip": None}, "client-unknown"),
        ({"Auto_Submitted": "auto-generated"}, "auto-submitted"),
        ({"Precedence": "bulk"}, "precedence"),
        ({"List_Id": "<l.mail.example>"}, "mailing-list"),
        ({"sender": "MAILER-DAEMON@mail.example"}, "machine-address"),
    ],
)
def test_others_are_not_written_to(place: Home, sink: Sink, fields: dict[str, Any], reason: str) -> None:
    report_by_mail(place, 1, **fields)
    answering.acknowledgements_check(NOW, look)
    assert answering.step_sending(NOW) == 0
    row = OutgoingMail.objects.get()
    assert (row.state, row.reason, row.recipient) == ("refused", reason, None)
    assert not sink.mails
    assert Report.objects.count() == 1


@pytest.mark.parametrize("sender", ["ha..na@mail.example", "hana.@mail.example", '"ha na"@mail.example'])
def test_addresses_of_old_phones_are_written_to_in_quotes(place: Home, sink: Sink, sender: str) -> None:
    report_by_mail(place, 1, sender=sender, From="Hanako <x@mail.example>")
    answering.acknowledgements_check(NOW, look)
    assert answering.step_sending(NOW) == 1
    local = sender.rpartition("@")[0].strip('"')
    assert f'To: "{local}"@mail.example\r\n'.encode() in sink.mails[0].raw
    assert len(sink.mails[0].to) == 1


@pytest.mark.parametrize(
    "sender", ["花子@mail.example", "a@[192.0.2.1]", "a@mail..example", "a\x07@mail.example"]
)
def test_addresses_that_cannot_stand_in_a_mail_stop_nobody_else(place: Home, sink: Sink, sender: str) -> None:
    report_by_mail(place, 1)
    report_by_mail(place, 2)
    first = OutgoingMail.objects.order_by("pk")[0]
    first.recipient, first.state = sender, "waiting"
    first.save()
    OutgoingMail.objects.exclude(pk=first.pk).update(state="waiting")
    OutgoingMail.objects.filter(pk=first.pk).update(recipient_fingerprint="other")
    assert answering.step_sending(NOW) == 1
    first.refresh_from_db()
    assert (first.state, first.reason) == ("refused", "address-unusable")


def test_at_most_one_an_hour(place: Home, sink: Sink) -> None:
    for number in range(3):
        report_by_mail(place, number, sender="Hanako@mail.example" if number else HANAKO)
    answering.acknowledgements_check(NOW, look)
    assert answering.step_sending(NOW) == 1
    assert sorted(OutgoingMail.objects.values_list("state", "reason")) == [
        ("refused", "within-the-hour"),
        ("refused", "within-the-hour"),
        ("sent", ""),
    ]
    report_by_mail(place, 9)
    later = NOW + timedelta(minutes=61)
    answering.acknowledgements_check(later, look)
    assert answering.step_sending(later) == 1


def test_without_a_relay_or_the_dns_none_is_sent_and_that_is_said(
    place: Home, sink: Sink, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    report_by_mail(place, 1)
    assert answering.step_acknowledgements(NOW) == 1
    assert OutgoingMail.objects.get().reason == "dns-not-asked"
    settings.MAIL_RELAY = None
    report_by_mail(place, 2)
    assert answering.step_acknowledgements(NOW) == 1
    assert sorted(OutgoingMail.objects.values_list("reason", flat=True)) == ["dns-not-asked", "no-relay"]
    assert "no-relay" in caplog.text
    assert "mail.example" not in caplog.text


def test_a_relay_that_says_later_is_tried_later(place: Home, sink: Sink) -> None:
    report_by_mail(place, 1)
    answering.acknowledgements_check(NOW, look)
    sink.rcpt = "451 later"
    assert answering.step_sending(NOW) == 0
    sink.rcpt = ""
    assert answering.step_sending(NOW + timedelta(minutes=4)) == 0
    assert answering.step_sending(NOW + timedelta(minutes=5)) == 1


def test_a_relay_that_says_no_is_not_asked_again(place: Home, sink: Sink) -> None:
    report_by_mail(place, 1)
    answering.acknowledgements_check(NOW, look)
    sink.data = "554 no"
    assert answering.step_sending(NOW) == 0
    row = OutgoingMail.objects.get()
    assert (row.state, row.reason) == ("refused", "smtp-554")


def test_who_died_while_sending_leaves_it_unsent_for_good(place: Home, sink: Sink) -> None:
    report_by_mail(place, 1)
    answering.acknowledgements_check(NOW, look)
    OutgoingMail.objects.update(state="sending", not_before=NOW)
    assert answering.step_sending(NOW + timedelta(minutes=9)) == 0
    assert OutgoingMail.objects.get().state == "sending"
    assert answering.step_sending(NOW + timedelta(minutes=11)) == 0
    row = OutgoingMail.objects.get()
    assert (row.state, row.reason, row.recipient) == ("refused", "unsure", None)
    assert not sink.mails


def test_an_officers_answer_goes_out_under_the_centres_address(place: Home, sink: Sink) -> None:
    report_by_mail(place, 1)
    centre = Organisation.objects.get(kind="centre")
    officer = Viewer(None, centre.pk, "centre", frozenset({"officer"}))
    services.report_answer(
        report_id=Report.objects.get().pk, text="件名を教えてください。", by=officer, now=NOW
    )
    assert answering.step_sending(NOW) == 1
    message = sent(sink)
    assert sink.mails[0].path == "meiwaku@centre.example"
    assert message["Auto-Submitted"] is None
    assert "件名を教えてください。" in message.get_content()


def test_what_the_dialogue_comes_to(sink: Sink, settings: Settings) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("x")

    def hand(relay: LocalRelay, to: str = HANAKO) -> Handed:
        return hand_over(relay, message, path="", to=to)

    relay = settings.MAIL_RELAY
    assert hand(relay) == (Fate.SENT, "")
    assert hand(LocalRelay(free_port())) == (Fate.LATER, "no-connection")
    assert hand(relay._replace(scheme="smtp+starttls")) == (Fate.LATER, "no-connection")
    assert hand(relay, "花子@mail.example") == (Fate.REFUSED, "address-not-ascii")
    sink.rcpt = "550 no such mailbox"
    assert hand(relay) == (Fate.REFUSED, "smtp-550")
    sink.rcpt, sink.data = "", "452 disk full"
    assert hand(relay) == (Fate.LATER, "smtp-452")
    assert len(sink.mails) == 1


def test_a_relay_that_hangs_up_after_data_leaves_it_unsure(settings: Settings) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    heard = []

    def converse() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as lines:
            for answer in (b"220 sink", b"250 sink", b"250 OK", b"250 OK", b"354 go on"):
                lines.write(answer + b"\r\n")
                lines.flush()
                heard.append(lines.readline())

    from threading import Thread

    thread = Thread(target=converse)
    thread.start()
    message = EmailMessage()
    message.set_content("x")
    handed = hand_over(LocalRelay(listener.getsockname()[1]), message, path="", to='"a..b"@mail.example')
    thread.join()
    listener.close()
    assert handed == (Fate.UNSURE, "connection-lost")
    assert heard[1:3] == [b"MAIL FROM:<>\r\n", b'RCPT TO:<"a..b"@mail.example>\r\n']
