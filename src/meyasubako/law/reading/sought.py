"""Words sought in a text, those of all vocabularies in one pass over it.

Words of Latin letters are found by one of their own words, their key, which has to stand whole: ``your order`` where
the text has ``order``, not where it has ``ordered``. Letters are packed as they are read, and a filter says at the end of
each word of the text whether it may be a key. Words of other scripts have no ends that could be seen: they are found by
their first two characters. Nothing is looked up but what a filter lets pass, so that text without such words costs one
step a character.
"""

from __future__ import annotations

from itertools import islice

import cython

Places = dict[str, list[int]]
"""Where each word stands: its first places in a text, none overlapping another of the same word."""

MOST = 16
"""Places kept of a word."""
TEN_LETTERS = cython.declare(cython.ulonglong, (1 << 60) - 1)
MIX = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
WHOLE = cython.declare(cython.ulonglong, (1 << 64) - 1)
LETTERS = cython.declare(
    bytes,
    bytes(code - 96 if 97 <= code <= 122 else code - 21 if 48 <= code <= 57 else 0 for code in range(128)),
)
"""Small letters and digits, folded text has no others, as six bits; 0 is everything that parts words."""

KEYS = cython.declare(bytearray, bytearray(8192))
PAIRS = cython.declare(bytearray, bytearray(8192))
COMMON = frozenset({"your", "from"})
KEYED: dict[str, tuple[tuple[str, int], ...]] = {}
PAIRED: dict[str, tuple[str, ...]] = {}


class Vocabulary:
    """Folded words to be sought together, made when their module is loaded."""

    __slots__ = ("ordered", "other", "words")

    def __init__(self, *words: str) -> None:
        """A word that is not of Latin letters has two characters or more."""
        self.ordered = words
        self.words = frozenset(words)
        self.other = frozenset(word for word in words if not word.isascii())
        for word in words:
            if word.isascii():
                _keep_by_key(word)
            else:
                _keep_by_pair(word)

    def found_in(self, places: Places) -> bool:
        """Whether any of the words is among those found in a text."""
        return not self.words.isdisjoint(places)

    def places_in(self, places: Places, limit: int) -> list[tuple[int, int]]:
        """Begin and end of each place of the words in a text, in order, at most ``limit`` a word."""
        if self.words.isdisjoint(places):
            return []
        found = [
            (at, at + len(word))
            for word, starts in places.items()
            if word in self.words
            for at in islice(starts, limit)
        ]
        found.sort()
        return found

    def stands_in(self, text: str) -> bool:
        """Whether any of the words stands in a folded text."""
        return not self.words.isdisjoint(places_of(text, eastern=not text.isascii()))


def _keep_by_key(word: str) -> None:
    """Let a word of Latin letters be found by its longest run of letters and digits, rather a rare one."""
    runs = "".join([sign if LETTERS[ord(sign)] else " " for sign in word]).split()
    key = max(runs, key=lambda run: (run not in COMMON, len(run)))
    packed: cython.ulonglong = 0
    for sign in key:
        packed = (packed << 6 | LETTERS[ord(sign)]) & TEN_LETTERS
    KEYS[_hashed(packed)] = 1
    known = KEYED.get(key, ())
    if (word, word.index(key)) not in known:
        KEYED[key] = (*known, (word, word.index(key)))


def _keep_by_pair(word: str) -> None:
    """Let a word of another script be found by its first two characters."""
    PAIRS[_paired(ord(word[0]), ord(word[1]))] = 1
    known = PAIRED.get(word[:2], ())
    if word not in known:
        PAIRED[word[:2]] = (*known, word)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _hashed(packed: cython.ulonglong) -> cython.ulonglong:
    """Which place of ``KEYS`` tells of a word by its last ten letters."""
    return (packed * MIX & WHOLE) >> 51


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _paired(first: cython.Py_ssize_t, second: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Which place of ``PAIRS`` tells of two characters."""
    return (first * 37 ^ second) & 8191


def places_of(text: str, *, eastern: bool) -> Places:
    """Places of every word of every vocabulary in a folded text; those of other scripts only in ``eastern`` text."""
    found: dict[str, list[int]] = {}
    letters: bytes = LETTERS
    keys: bytearray = KEYS
    packed: cython.ulonglong = 0
    kind: cython.ulonglong
    ends: cython.ulonglong
    code: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    for sign in text:
        code = ord(sign)
        kind = letters[code] if code < 128 else 0
        # Without a branch for the end of a word: none could foretell it. 0 is no key, so that it may end again.
        ends = kind == 0
        if keys[_hashed(packed)] & ends:
            _note_key(found, text, at)
        packed = (packed << 6 | kind) & TEN_LETTERS & (ends - 1)
        at += 1
    if keys[_hashed(packed)]:
        _note_key(found, text, at)
    if eastern:
        _note_pairs(found, text)
    return found


def broken_places_of(squeezed: str) -> Places:
    """Places of words of other scripts than Latin in a text without its white space."""
    found: dict[str, list[int]] = {}
    _note_pairs(found, squeezed)
    return found


@cython.cfunc
def _note_key(found: dict[str, list[int]], text: str, end: cython.Py_ssize_t) -> None:
    """Note the words whose key ends here."""
    start: cython.Py_ssize_t = end
    while start > 0 and ord(text[start - 1]) < 128 and LETTERS[ord(text[start - 1])]:
        start -= 1
    for word, before in KEYED.get(text[start:end], ()):
        if start >= before and text.startswith(word, start - before):
            _note(found, word, start - before)


@cython.cfunc
def _note_pairs(found: dict[str, list[int]], text: str) -> None:
    """Note the words that are not of Latin letters."""
    before: cython.Py_ssize_t = 0
    code: cython.Py_ssize_t
    at: cython.Py_ssize_t = -1
    for sign in text:
        code = ord(sign)
        if PAIRS[_paired(before, code)] and at >= 0:
            for word in PAIRED.get(text[at : at + 2], ()):
                if text.startswith(word, at):
                    _note(found, word, at)
        before = code
        at += 1


@cython.cfunc
def _note(found: dict[str, list[int]], word: str, at: cython.Py_ssize_t) -> None:
    """Note a place, unless the word has enough or stands there in part already."""
    starts = found.get(word)
    if starts is None:
        found[word] = [at]
    elif len(starts) < MOST and starts[-1] + len(word) <= at:
        starts.append(at)
