"""Text of a stranger as pieces that can be shown: marks for what cannot be seen, inert links, highlights.

A right-to-left override turns "fdp.exe" into "exe.pdf", a zero-width space hides a word from a search, a link is
followed by a slip of the hand. So each control, format and unassigned character is shown as its number ("U+202E"),
and schemes, dots and at signs of what could be followed are written as analysts write them (``hxxps[:]//a[.]example``).
Highlights keep their places: they are given in characters of the text as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from meyasubako.mail.domains import ascii_host, has_known_suffix

_SEEN = frozenset("\n\t")
_HIDDEN_KINDS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that print as nothing."""
_SUSPECT = re.compile(
    r"[^\n\t -~\u00a1-\u00ac\u00ae-\u02ff\u3000-\u3029\u3030-\u3163\u4e00-\u9fff\uff01-\uff9f]"
)
"""Characters worth looking up: everything outside the blocks that plain and Japanese text is made of."""

_FOLLOWED = re.compile(
    r"(?P<scheme>[A-Za-zＡ-Ｚａ-ｚ][A-Za-z0-9+.-]{0,20}+|[ｈＨ][ｔＴ][ｔＴ][ｐＰ][ｓＳ]?)(?P<colon>[:：])(?P<slashes>[/／\\]{2})"
    r"(?P<host>[^\s/?#<>\"'「」（）()。、]{0,255}+)"
    r"|(?P<at>[@＠])"
    r"|(?i:javascript|vbscript)(?P<script>:)"
    r"|(?P<name>(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]{1,63}+\.){1,10}+[A-Za-z]{2,24}+(?![A-Za-z0-9_-]))"
)
_DOTS = re.compile(r"[.。．｡]")
MASKED = "***"
"""What stands in the place of an address that is kept back."""
Mask = re.Pattern[str] | None
_MOST_MASKED = 100
_CHANGED_SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}
_LIVE_SCHEMES = {inert: live for live, inert in _CHANGED_SCHEMES.items()}
_INERT_SCHEME = re.compile(
    rf"({'|'.join(sorted(_LIVE_SCHEMES, key=len, reverse=True))})(?:\[:\]|:)", re.IGNORECASE
)


class Piece(NamedTuple):
    """A run of characters: ``kind`` is ``text``, ``mark`` (a character that cannot be seen), ``inert`` (written
    otherwise than it stood, so that it cannot be followed) or ``masked`` (somebody's address, kept back). ``tip``
    explains a mark. ``found`` are the numbers of the highlights over it."""

    kind: str
    text: str
    tip: str = ""
    found: tuple[int, ...] = ()


class Highlight(NamedTuple):
    """Characters ``start`` to ``end`` belong to the finding of this number."""

    start: int
    end: int
    number: int


class _Change(NamedTuple):
    start: int
    end: int
    piece: Piece


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, changes the direction of others, or means nothing anywhere."""
    if character in _SEEN:
        return False
    return character in _FILLERS or unicodedata.category(character) in _HIDDEN_KINDS


def mark_of(character: str) -> Piece:
    """The mark shown in the place of a character."""
    number = f"U+{ord(character):04X}"
    return Piece("mark", number, unicodedata.name(character, "") or number)


def mask_of(addresses: Iterable[str]) -> Mask:
    """What keeps these addresses back wherever they stand, also as a bounce's or a link's ``user=host``."""
    written = sorted({address.strip().lower() for address in addresses if "@" in address}, reverse=True)
    shapes = (
        f"{re.escape(local)}(?:[@＠=]|%40|&#64;){re.escape(host)}"
        for local, _, host in (address.rpartition("@") for address in written[:_MOST_MASKED])
        if local and host
    )
    joined = "|".join(shapes)
    return re.compile(joined, re.IGNORECASE) if joined else None


def in_pieces(text: str, highlights: Iterable[Highlight] = (), mask: Mask = None) -> list[Piece]:
    """The text in order. Joined without marks it is the text, but for what was made inert or masked."""
    changes = sorted([*_masked(text, mask), *_marks(text), *_defanged(text)], key=_by_place)
    return list(_swept(text, changes, sorted(highlights)))


def _by_place(change: _Change) -> tuple[int, int]:
    """In the order of the text; of two at one place the longer first, which swallows the other."""
    return change.start, -change.end


def plain(text: str, mask: Mask = None) -> str:
    """The text with marks in brackets and links defanged, for where no markup can be: titles, file names."""
    pieces = in_pieces(text, mask=mask)
    return "".join(f"[{piece.text}]" if piece.kind == "mark" else piece.text for piece in pieces)


def inert_url(url: str, mask: Mask = None) -> str:
    """A URL of whatever scheme that nothing takes for one: ``hxxps[:]//login[.]example/a``."""
    if mask is not None:
        url = mask.sub(MASKED, url)
    scheme, colon, rest = url.partition(":")
    if not colon or "/" in scheme or "." in scheme:
        return plain(url)
    changed = _CHANGED_SCHEMES.get(scheme.strip().lower(), scheme)
    slashes = rest[: len(rest) - len(rest.lstrip("/\\"))]
    rest = rest[len(slashes) :]
    host, tail = _split_host(rest)
    if not slashes:
        return plain_marks(f"{changed}[:]") + plain(rest)
    return plain_marks(f"{changed}[:]{slashes}{_DOTS.sub('[.]', host)}") + plain(tail)


def plain_marks(text: str) -> str:
    """The text with marks in brackets, and nothing else changed."""
    return "".join(f"[{mark_of(sign).text}]" if is_hidden(sign) else sign for sign in text)


def live_again(text: str) -> str:
    """What somebody copied from a page, as it stood in the mail: for search boxes."""
    restored = _INERT_SCHEME.sub(lambda found: _LIVE_SCHEMES[found[1].lower()] + ":", text.strip())
    return restored.replace("[.]", ".").replace("[:]", ":").replace("[@]", "@")


def _split_host(rest: str) -> tuple[str, str]:
    for place, sign in enumerate(rest):
        if sign in "/?#\\":
            return rest[:place], rest[place:]
    return rest, ""


def _masked(text: str, mask: Mask) -> Iterator[_Change]:
    if mask is not None:
        for found in mask.finditer(text):
            yield _Change(found.start(), found.end(), Piece("masked", MASKED))


def _marks(text: str) -> Iterator[_Change]:
    for found in _SUSPECT.finditer(text):
        if is_hidden(found[0]):
            yield _Change(found.start(), found.end(), mark_of(found[0]))


def _defanged(text: str) -> Iterator[_Change]:
    """What has to be written otherwise, each change as small as it can be."""
    for found in _FOLLOWED.finditer(text):
        if found["scheme"] is not None:
            scheme = found["scheme"]
            changed = _CHANGED_SCHEMES.get(unicodedata.normalize("NFKC", scheme).lower())
            if changed is not None:
                yield _Change(found.start(), found.start("colon"), Piece("inert", changed))
            yield _Change(found.start("colon"), found.end("colon"), Piece("inert", "[:]"))
            yield from _dots(text, found.start("host"), found.end("host"))
        elif found["script"] is not None:
            yield _Change(found.start("script"), found.end(), Piece("inert", "[:]"))
        elif found["at"] is not None:
            yield _Change(found.start(), found.end(), Piece("inert", "[@]"))
        else:
            host = ascii_host(found["name"])
            if host is not None and has_known_suffix(host):
                yield from _dots(text, found.start(), found.end())


def _dots(text: str, start: int, end: int) -> Iterator[_Change]:
    for found in _DOTS.finditer(text, start, end):
        yield _Change(found.start(), found.end(), Piece("inert", "[.]"))


def _swept(text: str, changes: Sequence[_Change], highlights: Sequence[Highlight]) -> Iterator[Piece]:
    """The text cut where something changes and where highlights begin and end."""
    cuts = sorted({0, len(text), *_inside(text, highlights)})
    upcoming = iter(changes)
    change = next(upcoming, None)
    position = 0
    for cut in cuts:
        while position < cut:
            numbers = tuple(sorted({one.number for one in highlights if one.start <= position < one.end}))
            if change is not None and change.start <= position:
                yield change.piece._replace(found=numbers)
                position = change.end
                change = next(upcoming, None)
                while change is not None and change.start < position:
                    change = next(upcoming, None)
                continue
            stop = cut if change is None else min(cut, change.start)
            yield Piece("text", text[position:stop], found=numbers)
            position = stop


def _inside(text: str, highlights: Sequence[Highlight]) -> Iterator[int]:
    for one in highlights:
        for place in (one.start, one.end):
            if 0 < place < len(text):
                yield place
