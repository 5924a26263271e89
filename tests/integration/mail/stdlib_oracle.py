"""What the standard library's parser (compat32) makes of a mail, in the terms of our ``Message``, and the
rules that explain where the two disagree. The table beside this file says who is right and why.
"""

from __future__ import annotations

import binascii
import email.header
import email.message
import email.parser
import email.policy
import email.utils
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from meyasubako.mail import Message, Part
from meyasubako.mail.charset import decode
from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer

_PARSER = email.parser.BytesParser(policy=email.policy.compat32)


class Disagreement(NamedTuple):
    """One aspect of one mail on which the two parsers differ, with what a rule needs to explain it."""

    aspect: str
    ours: object
    theirs: object
    raw: bytes
    message: Message
    data: bytes = b""
    label: str = ""


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _fields(theirs: email.message.Message) -> dict[str, str]:
    first: dict[str, str] = {}
    for name, value in theirs.raw_items():
        first.setdefault(name.lower(), str(value))
    return first


def _their_leaves(part: email.message.Message) -> Iterator[email.message.Message]:
    payload = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(payload, list) and payload:
        for child in payload:
            assert isinstance(child, email.message.Message)
            yield from _their_leaves(child)
    else:
        yield part


def _their_subject(value: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, UnicodeError, email.errors.HeaderParseError, binascii.Error) as error:
        return f"\0raises {type(error).__name__}"


def _their_date(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def disagreements(raw: bytes, message: Message) -> Iterator[Disagreement]:
    """Every aspect on which the standard library sees another mail."""
    theirs = _PARSER.parsebytes(raw)
    fields = _fields(theirs)
    yield from _header_disagreements(raw, message, fields)
    ours_leaves = leaves(message.root)
    their_leaves = list(_their_leaves(theirs))
    ours_types = [leaf.type for leaf in ours_leaves]
    their_types = [leaf.get_content_type() for leaf in their_leaves]
    if ours_types != their_types:
        yield Disagreement("structure", ours_types, their_types, raw, message)
        return
    for ours, their in zip(ours_leaves, their_leaves, strict=True):
        if not ours.type.startswith(("multipart/", "message/")):
            yield from _content_disagreements(raw, message, ours, their)


def _header_disagreements(raw: bytes, message: Message, fields: dict[str, str]) -> Iterator[Disagreement]:
    subject = _their_subject(fields["subject"]) if "subject" in fields else None
    ours_subject = message.subject
    if (subject is None) != (ours_subject is None) or _squeeze(subject or "") != _squeeze(ours_subject or ""):
        yield Disagreement("subject", ours_subject, subject, raw, message)
    their_from = email.utils.parseaddr(fields.get("from", ""))[1]
    our_from = message.from_.address if message.from_ is not None else ""
    if their_from != our_from:
        yield Disagreement("from", our_from, their_from, raw, message)
    their_date = _their_date(fields["date"]) if "date" in fields else None
    if their_date != message.date:
        yield Disagreement("date", message.date, their_date, raw, message)


def _content_disagreements(
    raw: bytes, message: Message, ours: Part, their: email.message.Message
) -> Iterator[Disagreement]:
    data, _ = decode_transfer(raw[ours.body : ours.end], ours.encoding)
    payload = their.get_payload(decode=True)
    their_data = payload if isinstance(payload, bytes) else b""
    aspect = "text" if ours.type.startswith("text/") else "attachment"
    if hashlib.sha256(data).digest() != hashlib.sha256(their_data).digest():
        yield Disagreement(f"{aspect}-bytes", data, their_data, raw, message, data, ours.encoding)
        return
    if aspect == "text":
        label = str(their.get_content_charset() or "us-ascii")
        try:
            text = data.decode(label)
        except (LookupError, UnicodeError) as error:
            text = f"\0raises {type(error).__name__}"
        decoded = decode(data, ours.charset)
        if decoded.text != text:
            yield Disagreement("text", decoded, text, raw, message, data, label)


_HEADER_END = {
    "header-missing", "header-end-missing", "header-stray-line", "header-envelope-line",
    "header-byte-order-mark", "header-leading-blank-line", "header-too-long",
}  # fmt: skip
_BROKEN_WORD = re.compile(rb"=\?[^?\s]+\?[bBqQ]\?[^?]*\s[^?]*\?=|=\?[^?\s]+\?[bBqQ]\?(?:[^?]*\Z|[^?]*\?[^=])")
_GLUED = re.compile(rb"[^\s(\"]=\?[^?\s]+\?[bBqQ]\?|\?=[^\s)\"?=]")


def _codes(case: Disagreement, where: str) -> set[str]:
    return {defect.code for defect in case.message.defects if defect.where == where}


def _raw_value(case: Disagreement, name: str) -> bytes:
    values = case.message.values(name)
    return values[0] if values else b""


def _header_ends_elsewhere(case: Disagreement) -> bool:
    return any(defect.code in _HEADER_END for defect in case.message.defects)


def _obsolete_colon(case: Disagreement) -> bool:
    head = case.raw[: case.message.root.body]
    return re.search(rb"^[!-9;-~]+[ \t]+:", head, re.MULTILINE) is not None


def _bare_cr(case: Disagreement) -> bool:
    return re.search(rb"\r(?!\n)", case.raw) is not None


def _they_raise(case: Disagreement) -> bool:
    return str(case.theirs).startswith("\0raises")


def _raw_bytes(case: Disagreement) -> bool:
    value = _raw_value(case, case.aspect)
    return not value.isascii() or b"\x1b" in value


def _charset_guessed(case: Disagreement) -> bool:
    return any(code.startswith("charset-") for code in _codes(case, f"header:{case.aspect}"))


def _broken_word(case: Disagreement) -> bool:
    value = _raw_value(case, case.aspect)
    return any(code.startswith("word-") for code in _codes(case, f"header:{case.aspect}")) or bool(
        _BROKEN_WORD.search(value)
    )


def _glued_word(case: Disagreement) -> bool:
    return _GLUED.search(_raw_value(case, case.aspect)) is not None


def _they_have_no_address(case: Disagreement) -> bool:
    return "@" not in str(case.theirs)


def _in_angle_brackets(case: Disagreement) -> bool:
    value = b"".join(_raw_value(case, "from").split()).decode("latin-1")
    return f"<{case.ours}>" in value


def _behind_a_name(case: Disagreement) -> bool:
    value = _squeeze(_raw_value(case, "from").decode("latin-1"))
    return " " in value and value.endswith(str(case.ours))


def _half_day(case: Disagreement) -> bool:
    return re.search(rb"\d ?[AaPp][Mm]\b", _raw_value(case, "date")) is not None


def _named_zone(case: Disagreement) -> bool:
    return re.search(rb"\d\s+\(?[A-Z]{3,5}\)?", _raw_value(case, "date")) is not None


def _their_date_fails(case: Disagreement) -> bool:
    return case.theirs is None


def _five_digit_zone(case: Disagreement) -> bool:
    return re.search(rb"\s\d{5}\s*\Z", _raw_value(case, "date")) is not None


def _boundary_guessed(case: Disagreement) -> bool:
    return any(defect.code in {"boundary-missing", "boundary-not-met"} for defect in case.message.defects)


def _they_find_no_parts(case: Disagreement) -> bool:
    assert isinstance(case.theirs, list)
    return any(str(kind).startswith("multipart/") for kind in case.theirs)


def _type_with_white_space(case: Disagreement) -> bool:
    assert isinstance(case.theirs, list)
    return any(re.search(r"\s", kind) for kind in case.theirs)


def _part_defect(*codes: str) -> Callable[[Disagreement], bool]:
    def fits(case: Disagreement) -> bool:
        return any(defect.code.startswith(codes) for defect in case.message.defects)

    return fits


def _last_line_end(case: Disagreement) -> bool:
    assert isinstance(case.ours, bytes)
    assert isinstance(case.theirs, bytes)
    return case.ours.rstrip(b"\r\n") == case.theirs.rstrip(b"\r\n")


def _encoding_with_comment(case: Disagreement) -> bool:
    plain = {b"quoted-printable", b"base64", b"7bit", b"8bit", b"binary"}
    written = re.findall(rb"(?im)^content-transfer-encoding[ \t]*:(.*(?:\n[ \t].*)*)", case.raw)
    return any(value.lstrip(b" \t").rstrip(b"\r").lower() not in plain for value in written)


def _guess_noted(case: Disagreement) -> bool:
    code = getattr(case.ours, "code", None)
    return code is not None


def _larger_codec(case: Disagreement) -> bool:
    charset = getattr(case.ours, "charset", "")
    return (charset, case.label) in {
        ("windows-1252", "iso-8859-1"), ("shift_jis", "shift_jis"), ("gb18030", "gb2312"), ("gb18030", "gbk"),
        ("euc-kr", "euc-kr"), ("euc-kr", "ks_c_5601-1987"), ("big5", "big5"), ("windows-1254", "iso-8859-9"),
    }  # fmt: skip


def _bom_dropped(case: Disagreement) -> bool:
    return str(case.theirs).lstrip("\ufeff") == getattr(case.ours, "text", None)


RULES: dict[tuple[str, str], Callable[[Disagreement], bool]] = {
    ("subject", "header-ends-elsewhere"): _header_ends_elsewhere,
    ("subject", "obsolete-colon"): _obsolete_colon,
    ("subject", "bare-cr"): _bare_cr,
    ("subject", "raw-bytes"): _raw_bytes,
    ("subject", "they-raise"): _they_raise,
    ("subject", "charset-guessed"): _charset_guessed,
    ("subject", "broken-word"): _broken_word,
    ("subject", "glued-word"): _glued_word,
    ("subject", "ascii-word"): lambda case: b"=?us-ascii" in _raw_value(case, "subject").lower(),
    ("subject", "larger-codec"): lambda case: b"=?iso-8859-1?" in _raw_value(case, "subject").lower(),
    ("from", "header-ends-elsewhere"): _header_ends_elsewhere,
    ("from", "obsolete-colon"): _obsolete_colon,
    ("from", "raw-bytes"): _raw_bytes,
    ("from", "no-address-theirs"): _they_have_no_address,
    ("from", "in-angle-brackets"): _in_angle_brackets,
    ("from", "behind-a-name"): _behind_a_name,
    ("date", "header-ends-elsewhere"): _header_ends_elsewhere,
    ("date", "half-day"): _half_day,
    ("date", "named-zone"): _named_zone,
    ("date", "unreadable-theirs"): _their_date_fails,
    ("date", "five-digit-zone"): _five_digit_zone,
    ("structure", "header-ends-elsewhere"): _header_ends_elsewhere,
    ("structure", "boundary-guessed"): _boundary_guessed,
    ("structure", "type-with-white-space"): _type_with_white_space,
    ("structure", "no-parts-theirs"): _they_find_no_parts,
    ("attachment-bytes", "base64-repaired"): _part_defect("base64-"),
    ("attachment-bytes", "encoding-with-comment"): _encoding_with_comment,
    ("text-bytes", "header-ends-elsewhere"): _header_ends_elsewhere,
    ("text-bytes", "last-line-end"): _last_line_end,
    ("text-bytes", "base64-repaired"): _part_defect("base64-", "uuencode-"),
    ("text-bytes", "obsolete-colon"): _obsolete_colon,
    ("text-bytes", "encoding-with-comment"): _encoding_with_comment,
    ("text", "guess-noted"): _guess_noted,
    ("text", "larger-codec"): _larger_codec,
    ("text", "unknown-label"): _they_raise,
    ("text", "bom-dropped"): _bom_dropped,
}


def explain(case: Disagreement) -> str | None:
    """The class of a disagreement: the first rule of its aspect that fits, None where none does."""
    for (aspect, name), fits in RULES.items():
        if aspect == case.aspect and fits(case):
            return name
    return None
