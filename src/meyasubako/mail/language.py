"""In which language a text is written: by its script, then by words, letters and trigrams where a script is shared.

Good enough for a figure ("the share written in Japanese"); a text of too little evidence is None, not a guess. Letters
and words are counted where they stand, and the counting stops as soon as words have decided. Compiled (ADR 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import cython

from meyasubako.mail.trigrams import LANGUAGES, LATIN, said_by_trigrams

LONGEST = 800
"""Characters that are looked at."""
WORDS = cython.declare(cython.Py_ssize_t, 60)
"""Words of Latin or Cyrillic script that are looked at."""

SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF)),
    "kana": ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0xFF66, 0xFF9F)),
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    "hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3)),
    "cyrillic": ((0x400, 0x52F),),
    "greek": ((0x370, 0x3FF),),
    "thai": ((0xE00, 0xE7F),),
    "arabic": ((0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    "hebrew": ((0x590, 0x5FF),),
    "devanagari": ((0x900, 0x97F),),
}
NAMES = tuple(SCRIPTS)
_KANA = cython.declare(cython.Py_ssize_t, NAMES.index("kana") + 1)
_HAN = cython.declare(cython.Py_ssize_t, NAMES.index("han") + 1)
_HANGUL = cython.declare(cython.Py_ssize_t, NAMES.index("hangul") + 1)
BY_SCRIPT = {"hangul": "ko", "greek": "el", "thai": "th", "hebrew": "he", "devanagari": "hi"}
KANA_SHARE = cython.declare(cython.double, 0.08)
"""Share of kana among kana and han from which a text is Japanese: Chinese quotes a kana here and there."""
CJK_WEIGHT = cython.declare(cython.longlong, 6)
"""Letters that a Japanese, Chinese or Korean character counts for beside Latin ones: brands and greetings in English
stand in Japanese mail far more often than Japanese in English mail."""
CLEAR = cython.declare(cython.double, 4.0)
"""Score of common words from which they decide alone, when they speak for no second language half as much."""
GLANCE = cython.declare(cython.Py_ssize_t, 20)
"""Words after which it is seen whether they decide already."""
TRIGRAMS = cython.declare(cython.Py_ssize_t, 120)
"""Trigrams that are looked at where words do not decide."""
WORD_WEIGHT = 6.0
"""What a common word counts for beside trigrams."""
LETTER_WEIGHT = 2.0
"""What a letter counts for that only some of the languages write."""
LEAST = 0.45
"""Evidence a trigram, on average, below which letters are no language."""

_LATIN = cython.declare(cython.Py_ssize_t, len(LATIN))
_ALL = cython.declare(cython.Py_ssize_t, len(LANGUAGES))

_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")
_HOST = re.compile(r"@[!-~]+")
_WORD = re.compile(r"[^\W\d_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
EDGES = " .,:;!?\"'()[]<>*-_/¿¡«»“”„…"
"""What may stand around a word without being part of it."""
CHINESE_WORDS = "的了是我你您他们們吗嗎呢啊把这這那也都很"

NONE: frozenset[str] = frozenset()
LIKELY = {"en": 1, "ru": 5}
"""What languages that most mail in their script is written in start with, in letters."""
LETTERS: dict[str, frozenset[str]] = {
    "de": frozenset("äöüß"),
    "fr": frozenset("çèéêëîïôœûùàâ"),
    "es": frozenset("ñ¿¡áéíóú"),
    "pt": frozenset("ãõçêâôáéíóúà"),
    "it": frozenset("àèéìòù"),
    "nl": frozenset("ëïé"),
    "pl": frozenset("ąćęłńóśźż"),
    "tr": frozenset("ışğçöüâ"),
    "sv": frozenset("åäöé"),
    "vi": frozenset("đăâêôơưạảấầẩậắằặẹẻẽếềểễệỉịọỏốồổộớờởợụủứừửựỳỵàáèéìíòóùúý"),
}
"""Letters beyond a to z, and beyond what the Cyrillic alphabets share, that a language writes."""
LETTERS_OF_ALL = NONE.union(*LETTERS.values())


_BLANK = cython.declare(cython.uchar, 0)
_LETTER = cython.declare(cython.uchar, 1)
_EDGE = cython.declare(cython.uchar, 2)
_OTHER = cython.declare(cython.uchar, 3)
_BEYOND = cython.declare(cython.uchar, 4)
"""Not ASCII."""
_BEGINNING = cython.declare(cython.uchar, 5)
"""A link, a name of the web or a host of an address may begin here: else ``h`` and ``w`` are letters."""


def _kind(character: str) -> int:
    """What an ASCII character is to a word."""
    if character.isspace():
        return _BLANK
    if character in "hw@":
        return _BEGINNING
    if character.isalpha():
        return _LETTER
    return _EDGE if character in EDGES else _OTHER


_KIND = cython.declare(bytes, bytes(_kind(chr(point)) for point in range(128)))


def _script_table() -> bytes:
    table = bytearray(0x10000)
    for number, ranges in enumerate(SCRIPTS.values(), start=1):
        for low, high in ranges:
            table[low : high + 1] = bytes([number]) * (high + 1 - low)
    table[0xD7] = table[0xF7] = 0
    return bytes(table)


def _common_words() -> dict[str, bytes]:
    """Word -> numbers of the languages that use it, from ``common_words.txt`` (one language a line)."""
    words: dict[str, bytes] = {}
    for line in (files("meyasubako.mail") / "common_words.txt").read_text("utf-8").splitlines():
        language, _, listed = line.partition(":")
        if not line.startswith("#") and listed:
            for word in listed.split():
                words[word] = words.get(word, b"") + bytes([LANGUAGES.index(language)])
    return words


def _packed(word: str) -> int:
    """The letters of an ASCII word in five bits each."""
    packed = 0
    for letter in word:
        packed = packed << 5 | ord(letter) & 31
    return packed


_SCRIPT = cython.declare(bytes, _script_table())
_COMMON = cython.declare(dict, _common_words())
_PACKED = cython.declare(dict, {_packed(word): of for word, of in _COMMON.items() if word.isascii()})
"""The common words of ASCII, which are letters alone, at most eleven: no longer word looks the same in ``_PACKING`` bits."""
_PACKING = cython.declare(cython.ulonglong, (1 << 60) - 1)


def _rows(rows: Iterable[int], cells: Iterable[int], codec: str) -> str:
    """The characters of rows of a double-byte character set."""
    return b"".join(bytes((row, cell)) for row in rows for cell in cells).decode(codec, "ignore")


_JAPANESE = cython.declare(cython.uchar, 1)
_SIMPLIFIED = cython.declare(cython.uchar, 2)
_TRADITIONAL = cython.declare(cython.uchar, 4)
_CHINESE_WORD = cython.declare(cython.uchar, 8)


@cache
def _han_table() -> bytes:
    """Who writes a character from U+3400 to U+9FFF: everyday Japanese (JIS X 0208 level 1), simplified (GB 2312),
    traditional Chinese (Big5 level 1); and whether it is one of the commonest Chinese words."""
    low = range(0xA1, 0xFF)
    table = bytearray(0xA000)
    for flag, characters in (
        (_JAPANESE, _rows(range(0xB0, 0xD0), low, "euc_jp")),
        (_SIMPLIFIED, _rows(range(0xB0, 0xF8), low, "gb2312")),
        (_TRADITIONAL, _rows(range(0xA4, 0xC7), (*range(0x40, 0x7F), *low), "big5")),
        (_CHINESE_WORD, CHINESE_WORDS),
    ):
        for point in map(ord, characters):
            if point < len(table):
                table[point] |= flag
    return bytes(table)


def script_counts(text: str) -> dict[str, int]:
    """Letters of each script in the first ``LONGEST`` characters; scripts that do not occur are left out."""
    counts = _counted(text[:LONGEST]).tolist()
    return {name: count for name, count in zip(NAMES, counts[1:], strict=True) if count}


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language a text is mostly written in; None where there is too little to say."""
    text = text[:LONGEST].lstrip()
    if text.isascii():
        return _by_words(text, 0, _LATIN)
    counts = cython.declare("long long[::1]", _counted(text))
    kana: cython.longlong = counts[_KANA]
    han: cython.longlong = counts[_HAN]
    counts[_KANA], counts[_HAN] = 0, CJK_WEIGHT * (kana + han)
    counts[_HANGUL] *= CJK_WEIGHT
    counts[0] = 2  # Of two letters none has a say.
    most: cython.Py_ssize_t = 0
    number: cython.Py_ssize_t
    for number in range(1, len(NAMES) + 1):
        if counts[number] > counts[most]:
            most = number
    if not most:
        return None
    script = NAMES[most - 1]
    if script == "latin":
        return _by_words(text, 0, _LATIN)
    if script == "han":
        return "ja" if kana > KANA_SHARE * (kana + han) else _by_han(text)
    if script == "arabic":
        return "fa" if any(letter in text for letter in "پچژگ") else "ar"
    if script == "cyrillic":
        return _by_letters(text) or _by_words(text, _LATIN, _ALL)
    return BY_SCRIPT[script]


@cython.cfunc
def _counted(text: str) -> memoryview[int]:
    """How many letters of each script stand in a text outside links, by the script's number from 1; 0 is no script."""
    counted = memoryview(bytearray(8 * (len(NAMES) + 1))).cast("q")
    counts = cython.declare("long long[::1]", counted)
    scripts: bytes = _SCRIPT
    place: cython.Py_ssize_t = -1
    after: cython.Py_ssize_t = 0
    letter: cython.Py_UCS4
    point: cython.Py_ssize_t
    for letter in text:
        place += 1
        point = ord(letter)
        if place < after or point > 0xFFFF:
            continue
        if point < 0x80 and _KIND[point] == _BEGINNING:
            after = _link_end(text, place)
            if place < after:
                continue
        counts[scripts[point]] += 1
    return counted


@cython.cfunc
@cython.exceptval(-1)
def _link_end(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a link, a name of the web or the host of an address (from its "@") that begins at ``start`` ends; ``start``
    where none does. A link behind an "@" is taken away first, so that no host is left."""
    end: cython.Py_ssize_t = len(text)
    place: cython.Py_ssize_t = start
    if text[start] == "@":
        if _prefix(text, start + 1):
            return start
        place += 1
    else:
        place += _prefix(text, start)
        if place == start:
            return start
    while place < end and "!" <= text[place] <= "~":
        place += 1
    return place if place > start + 1 else start


@cython.cfunc
@cython.exceptval(-1)
def _prefix(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Length of the ``http://``, ``https://`` or ``www.`` at ``start`` that a link follows; 0 for none."""
    length: cython.Py_ssize_t = 0
    if start + 4 >= len(text):
        return 0
    if text[start] == "w":
        if text[start + 1] == "w" and text[start + 2] == "w" and text[start + 3] == ".":
            length = 4
    elif text[start] == "h" and text[start + 1] == "t":
        if text.startswith("http://", start):
            length = 7
        elif text.startswith("https://", start):
            length = 8
    return length if length and start + length < len(text) and "!" <= text[start + length] <= "~" else 0


@cython.cfunc
def _by_words(text: str, first: cython.Py_ssize_t, last: cython.Py_ssize_t) -> str | None:
    """The language, of some that share a script, whose commonest words a text has most of; else by its trigrams."""
    scores: list[float] = [0.0] * len(LANGUAGES)
    kinds: bytes = _KIND
    words: cython.Py_ssize_t = 0
    longest: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = -1
    after: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t = -1
    letter: cython.Py_UCS4
    point: cython.Py_ssize_t
    kind: cython.uchar
    packed: cython.ulonglong = 0
    ended: cython.bint = False
    listed: cython.bint = True
    beyond: cython.bint = False
    for letter in text + " ":
        place += 1
        if place < after:
            continue
        point = ord(letter)
        kind = kinds[point] if point < 0x80 else _BLANK if letter.isspace() else _BEYOND
        if kind == _BEGINNING:
            after = _link_end(text, place)
            kind = _BLANK if place < after else _OTHER if letter == "@" else _LETTER
        if kind != _BLANK:
            if start < 0:
                start = place
            if kind == _LETTER:
                packed = (packed << 5 | point & 31) & _PACKING
                listed = listed and not ended
            elif kind == _EDGE:
                ended = packed != 0
            elif kind == _BEYOND:
                beyond = True
            else:
                listed = False
        elif start >= 0:
            words += 1
            longest = max(longest, place - start)
            if beyond:
                _score(scores, _COMMON.get(text[start:place].lower().strip(EDGES)))
            elif listed and packed:
                _score(scores, _PACKED.get(packed))
            start, packed, ended, listed, beyond = -1, 0, False, True, False
            if words % GLANCE == 0:
                found = _clear(scores, first, last)
                if found >= 0:
                    return LANGUAGES[found]
                if words == WORDS:
                    break
    found = _clear(scores, first, last)
    if found >= 0:
        return LANGUAGES[found]
    return _by_spelling(_spelt(text, longest == 1), text, scores, first, last)


@cython.cfunc
@cython.inline
def _score(scores: list[float], languages: bytes | None) -> None:
    """Count a common word for the languages that use it."""
    if languages is not None:
        share: cython.double = 1.0 / len(languages)
        number: cython.uchar
        for number in languages:
            scores[number] += share


@cython.cfunc
@cython.exceptval(-2)
def _clear(scores: list[float], first: cython.Py_ssize_t, last: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The language that common words speak for clearly; -1 for none."""
    number: cython.Py_ssize_t
    best: cython.Py_ssize_t = -1
    score: cython.double
    most: cython.double = 0.0
    second: cython.double = 0.0
    for number in range(first, last):
        score = scores[number]
        if score > most:
            second = most
            most, best = score, number
        elif score > second:
            second = score
    return best if most >= CLEAR and most >= 2 * second else -1


@cython.cfunc
def _by_spelling(
    words: list[str], text: str, scores: list[float], first: cython.Py_ssize_t, last: cython.Py_ssize_t
) -> str | None:
    """The language whose trigrams, letters and common words a text has most of; None without evidence."""
    count = sum(map(len, words))
    if not count:
        return None
    said = said_by_trigrams(words, first, last)
    letters = NONE
    if not text.isascii():
        letters = LETTERS_OF_ALL.intersection("".join(_BEYOND_ASCII.findall(text)).lower())
    best: str | None = None
    most: cython.double = 0.0
    total: cython.double
    number: cython.Py_ssize_t
    for number in range(first, last):
        language = LANGUAGES[number]
        own = len(letters & LETTERS.get(language, NONE)) if letters else 0
        total = (
            said[number]
            + WORD_WEIGHT * scores[number]
            + LETTER_WEIGHT * (own + LIKELY.get(language, 0))
            - (len(letters) - own)
        )
        if best is None or total > most:
            best, most = language, total
    return best if most >= LEAST * count + 1 else None


@cython.cfunc
def _spelt(text: str, apart: cython.bint) -> list[str]:
    """Words in lower case with ``TRIGRAMS`` letters in all, those of one letter left out.

    Where ``apart``, and all letters of the text stand apart, they are one word.
    """
    if apart:
        letters = _HOST.sub(" ", _LINK.sub(" ", text)).lower().split()
        if len(letters) > 4 and max(map(len, letters)) == 1:
            return ["".join(letters)]
    words: list[str] = []
    kinds: bytes = _KIND
    count: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = -1
    after: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t = -1
    letter: cython.Py_UCS4
    inside: cython.bint
    for letter in text + " ":
        place += 1
        if place < after:
            continue
        if ord(letter) >= 0x80:
            inside = letter.isalnum() and not letter.isdecimal()
        else:
            inside = kinds[ord(letter)] == _LETTER
            if kinds[ord(letter)] == _BEGINNING:
                after = _link_end(text, place)
                inside = place >= after and letter != "@"
        if inside:
            if start < 0:
                start = place
        elif start >= 0:
            # The dotless i that "İ" has in lower case is a word's end.
            for word in _WORD.findall(text[start:place].lower()):
                if len(word) > 1:
                    words.append(word)
                    count += len(word)
            start = -1
            if count >= TRIGRAMS:
                break
    return words


def _by_han(text: str) -> str:
    """Japanese or Chinese, by the characters that only one of them writes; Japanese where nothing speaks against it.

    Chinese has characters that everyday Japanese has not, or its commonest words. A text that neither simplified nor
    traditional Chinese could write, but everyday Japanese could, is Japanese whatever else is in it.
    """
    writers: bytes = _han_table()
    flags: cython.uchar
    foreign: cython.Py_ssize_t = 0
    here: cython.Py_ssize_t = 0
    not_simplified: cython.Py_ssize_t = 0
    not_traditional: cython.Py_ssize_t = 0
    words: cython.Py_ssize_t = 0
    letter: cython.Py_UCS4
    for letter in text:
        if "\u3400" <= letter <= "\u9fff":
            flags = writers[ord(letter)]
            here += 1
            foreign += not flags & _JAPANESE and flags & (_SIMPLIFIED | _TRADITIONAL) != 0
            not_simplified += not flags & _SIMPLIFIED
            not_traditional += not flags & _TRADITIONAL
            words += flags & _CHINESE_WORD != 0
    if not here:
        return "ja"
    if foreign * 20 > here:
        return "zh"
    if not_simplified and not_traditional:
        return "ja"
    return "zh" if words * 12 > here else "ja"


def _by_letters(text: str) -> str | None:
    """Russian, Ukrainian or Bulgarian by letters that only one of them writes; None where no one has most."""
    russian: cython.Py_ssize_t = 0
    ukrainian: cython.Py_ssize_t = 0
    bulgarian: cython.Py_ssize_t = 0
    after_hard: cython.bint = False
    letter: cython.Py_UCS4
    for letter in text:
        if letter in "ыэёЫЭЁ":
            russian += 1
        elif letter in "іїєґІЇЄҐ":
            ukrainian += 1
        elif after_hard and letter in "абвгджзийклмнопрстуфхцчшщАБВГДЖЗИЙКЛМНОПРСТУФХЦЧШЩ":
            bulgarian += 1  # A hard sign as a vowel: in Russian only е, ё, ю or я follow it.
        after_hard = letter in "ъЪ"
    if russian > ukrainian and russian > bulgarian:
        return "ru"
    if ukrainian > russian and ukrainian > bulgarian:
        return "uk"
    return "bg" if bulgarian > russian and bulgarian > ukrainian else None
