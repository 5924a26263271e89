"""Text made alike for reading, with the way back to the characters as written.

Full and half width become one (NFKC: ｱ, Ａ, ㈱), letters small. A second form, squeezed, has no white space at all, so
that a word broken by a line end or spread out by spaces is one word again. Offsets lead from either form back to
the text; the maps are made only when evidence was found.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

from meyasubako.law.types import Span

MARKS = "\u0300-\u036f\u3099\u309a\uff9e\uff9f"
CLUSTER = re.compile(rf"[^{MARKS}]?[{MARKS}]*", re.DOTALL)


def fold(text: str) -> str:
    """NFKC and small letters; most text is in that form already and costs one look."""
    if text.isascii():
        return text.encode("ascii").lower().decode("ascii")
    return unicodedata.normalize("NFKC", text).lower()


class Folded:
    """One text of a message in its folded form. ``where`` names the field its spans point into."""

    __slots__ = ("_lines", "_plain", "_squeezed", "_squeezed_map", "folded", "source", "where")

    def __init__(self, where: str, source: str) -> None:
        """Fold ``source``, the field ``where`` of a message."""
        self.where = where
        self.source = source
        self.folded = fold(source)
        self._squeezed: str | None = None
        self._lines: tuple[list[str], list[int]] | None = None
        self._plain: bool | None = None
        self._squeezed_map: list[int] | None = None

    @property
    def squeezed(self) -> str:
        """The folded text without any white space."""
        if self._squeezed is None:
            self._squeezed = "".join(self.folded.split())
        return self._squeezed

    def span(self, start: int, end: int) -> Span:
        """The characters as written behind folded characters ``start`` to ``end``."""
        if self._plain is None:
            self._plain = len(self.folded) == len(self.source) and (
                self.source.isascii() or unicodedata.is_normalized("NFKC", self.source)
            )
        if self._plain:
            return Span(self.where, start, end)
        return Span(self.where, self.written(start, False), self.written(end, True))

    def written(self, offset: int, is_end: bool) -> int:
        """The offset in the source that a folded offset came from; an end is rounded up to whole characters.

        Folding never crosses a line end, so only the line is mapped character by character.
        """
        if self._lines is None:
            lines = self.source.split("\n")
            self._lines = lines, [0, *accumulate(len(line) + 1 for line in lines)]
        lines, starts = self._lines
        number = self.folded.count("\n", 0, offset)
        left = offset - (self.folded.rfind("\n", 0, offset) + 1)
        at = 0
        for match in CLUSTER.finditer(lines[number]):
            if left <= 0 or not match[0]:
                break
            width = len(fold(match[0]))
            if width > left and not is_end:
                break
            left -= width
            at = match.end()
        return starts[number] + at

    def unsqueeze(self, start: int, end: int) -> tuple[int, int]:
        """Folded offsets of squeezed ones (``start`` < ``end``)."""
        if self._squeezed_map is None:
            self._squeezed_map = [i for i, character in enumerate(self.folded) if not character.isspace()]
        return self._squeezed_map[start], self._squeezed_map[end - 1] + 1

    def find_words(self, words: tuple[str, ...], limit: int = 16) -> list[tuple[int, int]]:
        """Places of any of the words as folded offsets, in order; broken words are sought where none stands whole."""
        text = self.folded
        found = find_all(text, words, limit)
        if not found and not text.isascii():
            found = [self.unsqueeze(start, end) for start, end in find_all(self.squeezed, words, limit)]
        return found


def find_all(text: str, words: tuple[str, ...], limit: int) -> list[tuple[int, int]]:
    """Places of any of the words in a text, in order, at most ``limit`` a word; linear in text times words."""
    found: list[tuple[int, int]] = []
    for word in words:
        if word not in text:
            continue
        at = text.find(word)
        for _ in range(limit):
            found.append((at, at + len(word)))
            at = text.find(word, at + len(word))
            if at < 0:
                break
    found.sort()
    return found
