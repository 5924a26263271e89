"""Pieces of a mail's text as markup: marks with their names, highlights with the numbers of their findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from meyasubako.centre.site_staff.reading.pieces import Piece

register = template.Library()


@register.filter
def shown(pieces: Iterable[Piece]) -> SafeString:
    """The pieces as markup; whatever is a mail's own is escaped here and nowhere marked safe before."""
    parts: list[str] = []
    for numbers, run in groupby(pieces, key=lambda piece: piece.found):
        words = "".join(map(_piece, run))
        parts.append(f'<mark class="found">{words}{_notes(numbers)}</mark>' if numbers else words)
    return mark_safe("".join(parts))  # noqa: S308 - made of escaped parts alone


def _notes(numbers: tuple[int, ...]) -> str:
    return "".join(f'<a class="note" href="#finding-{number}">{number}</a>' for number in numbers)


def _piece(piece: Piece) -> str:
    if piece.kind == "mark":
        return f'<span class="sign" title="{escape(piece.tip)}">{escape(piece.text)}</span>'
    if piece.kind == "masked":
        return f'<span class="masked">{escape(piece.text)}</span>'
    return str(escape(piece.text))


@register.filter
def pairs(one: Iterable[object], other: Iterable[object]) -> Iterator[tuple[object, object]]:
    """Two lists side by side."""
    return zip(one, other, strict=True)


@register.filter
def plus(number: float, more: float) -> float:
    """A sum, for places in a picture."""
    return number + more
