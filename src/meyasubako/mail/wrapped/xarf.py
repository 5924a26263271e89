"""X-ARF: reports as data with the evidence beside (versions 0.1 and 0.2, key: value lines) or inside (XARF 3 and 4,
JSON with base64 evidence). Only reports about mail with the mail in them can be filed.

The formats: x-arf.org for 0.x, github.com/abusix/xarf for 3, xarf.org for 4.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from meyasubako.mail.types import Message
from meyasubako.mail.wrapped.attached import attached_mail, looks_like_mail
from meyasubako.mail.wrapped.feedback import derived_from
from meyasubako.mail.wrapped.machine import read_block
from meyasubako.mail.wrapped.parts import Contents, Leaf
from meyasubako.mail.wrapped.types import Unwrapped, WrappedMail

_JSON_TYPES = frozenset({"application/json", "application/xarf+json", "text/json"})
_JSON_BYTES = 80 * 1024 * 1024
_ABOUT_MAIL = ("spam", "messaging", "smtp")
_FIELDS_V4 = {
    "xarf_version": "version",
    "report_id": "report-id",
    "timestamp": "arrival-date",
    "source_identifier": "source-ip",
    "source_port": "source-port",
    "category": "category",
    "class": "category",
    "type": "feedback-type",
    "protocol": "protocol",
    "smtp_from": "original-mail-from",
    "smtp_to": "original-rcpt-to",
    "subject": "subject",
    "message_id": "message-id",
    "evidence_source": "evidence-source",
}
_FIELDS_V3 = {
    "ReportClass": "category",
    "ReportType": "feedback-type",
    "Date": "arrival-date",
    "SourceIp": "source-ip",
    "SourcePort": "source-port",
}
_V0_NAMES = {"source": "source-ip", "report-type": "feedback-type", "date": "arrival-date"}


def read_xarf(message: Message, contents: Contents) -> Unwrapped | None:
    """The report and its mails; None where the mail is no X-ARF."""
    for leaf in contents.leaves:
        if leaf.type in _JSON_TYPES or leaf.suffix == "json":
            data = contents.of(leaf)
            report = read_xarf_json(data, contents) if data is not None else None
            if report is not None:
                return report
    return _read_lines(message, contents)


def read_xarf_json(data: bytes, contents: Contents) -> Unwrapped | None:
    """XARF 3 or 4; None where this JSON is something else or none."""
    if len(data) > _JSON_BYTES or not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        report = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        if b'"xarf_version"' in data[:4_096]:
            return Unwrapped("none", reason="xarf-unreadable")
        return None
    if not isinstance(report, dict):
        return None
    if "xarf_version" in report:
        fields, evidence = _texts(report, _FIELDS_V4), report.get("evidence")
    elif "ReporterInfo" in report and isinstance(report.get("Report"), dict):
        inner = report["Report"]
        fields = {"version": str(report.get("Version", "3"))[:40], **_texts(inner, _FIELDS_V3)}
        if isinstance(inner.get("Source"), dict):
            fields |= _texts(inner["Source"], {"IP": "source-ip", "Port": "source-port"})
        evidence = inner.get("Attachment", inner.get("Samples"))
    else:
        return None
    return _filed(fields, _evidence_mails(evidence, contents), contents)


def _texts(source: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """The plain values of a JSON object under our names."""
    found: dict[str, str] = {}
    for theirs, ours in names.items():
        value = source.get(theirs)
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = value[0]
        if isinstance(value, str | int) and not isinstance(value, bool):
            found.setdefault(ours, str(value)[:4_000])
    return found


def _filed(fields: dict[str, str], mails: tuple[WrappedMail, ...], contents: Contents) -> Unwrapped:
    lost = tuple(contents.lost)
    if mails:
        return Unwrapped(
            "xarf", mails, reported=fields, derived=derived_from(mails[0].raw, fields), lost=lost
        )
    about = " ".join(fields.get(name, "") for name in ("category", "feedback-type", "protocol")).lower()
    reason = "xarf-without-mail" if any(word in about for word in _ABOUT_MAIL) else "xarf-not-mail"
    return Unwrapped("none", reason=reason, reported=fields, lost=lost)


def _evidence_mails(evidence: object, contents: Contents) -> tuple[WrappedMail, ...]:
    """The pieces of evidence that are mails, up to the caps; a wrong hash is said."""
    mails: list[WrappedMail] = []
    for piece in evidence if isinstance(evidence, list) else ():
        if not isinstance(piece, dict):
            continue
        payload = piece.get("payload", piece.get("Data", piece.get("Payload")))
        data = _decoded(payload) if isinstance(payload, str) else None
        if data is None or not looks_like_mail(data):
            continue
        if len(mails) >= contents.limits.mails:
            contents.lost["mails-beyond-cap"] = None
            break
        if not contents.take(len(data)):
            continue
        lost = () if _hash_agrees(piece.get("hash"), data) else ("evidence-altered",)
        mails.append(WrappedMail(data, "xarf", lost=lost))
    return tuple(mails)


def _decoded(payload: str) -> bytes | None:
    """Base64 as the format asks for, or the mail itself as some write it."""
    try:
        return binascii.a2b_base64(payload.encode("ascii"), strict_mode=False)
    except (ValueError, binascii.Error):
        return payload.encode("utf-8", "surrogatepass")


def _hash_agrees(claimed: object, data: bytes) -> bool:
    """Whether "sha256:..." is that of the data; what cannot be checked agrees."""
    if not isinstance(claimed, str) or ":" not in claimed:
        return True
    name, _, value = claimed.partition(":")
    if name.lower() not in ("sha256", "sha512", "sha1", "md5"):
        return True
    return hashlib.new(name.lower(), data, usedforsecurity=False).hexdigest() == value.strip().lower()


def _read_lines(message: Message, contents: Contents) -> Unwrapped | None:
    """X-ARF 0.x: the second part says what, the third is the evidence."""
    marked = bool(message.values("x-xarf") or message.values("x-arf"))
    for leaf in contents.leaves:
        if leaf.type == "text/plain" and (marked or leaf.name == "report.txt") and leaf.part.path != "":
            data = contents.of(leaf)
            fields = _lines(data) if data is not None else {}
            if "feedback-type" in fields and "source-ip" in fields:
                return _filed(fields, contents.mails(_evidence, apart=leaf), contents)
    return Unwrapped("none", reason="xarf-unreadable") if marked else None


def _lines(data: bytes) -> dict[str, str]:
    fields = read_block(data)
    return {_V0_NAMES.get(name, name): value.strip("'\" ") for name, value in fields.items()}


def _evidence(leaf: Leaf, contents: Contents) -> WrappedMail | None:
    """A mail attached whole, or its source as text (``Attachment: text/plain``)."""
    mail = attached_mail(leaf, contents)
    if mail is not None:
        return WrappedMail(mail.raw, "xarf", mail.derived, mail.lost)
    if leaf.type == "text/plain" and leaf.name:
        data = contents.of(leaf)
        if data is not None and looks_like_mail(data):
            return WrappedMail(data, "xarf")
    return None
