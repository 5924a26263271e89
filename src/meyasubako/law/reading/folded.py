"""A text of a mail in the forms in which words are sought, with the way back to the characters as written.

Beside the folded text there is a squeezed one, without any white space, so that a word broken by a line end or spread
out by spaces is one word again.
"""

from __future__ import annotations

from typing import ClassVar

from meyasubako.law.reading.folding import Folding, fold_text, written
from meyasubako.law.types import Span

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
        "_folding",
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
        self._folding: Folding | None = None
        self._tokens: frozenset[bytes] | None = None
        self._characters: frozenset[str] | None = None
        self._squeezed: str | None = None
        self._squeezed_map: list[int] | None = None

    @property
    def folding(self) -> Folding:
        """The text folded, and the way back."""
        if self._folding is None:
            source = self.source
            self._folding = Folding(source.lower(), [], [], False) if source.isascii() else fold_text(source)
        return self._folding

    @property
    def folded(self) -> str:
        """The text folded."""
        return self.folding.text

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
        return self.folding.eastern

    @property
    def squeezed(self) -> str:
        """The folded text without any white space."""
        if self._squeezed is None:
            self._squeezed = "".join(self.folded.split())
        return self._squeezed

    def span(self, start: int, end: int) -> Span:
        """The characters as written behind folded characters ``start`` to ``end``."""
        folding = self.folding
        if not folding.folds:
            return Span(self.where, start, end)
        return Span(
            self.where,
            written(folding, self.source, start, False),
            written(folding, self.source, end, True),
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
