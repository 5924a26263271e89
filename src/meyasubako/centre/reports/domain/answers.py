"""The mails that the centre writes to a reporter, ready to send: the acknowledgement and an officer's answer.

Both in Japanese and English; nothing of the report itself is quoted, so that a mail that goes astray tells nothing
but that something was reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from meyasubako.centre.reports.domain.receipts import JAPAN

_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?\Z")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the centre's name in each language, its address, the address of its site ("" where it has none)."""

    name_ja: str
    name_en: str
    address: str
    site: str

    def link(self, language: str, secret: str) -> str:
        """The page where the reporter sees what became of the report; "" without a site."""
        return f"{self.site}/{language}/report/track/{secret}/" if self.site else ""


def recipient(address: str) -> str | None:
    """The address as it may be written to (RFC 5321 section 4.1.2); None for one that cannot stand in a mail.

    Phones in Japan had addresses like ``a..b@`` and ``a.@`` for years, which stand in quotes only:
    they are written so.
    """
    local, _, domain = address.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if not 0 < len(local) <= 64 or not (local.isascii() and local.isprintable()):
        return None
    if _DOMAIN.match(domain) is None or ".." in domain:
        return None
    if _DOT_ATOM.match(local) is None:
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}@{domain}"


def acknowledgement(
    writer: Writer,
    *,
    to: str,
    number: str,
    received_at: datetime,
    mails: int,
    secret: str,
    reference: str,
    message_id: str,
    now: datetime,
) -> EmailMessage:
    """Says that a report came, under which number, and where to see what became of it; answers ``reference``."""
    local = received_at.astimezone(JAPAN)
    message = _message(
        writer, to, f"【受付番号 {number}】情報提供を受け付けました / Report received", message_id, now
    )
    # RFC 3834 section 5; the second keeps some servers from answering this in turn.
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    if _MESSAGE_ID.match(reference.strip("<> ")):
        message["In-Reply-To"] = message["References"] = f"<{reference.strip('<> ')}>"
    links = {language: writer.link(language, secret) for language in _LANGUAGES}
    follow_ja = (
        f"その後の取扱いの確認、取下げ、消去は次のページでできます(このURLは他の人に知らせないでください)。\n{links['ja']}\n\n"
        if links["ja"]
        else ""
    )
    follow_en = (
        f"See what became of it, take it back or have it erased here (keep this address to yourself):\n{links['en']}\n\n"
        if links["en"]
        else ""
    )
    held_ja = "" if mails else "転送されたメールを自動では取り出せなかったため、担当者が確認します。\n"
    held_en = (
        "" if mails else "No forwarded mail could be taken out of it by itself; an officer will look at it.\n"
    )
    message.set_content(
        "迷惑メールの情報提供をいただき、ありがとうございます。次のとおり受け付けました。\n\n"
        f"受付番号: {number}\n"
        f"受付日時: {local:%Y-%m-%d %H:%M}(日本時間)\n"
        f"含まれていたメール: {mails}通\n{held_ja}\n{follow_ja}"
        "情報提供は申出(法第8条)ではありません。このメールは自動で送信しています。\n"
        f"{writer.name_ja}\n\n"
        "----\n\n"
        "Thank you for reporting spam. It was received as follows.\n\n"
        f"Receipt number: {number}\n"
        f"Received: {local:%Y-%m-%d %H:%M} (Japan)\n"
        f"Mails in it: {mails}\n{held_en}\n{follow_en}"
        "A report is not a petition (Article 8 of the Act). This mail was sent automatically.\n"
        f"{writer.name_en}\n"
    )
    return message


def answer(
    writer: Writer, *, to: str, number: str, text: str, message_id: str, now: datetime
) -> EmailMessage:
    """What an officer wrote about a report, under its number."""
    message = _message(writer, to, f"【受付番号 {number}】情報提供について / Your report", message_id, now)
    message.set_content(
        f"{text}\n\n受付番号 / Receipt number: {number}\n{writer.name_ja} / {writer.name_en}\n"
    )
    return message


def _message(writer: Writer, to: str, subject: str, message_id: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(writer.name_ja, addr_spec=writer.address)
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now.astimezone(JAPAN))
    message["Message-ID"] = f"<{message_id}@{writer.address.rpartition('@')[2]}>"
    return message
