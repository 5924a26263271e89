"""Mails forwarded inside the text, as mail programs and phones write them: a line that announces the mail, the fields
the program shows, then its text.

The fields are found by their names, not by a program's exact layout, since each release changes that. A block counts
when it names the sender and at least the subject or the date: two fields behind an announcing line, three without.
The text is cut behind the block, and the HTML source at the same place, so that the links stay. What such a forward
never keeps (the trace, the other fields) is said in ``lost``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from meyasubako.mail.types import Message
from meyasubako.mail.wrapped.labels import (
    CC,
    DATE,
    FROM,
    OTHER,
    REPLY,
    SUBJECT,
    TO,
    label_of,
    phone_of,
    separator_of,
    unquoted,
)
from meyasubako.mail.wrapped.lines import Line, html_lines, text_lines
from meyasubako.mail.wrapped.parts import Contents
from meyasubako.mail.wrapped.rebuild import Box, Pieces, date_field, mailboxes, rebuilt, words
from meyasubako.mail.wrapped.shown_dates import read_shown_date
from meyasubako.mail.wrapped.types import WrappedMail

_MOST_LINES = 20_000
"""How far down a forwarded mail may begin."""
_MOST_BLOCK = 60
_WRAPPED = 60
_MOST_VALUE = 20_000
_MOST_BOXES = 500
_MOST_PARTS = 50
_FORWARD_SUBJECT = re.compile(r"(?:(?:fwd?|fw|転送|i|wg|tr)\s?[:：]\s*|【転送】)", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"\ufeff?(?:(?:On|Le|Am|El|Il|Em)\s)?(.{6,200}?)\s?<([^<>@\s]{1,64}@[^<>\s]{1,255})>[\"”]?\s?"
    r"(?:wrote|a écrit|schrieb|escribió|escreveu|ha scritto|さんは書きました|(?:から)?のメール)?\s?[:：]\s*\Z"
)
_CLOCK = re.compile(
    r"\d{1,2}[:.時]\d{2}(?:[:.]\d{2})?分?(?:\s?[AaPp]\.?[Mm]\b\.?)?(?:\s(?:GMT|UTC)[+-]\d{1,4})?"
)
_WROTE = re.compile(
    r"(?:<[^<>]{3,320}>\s?)?(?:wrote|a écrit|schrieb|escribió|ha scritto|さんは書きました|のメール)?\s?[:：]\s*\Z"
)
_AROUND = ' \t、,"“”«»„'
_MOST_INTRODUCED = 300
_MAILTO = re.compile(r"\[\s?mailto:\s?([^\[\]\s]{3,320})\s?\]|<\s?mailto:([^<>\s]{3,320})>", re.IGNORECASE)
_TOKEN = re.compile(r'"[^"]*"|<[^<>]*>|[,;、；]|[^",;<、；]+|.', re.DOTALL)
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\[\]\",;:@]{1,255}")


@dataclass
class _Block:
    """The fields a program shows: where they begin and where the mail's own text does (numbers of lines)."""

    first: int
    depth: int
    program: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    after: int = 0

    def counts(self, announced: bool) -> bool:
        """Whether this is a forwarded mail's head."""
        known = {name for name in self.shown if name != OTHER}
        if FROM not in known or not known & {SUBJECT, DATE}:
            return False
        return len(known) >= (2 if announced else 3)


class _Texts(NamedTuple):
    """The texts cut out, and what could not be."""

    plain: str
    html: str
    lost: tuple[str, ...]


def inline_mail(message: Message, contents: Contents) -> WrappedMail | None:
    """The mail that stands in the text of another; None where there is none."""
    plain_lines = text_lines(message.plain)
    source_lines = html_lines(message.html) if message.html else []
    author = message.from_.address.lower() if message.from_ is not None else ""
    plain_block = _block(plain_lines, author)
    html_block = _block(source_lines, author)
    if plain_block is None and html_block is None and is_forward(message):
        plain_block, html_block = _introduced(plain_lines), _introduced(source_lines)
    block = plain_block or html_block
    if block is None:
        return None
    plain = _plain_after(plain_lines, plain_block) if plain_block is not None else ""
    html = ""
    if html_block is not None:
        start = source_lines[html_block.after - 1].end if html_block.after else 0
        html = message.html[start:].strip()
        if FROM in html_block.shown and "@" not in block.shown[FROM] and "@" in html_block.shown[FROM]:
            block.shown[FROM] = html_block.shown[FROM]
    lost = ("plain-text",) if plain_block is None and message.plain.strip() else ()
    return _mail(message, contents, block, _Texts(plain, html, lost))


def is_forward(message: Message) -> bool:
    """Whether a mail says that it forwards another: by its subject, or by a line that announces one."""
    if _FORWARD_SUBJECT.match(message.subject or ""):
        return True
    lines = (separator_of(unquoted(line)[0]) for line in message.text[:20_000].splitlines())
    return any(program not in (None, "rule") for program in lines)


def _block(lines: list[Line], author: str) -> _Block | None:
    """The first head of a forwarded mail; one further on where the first is the forwarder's own mail."""
    own = None
    for block in _blocks(lines):
        boxes = read_boxes(block.shown[FROM])
        if author and boxes and boxes[0].address.lower() == author:
            own = own or block
            continue
        return block
    return own


def _introduced(lines: list[Line]) -> _Block | None:
    """A mail that one line introduces, as programs quote in answers: when, who, "wrote"."""
    for number, line in enumerate(lines[:_MOST_INTRODUCED]):
        text, depth = unquoted(line.text)
        following = unquoted(lines[number + 1].text)[0] if number + 1 < len(lines) else ""
        wrapped = _WROTE.match(following) is not None and not text.rstrip().endswith((":", "："))
        found = _INTRODUCED.match(f"{text} {following}"[:400] if wrapped else text[:400])
        clock = _CLOCK.search(found[1]) if found is not None else None
        if found is None or clock is None:
            continue
        shown = {
            DATE: found[1][: clock.end()],
            FROM: f"{found[1][clock.end() :].strip(_AROUND)} <{found[2]}>",
        }
        block = _Block(number, depth, "quoted", shown)
        block.after = number + (2 if wrapped else 1)
        rest = next((unquoted(one.text) for one in lines[block.after :] if one.text.strip()), ("", 0))
        block.depth = max(depth, rest[1])
        return block
    return None


def _blocks(lines: list[Line]) -> Iterator[_Block]:
    """All heads of forwarded mails, in their order; each line is read at most twice."""
    announced = -10
    program = ""
    number = 0
    while number < min(len(lines), _MOST_LINES):
        text, depth = unquoted(lines[number].text)
        separator = separator_of(text)
        if separator is not None:
            if separator != "rule" or number > announced + 2:
                announced, program = number, separator
            number += 1
            continue
        label = label_of(text) if text else None
        if label is None or label[0] == OTHER:
            if text and number > announced + 3:
                announced = -10
            number += 1
            continue
        block = _read_block(lines, number, depth)
        if block.counts(announced >= 0):
            block.program = program if announced >= 0 else ""
            yield block
        number = max(block.after, number + 1)
        announced = -10


def _read_block(lines: list[Line], first: int, depth: int) -> _Block:
    """The fields from this line on: labels, wrapped values, one blank line between labels at most."""
    block = _Block(first, depth)
    current = ""
    number = first
    while number < len(lines) and number - first < _MOST_BLOCK:
        text, signs = unquoted(lines[number].text)
        label = label_of(text) if text else None
        if label is not None:
            name, value = label
            if name in block.shown and name != OTHER:
                break
            block.shown[name] = value[:_MOST_VALUE]
            block.labels.add(text[:16].partition(":")[0].strip(" *\t").lower())
            current = name
        elif not text.strip() or signs < depth:
            if not _goes_on(lines, number + 1, block):
                break
        elif current and _is_wrapped(lines, number, block):
            block.shown[current] = f"{block.shown[current]} {text.strip()}"[:_MOST_VALUE]
        else:
            break
        number += 1
    block.after = number
    return block


def _goes_on(lines: list[Line], number: int, block: _Block) -> bool:
    """Whether the next line shows a field that the block lacks."""
    if number >= len(lines):
        return False
    label = label_of(unquoted(lines[number].text)[0])
    return label is not None and label[0] not in block.shown and label[0] != OTHER


def _is_wrapped(lines: list[Line], number: int, block: _Block) -> bool:
    """Whether a line without a label goes on with the value above: that one was long, or empty, or more follow."""
    before = lines[number - 1].text
    if before.rstrip().endswith((":", "：", ",", ";")):
        return True
    if len(before.encode("utf-8", "replace")) > _WRAPPED:
        return True
    return _goes_on(lines, number + 1, block) and len(block.shown) >= 1 and lines[number].text[:1] in " \t"


def _plain_after(lines: list[Line], block: _Block) -> str:
    """The forwarded text without the quotation signs its head bore; it ends where they end."""
    kept: list[str] = []
    for line in lines[block.after :]:
        text = line.text
        if block.depth:
            rest, signs = unquoted(text)
            if not signs and rest.strip() and kept:
                break
            text = _strip_quote(text, block.depth) if signs else rest
        kept.append(text)
    return "\n".join(kept).strip("\n") + "\n" if kept else ""


def _strip_quote(text: str, depth: int) -> str:
    """Take off so many signs, and the blank behind the last."""
    position = 0
    for _ in range(depth):
        stripped = text[position:].lstrip(" \t\u3000")
        if not stripped.startswith((">", "＞", "|")):
            break
        position = len(text) - len(stripped) + 1
    return text[position:].removeprefix(" ")


def read_boxes(value: str) -> tuple[Box, ...]:
    """The mailboxes a program shows: names with or without addresses, parted by commas or semicolons."""
    value = _MAILTO.sub(lambda found: f"<{found[1] or found[2]}>", value[:_MOST_VALUE])
    boxes: list[Box] = []
    name: list[str] = []
    address = ""
    for piece in [*_TOKEN.findall(value), ";"]:
        if piece in (",", ";", "、", "；"):
            text = " ".join("".join(name).split())
            if not address and (found := _ADDRESS.search(text)):
                address = found[0]
                text = text.replace(address, "").strip(" ()[]'\"　")
            if (text or address) and len(boxes) < _MOST_BOXES:
                boxes.append(Box("" if text == address else text.strip("'\" "), address))
            name, address = [], ""
        elif piece.startswith("<") and "@" in piece:
            address = address or piece.strip("<> ").removeprefix("mailto:")
        else:
            name.append(
                piece.strip('"')
                if len(piece) > 1 and piece.startswith('"')
                else piece.strip("<>")
                if piece in "<>"
                else piece
            )
    return tuple(boxes)


def _mail(message: Message, contents: Contents, block: _Block, texts: _Texts) -> WrappedMail:
    """The mail put together, with what was concluded and what is lost."""
    shown = block.shown
    derived: dict[str, str] = {}
    lost: dict[str, None] = dict.fromkeys(("trace", "header-fields"))
    fields: list[tuple[str, str]] = []
    for name, written in ((FROM, "From"), (REPLY, "Reply-To"), (TO, "To"), (CC, "Cc")):
        boxes = read_boxes(shown.get(name, ""))
        if boxes:
            fields.append((written, mailboxes(boxes)))
        if name == FROM and not (boxes and boxes[0].address):
            lost["from-address"] = None
        elif name == TO and not boxes:
            lost["recipients"] = None
        elif name in (TO, CC) and any(not box.address for box in boxes):
            lost["addresses-shortened"] = None
    subject = shown.get(SUBJECT, "")
    if SUBJECT not in shown:
        outer = message.subject or ""
        if found := _FORWARD_SUBJECT.match(outer):
            subject = outer[found.end() :].strip()
            derived["subject"] = "the forward's own subject"
        else:
            lost["subject"] = None
    fields.append(("Subject", words(subject)))
    fields += _date(shown.get(DATE, ""), message, derived, lost)
    if texts.html:
        lost["html"] = None
    elif not texts.plain.strip():
        lost["body"] = None
    lost.update(dict.fromkeys(texts.lost))
    parts = _files(message, contents)
    how = f"inline:{_program(message, block)}"
    return WrappedMail(
        rebuilt(how, Pieces(tuple(fields), texts.plain, texts.html, parts)), how, derived, tuple(lost)
    )


def _date(
    shown: str, message: Message, derived: dict[str, str], lost: dict[str, None]
) -> list[tuple[str, str]]:
    read = read_shown_date(shown, message.date) if shown else None
    if read is None:
        lost["date"] = None
        return []
    assumed = []
    if read.zone_assumed:
        lost["date-zone"] = None
        assumed.append("+0900")
    if read.year_assumed:
        assumed.append(f"year {read.moment.year}")
    if not read.seconds_shown:
        lost["date-seconds"] = None
    if assumed:
        derived["date"] = ", ".join(assumed)
    return [("Date", date_field(read.moment))]


def _files(message: Message, contents: Contents) -> tuple[bytes, ...]:
    """The files of the forward, which are those of the mail it forwards; as they are, header and all."""
    parts: list[bytes] = []
    for leaf in contents.leaves:
        if leaf.is_text or leaf.part.path == "":
            continue
        if len(parts) >= _MOST_PARTS or not contents.take(leaf.part.end - leaf.part.start):
            contents.lost["attachments"] = None
            break
        parts.append(message.raw[leaf.part.start : leaf.part.end])
    return tuple(parts)


def _program(message: Message, block: _Block) -> str:
    """The program or carrier that wrote the forward, as far as its ways tell."""
    domain = message.from_.domain if message.from_ is not None else ""
    if block.program in ("gmail", "thunderbird", "yahoo", "apple", "quoted"):
        return "yahoo-japan" if block.program == "yahoo" and domain.endswith("yahoo.co.jp") else block.program
    if carrier := phone_of(domain):
        return carrier
    if domain.endswith("yahoo.co.jp"):
        return "yahoo-japan"
    if block.program == "outlook" or block.labels & {"sent", "送信日時", "送信済み"}:
        return "outlook"
    return "outlook" if block.program == "rule" else "other"
