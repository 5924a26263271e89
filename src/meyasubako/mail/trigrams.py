"""What trigrams of letters say for each of the languages that share a script. Compiled (ADR 10)."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import cython

LATIN = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "sv", "id", "vi")
CYRILLIC = ("ru", "uk", "bg")
LANGUAGES = LATIN + CYRILLIC
"""Languages that share a script with others. Where scores are kept for each, they stand in this order."""
_ALL = cython.declare(cython.Py_ssize_t, len(LANGUAGES))
RARE = 4.0
"""Occurrences in 100,000 that stand for a trigram that is not listed."""

_PLACES = cython.declare(cython.Py_ssize_t, 1 << 13)
"""Places for trigrams: nearly twice as many as there are."""
_SHIFT = cython.declare(cython.ulonglong, 64 - 13)
_MIX = cython.declare(cython.ulonglong, 0x9E37_79B9_7F4A_7C15)
_WORD = cython.declare(cython.ulonglong, (1 << 64) - 1)
_TRIGRAM = cython.declare(cython.ulonglong, (1 << 63) - 1)
_EDGE = "_"
"""Stands in trigrams for where a word begins or ends."""


class Trigrams(NamedTuple):
    """``keys``: each trigram, packed, in the first free place from ``_place_of`` on, 0 where there is none; ``weights``:
    for each place, and there for each of ``LANGUAGES``, what it says for it (logarithm of how much oftener than rare)."""

    keys: memoryview[int]
    weights: memoryview[float]


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _place_of(packed: cython.ulonglong) -> cython.Py_ssize_t:
    """Where the search for a trigram begins: the high bits of a multiplicative hash."""
    return (packed * _MIX & _WORD) >> _SHIFT


@cache
def _trigrams() -> Trigrams:
    keys = memoryview(bytearray(8 * _PLACES)).cast("Q")
    weights = memoryview(bytearray(4 * _PLACES * len(LANGUAGES))).cast("f")
    for line in (files("meyasubako.mail") / "trigrams.tsv").read_text("utf-8").splitlines():
        language, tab, listed = line.partition("\t")
        if not tab:
            continue
        for trigram, _, count in (one.rpartition(":") for one in listed.split(" ")):
            first, second, third = map(ord, trigram)
            packed = first << 42 | second << 21 | third
            place = _place_of(packed)
            while keys[place] not in {0, packed}:
                place = (place + 1) % _PLACES
            keys[place] = packed
            said = max(0.0, math.log(float(count) / RARE))
            weights[place * len(LANGUAGES) + LANGUAGES.index(language)] = said
    return Trigrams(keys, weights)


def said_by_trigrams(words: list[str], first: cython.Py_ssize_t, last: cython.Py_ssize_t) -> list[float]:
    """What the trigrams of words in lower case say for each of ``LANGUAGES``: 0 before ``first`` and from ``last`` on."""
    trigrams: Trigrams = _trigrams()
    keys = cython.declare("unsigned long long[::1]", trigrams.keys)
    weights = cython.declare("float[::1]", trigrams.weights)
    scores = memoryview(bytearray(8 * len(LANGUAGES))).cast("d")
    said = cython.declare("double[::1]", scores)
    word: str
    letter: cython.Py_UCS4
    number: cython.Py_ssize_t
    place: cython.Py_ssize_t
    length: cython.Py_ssize_t
    packed: cython.ulonglong
    for word in words:
        packed = ord(_EDGE)
        length = 1
        for letter in word + _EDGE:
            packed = (packed << 21 | ord(letter)) & _TRIGRAM
            length += 1
            if length < 3:
                continue
            place = _place_of(packed)
            while keys[place] != 0 and keys[place] != packed:
                place = (place + 1) % _PLACES
            if keys[place] != 0:
                for number in range(first, last):
                    said[number] += weights[place * _ALL + number]
    return list(scores)
