"""Text made alike for reading, with the way back to the characters as written.

Full and half width become one (NFKC: ｱ, Ａ, ㈱), letters small. A second form, squeezed, has no white space at all, so
that a word broken by a line end or spread out by spaces is one word again. Offsets lead from either form back to
the text; the maps are made only when evidence was found.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import ClassVar

from meyasubako.law.types import Span

EASTERN = re.compile("[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9f]")
CHUNK = 256
MARKS = frozenset("\u3099\u309a\uff9e\uff9f").union(map(chr, range(0x300, 0x370)))
"""Signs that fold into the character before them."""


def fold(text: str) -> str:
    """NFKC and small letters; most text is in that form already and costs one look."""
    if text.isascii():
        return text.encode("ascii").lower().decode("ascii")
    return unicodedata.normalize("NFKC", text).lower()


TOKENS = bytes(
    ord(chr(code).lower()) if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256)
)
"""Small letters and digits as they are, everything else a space."""


def tokens(text: str) -> list[bytes]:
    """Words of Latin letters and digits, in small letters; other scripts only part them."""
    return text.encode("ascii", "replace").translate(TOKENS).split()


class Vocabulary:
    """Words to be sought together, folded. A text without any of the Latin words' keys is not searched for them.

    Vocabularies are made when their modules are loaded; ``every_key`` is then all their keys, so that a text is cut
    into words once for all of them.
    """

    __slots__ = ("keyed", "keys", "latin", "other")
    every_key: ClassVar[set[bytes]] = set()

    def __init__(self, *words: str) -> None:
        """A word's key is its longest run of Latin letters and digits."""
        self.latin = tuple(word for word in words if word.isascii())
        self.other = tuple(word for word in words if not word.isascii())
        self.keyed = tuple((max(tokens(word), key=len), word) for word in self.latin)
        self.keys = frozenset(key for key, _ in self.keyed)
        Vocabulary.every_key.update(self.keys)

    def latin_in(self, found: frozenset[bytes]) -> tuple[str, ...]:
        """The Latin words that may stand in a text of these tokens."""
        return () if self.keys.isdisjoint(found) else tuple(word for key, word in self.keyed if key in found)

    def other_in(self, characters: frozenset[str]) -> tuple[str, ...]:
        """The other words that may stand in a text of these characters."""
        return may_stand(self.other, characters)

    def stands_in(self, text: str) -> bool:
        """Whether any of the words stands in a short folded text."""
        return any(word in text for word in (self.latin if text.isascii() else self.latin + self.other))


def may_stand(words: tuple[str, ...], characters: frozenset[str]) -> tuple[str, ...]:
    """Those of the words whose characters all occur in a text: many times quicker than to look for each."""
    return tuple([word for word in words if characters.issuperset(word)])


class Folded:
    """One text of a message in its folded form. ``where`` names the field its spans point into."""

    __slots__ = (
        "_characters",
        "_chunks",
        "_eastern",
        "_folded",
        "_lines",
        "_squeezed",
        "_squeezed_map",
        "_tokens",
        "source",
        "where",
    )

    def __init__(self, where: str, source: str) -> None:
        """``source`` is the field ``where`` of a message; it is folded when first asked for."""
        self.where = where
        self.source = source
        self._folded: str | None = None
        self._tokens: frozenset[bytes] | None = None
        self._characters: frozenset[str] | None = None
        self._eastern: bool | None = None
        self._squeezed: str | None = None
        self._lines: tuple[list[str], list[int]] | None = None
        self._squeezed_map: list[int] | None = None
        self._chunks: dict[int, tuple[list[int], list[int]]] = {}

    @property
    def folded(self) -> str:
        """The text folded."""
        if self._folded is None:
            self._folded = fold(self.source)
        return self._folded

    @property
    def tokens(self) -> frozenset[bytes]:
        """Those of its words of Latin letters and digits that are a vocabulary's key."""
        if self._tokens is None:
            words = tokens(self.source if self.source.isascii() else self.folded)
            self._tokens = frozenset(Vocabulary.every_key.intersection(words))
        return self._tokens

    @property
    def characters(self) -> frozenset[str]:
        """Every character that occurs in the folded text."""
        if self._characters is None:
            self._characters = frozenset(self.folded)
        return self._characters

    @property
    def is_eastern(self) -> bool:
        """Whether it holds kana or Chinese characters: where it does not, no Japanese word is sought."""
        if self._eastern is None:
            self._eastern = not self.source.isascii() and EASTERN.search(self.source) is not None
        return self._eastern

    @property
    def squeezed(self) -> str:
        """The folded text without any white space."""
        if self._squeezed is None:
            self._squeezed = "".join(self.folded.split())
        return self._squeezed

    def span(self, start: int, end: int) -> Span:
        """The characters as written behind folded characters ``start`` to ``end``."""
        if self.source.isascii():
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
        line = lines[number]
        if number not in self._chunks:
            self._chunks[number] = chunks(line)
        begins, lengths = self._chunks[number]
        chunk = max(0, (bisect_left if is_end else bisect_right)(lengths, left) - 1)
        end = begins[chunk + 1] if chunk + 1 < len(begins) else len(line)
        return (
            starts[number] + begins[chunk] + column(line[begins[chunk] : end], left - lengths[chunk], is_end)
        )

    def unsqueeze(self, start: int, end: int) -> tuple[int, int]:
        """Folded offsets of squeezed ones (``start`` < ``end``)."""
        if self._squeezed_map is None:
            self._squeezed_map = [i for i, character in enumerate(self.folded) if not character.isspace()]
        return self._squeezed_map[start], self._squeezed_map[end - 1] + 1

    def find_words(self, words: Vocabulary, limit: int = 16) -> list[tuple[int, int]]:
        """Places of any of the words as folded offsets, in order; broken words are sought where none stands whole."""
        latin = words.latin_in(self.tokens)
        if not self.is_eastern:
            return find_all(self.folded, latin, limit) if latin else []
        other = words.other_in(self.characters)
        found = find_all(self.folded, other + latin, limit) if other or latin else []
        if found or not other:
            return found
        return [self.unsqueeze(start, end) for start, end in find_all(self.squeezed, other, limit)]


def chunks(line: str) -> tuple[list[int], list[int]]:
    """Where pieces of a line begin, as written and folded; none begins with a mark that folds into the one before."""
    begins, lengths = [0], [0]
    at = CHUNK
    while at < len(line):
        while at < len(line) and (line[at] in MARKS or unicodedata.combining(line[at])):
            at += 1
        lengths.append(lengths[-1] + len(fold(line[begins[-1] : at])))
        begins.append(at)
        at += CHUNK
    return begins, lengths


def column(line: str, left: int, is_end: bool) -> int:
    """The offset in a line as written that lies ``left`` folded characters into it.

    The folded length of a line's beginnings never falls, so the place is found by halving: the longest beginning
    that folds to at most ``left`` characters, and for an end one character more where that falls short.
    """
    if left <= len(line) and len(fold(line[:left])) == left and line[left : left + 1] not in MARKS:
        return left
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if len(fold(line[:middle])) <= left:
            low = middle
        else:
            high = middle - 1
    return low + 1 if is_end and low < len(line) and len(fold(line[:low])) < left else low


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
