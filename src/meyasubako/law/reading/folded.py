"""A text of a mail in the forms in which words are sought, with the way back to the characters as written.

Beside the folded text there is a squeezed one, without any white space, so that a word broken by a line end or spread
out by spaces is one word again.
"""

from __future__ import annotations

import cython

from meyasubako.law.reading.folding import Folding, fold_text, written
from meyasubako.law.reading.sought import Places, Vocabulary, broken_places_of, places_of
from meyasubako.law.types import Span

new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


@cython.final
@cython.cclass
class Folded:
    """One text of a message in its folded form. ``where`` names the field its spans point into."""

    where: str = cython.declare(str, visibility="readonly")
    source: str = cython.declare(str, visibility="readonly")
    _folding: Folding | None
    _places: Places | None
    _broken_places: Places | None
    _squeezed: str | None
    _squeezed_map: list[int] | None

    def __init__(self, where: str, source: str) -> None:
        """``source`` is the field ``where`` of a message; it is folded when first asked for."""
        self.where = where
        self.source = source
        self._folding = None
        self._places = None
        self._broken_places = None
        self._squeezed = None
        self._squeezed_map = None

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
    def places(self) -> Places:
        """Where words of any vocabulary stand, as folded offsets."""
        if self._places is None:
            self._places = places_of(self.folded, eastern=self.is_eastern)
        return self._places

    @property
    def broken_places(self) -> Places:
        """Where Japanese words stand in the squeezed text, as offsets into that."""
        if self._broken_places is None:
            self._broken_places = broken_places_of(self.squeezed) if self.is_eastern else {}
        return self._broken_places

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
            return new(Span, (self.where, start, end))
        first = written(folding, self.source, start, False)
        return new(Span, (self.where, first, written(folding, self.source, end, True)))

    def unsqueeze(self, start: int, end: int) -> tuple[int, int]:
        """Folded offsets of squeezed ones (``start`` < ``end``)."""
        if self._squeezed_map is None:
            self._squeezed_map = [i for i, character in enumerate(self.folded) if not character.isspace()]
        return self._squeezed_map[start], self._squeezed_map[end - 1] + 1

    def find_words(self, words: Vocabulary, limit: int = 16) -> list[tuple[int, int]]:
        """Places of any of the words as folded offsets, in order; broken words are sought where none stands whole."""
        found = words.places_in(self.places, limit)
        if found or not words.other:
            return found
        return [self.unsqueeze(start, end) for start, end in words.places_in(self.broken_places, limit)]

    def holds(self, words: Vocabulary) -> bool:
        """Whether any of the words stands whole in the text."""
        return words.found_in(self.places)
