"""Makes a data folder for the staff site's browser tests: people who can log in, hostile mails, reports that wait.

Run as a program with the folder as its argument, so that nothing of Delta or Django stays in the test's process.
Prints one JSON object: ids by name.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

PASSWORD = "correct horse battery staple 目安箱"
SECRET = b"twenty bytes of test"
OFFICER = "officer@staff.example"
PEOPLE = {
    OFFICER: ("officer",),
    "keeper@staff.example": ("identity_reader", "reader"),
    "supervisor@staff.example": ("supervisor",),
}
PAYLOADS: list[str] = json.loads(
    (Path(__file__).parents[1] / "corpus" / "staff" / "payloads.json").read_text("utf-8")
)
REPORTER = "hanako.reporter@mail.example"


def hostile_mail(number: int, payload: str) -> bytes:
    """A mail that carries a payload wherever it fits."""
    flat = payload.replace("\r", " ").replace("\n", " ").replace("\x00", "\\0").replace('"', "'")
    boundary = "=_hostile"
    lines = [
        (
            f"Received: from {flat[:60]} (evil.example [192.0.2.{number % 250 + 1}]) by mx.isp.example; "
            f"Tue, 24 Nov 2026 10:{number % 60:02}:00 +0900"
        ),
        "Received: from mx.isp.example by evil.example; Mon, 30 Nov 2026 09:00:00 +0900",
        f'From: "{flat[:150]}" <a{number}@evil.example>',
        f"To: monitor-{number}@decoy.example",
        f"Subject: hostile {number} {flat[:300]}",
        f"X-Hostile: {flat[:300]}",
        "Date: Tue, 24 Nov 2026 10:00:00 +0900",
        f"Message-ID: <{number}@evil.example>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        f"無料でプレゼント {payload} https://evil.example/{number} abuse@evil.example",
        f"--{boundary}",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        (
            f"<html><body>{payload}<p><a href='https://evil.example/x'>https://bank.example.co.jp/</a>"
            "<img src='https://evil.example/pixel.gif' alt='pixel'></p></body></html>"
        ),
        f"--{boundary}",
        f'Content-Type: application/octet-stream; name="{flat[:80]}.exe"',
        f'Content-Disposition: attachment; filename="{flat[:80]}.exe"',
        "",
        "MZ",
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "replace")


def reported_mail(number: int) -> bytes:
    """An ordinary advertisement, as a person reports it."""
    mail = EmailMessage()
    mail["Received"] = (
        "from mail.spam.example (mail.spam.example [198.51.100.7]) by mx.isp.example with ESMTP id q1 "
        f"for <{REPORTER}>; Tue, 24 Nov 2026 11:00:0{number} +0900"
    )
    mail["From"] = "特選ショップ <shop@spam.example>"
    mail["To"] = REPORTER
    mail["Subject"] = f"本日限りの特別価格 {number}"
    mail["Date"] = "Tue, 24 Nov 2026 11:00:00 +0900"
    mail["Message-ID"] = f"<{number}@spam.example>"
    mail.set_content(
        f"{REPORTER} 様\n\n期間限定で全品半額です。\nhttps://www.spam-example.com/sale?to={REPORTER}\n電話 03-1234-5678\n"
    )
    return mail.as_bytes()


def report_by_mail(number: int, *, attached: bytes | None) -> bytes:
    """A mail to the report address; without an attachment it is held."""
    mail = EmailMessage()
    mail["From"] = f"山田花子 <{REPORTER}>"
    mail["To"] = "meiwaku@centre.example"
    mail["Subject"] = f"迷惑メールの情報提供 {number}"
    mail["Message-ID"] = f"<outer-{number}@mail.example>"
    mail.set_content("迷惑メールが届きました。調べてください。")
    if attached is not None:
        mail.add_attachment(attached, maintype="application", subtype="octet-stream", filename="mail.bin")
    return mail.as_bytes()


def people(now: datetime) -> dict[str, int]:
    """Accounts with a password and an authenticator whose secret is known."""
    from meyasubako.centre.accounts.models import Account, Organisation, RoleGrant, SecondFactor

    centre = Organisation.objects.filter(kind="centre").first() or Organisation.objects.create(
        kind="centre", slug="centre", name_ja="迷惑メール相談センター", name_en="Centre", created_at=now
    )
    made = {}
    for email, roles in PEOPLE.items():
        account = Account(
            email=email,
            name=email.split("@")[0].title(),
            organisation=centre,
            created_at=now,
            password_set_at=now,
        )
        account.set_password(PASSWORD)
        account.save()
        for role in roles:
            RoleGrant.objects.create(account=account, organisation=centre, role=role, granted_at=now)
        SecondFactor.objects.create(account=account, secret=SECRET, made_at=now, confirmed_at=now)
        made[email] = account.pk
    return made


def reports(now: datetime) -> dict[str, int]:
    """Reports that were filed, that are held, and a petition."""
    from meyasubako.centre.reports.domain.kinds import Channel, Kind
    from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner
    from meyasubako.centre.reports.services.filing import report_file
    from meyasubako.centre.reports.services.petitions import petition_receive
    from meyasubako.centre.reports.services.receiving import report_lay_down, report_receive
    from meyasubako.centre.reports.types import PetitionForm, Reporter, Submission, SubmittedMail

    made = {}
    for number, kind in enumerate((Kind.NO_CONSENT, Kind.FORGED_SENDER, Kind.NO_CONSENT)):
        submission = Submission(
            channel=Channel.FORM,
            kind=kind,
            key=f"form:{number}",
            mails=(SubmittedMail(reported_mail(number)),),
            statement={"remarks": "同意した覚えがありません。"},
            reporter=Reporter("山田花子", REPORTER),
        )
        made[f"filed-{number}"] = report_receive(submission=submission, by=None, now=now).record_id
    for number in range(4):
        raw = report_by_mail(number, attached=reported_mail(7) if number == 9 else None)
        receipt = report_lay_down(
            key=f"mail:{number}", raw=raw, envelope=envelope(now), received_at=now, now=now
        )
        report_file(report_id=receipt.record_id, now=now)
        made[f"held-{number}"] = receipt.record_id
    petition = PetitionForm(
        petitioner=Petitioner.RECIPIENT,
        key="petition:1",
        matters=(Matter.CONSENT,),
        addressees=(Authority.MIC,),
        particulars={
            "name": "山田花子", "address": "東京都千代田区1-1", "contact": REPORTER,
            "sender_facts": "特選ショップ", "screen_content": "<b>全品半額</b>", "reasons": "同意していない",
        },
    )  # fmt: skip
    made["petition"] = petition_receive(form=petition, by=None, now=now).record_id
    return made


def envelope(now: datetime) -> dict[str, Any]:
    """How a mail to the report address came in."""
    return {
        "arrival_id": "0199-outer", "received_at": now.isoformat(), "envelope_from": REPORTER,
        "envelope_to": "meiwaku@centre.example", "client_ip": "198.51.100.9", "client_port": 4711,
        "helo": "mx.mail.example", "tls": None,
    }  # fmt: skip


def main(folder: Path) -> dict[str, Any]:
    """Make everything."""
    os.environ["MEYASU_HOME"] = str(folder)
    from meyasubako.centre.config.prepare import collect_static, compile_catalogues
    from meyasubako.centre.config.startup import start

    compile_catalogues()
    start()
    collect_static(folder)
    from meyasubako.centre.reports.steps.delivery import step_delivery
    from meyasubako.receivers.ingest import ingest

    now = datetime.now(UTC).replace(microsecond=0)
    mails = folder / "hostile"
    mails.mkdir()
    for number, payload in enumerate(PAYLOADS):
        (mails / f"{number:03}.eml").write_bytes(hostile_mail(number, payload))
    made: dict[str, Any] = {"accounts": people(now), **reports(now), "delivered": step_delivery(now)}
    ingest([mails], home=folder, channel="monitor", monitor="pc-1", monitor_class="pc")
    return made


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]).resolve())))
