"""In which language a text is written: by its script, then by words, letters and trigrams where a script is shared.

Good enough for a figure ("the share written in Japanese"); a text of too little evidence is None, not a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

LONGEST = 800
"""Characters that are looked at."""
WORDS = 60
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
BY_SCRIPT = {"hangul": "ko", "greek": "el", "thai": "th", "hebrew": "he", "devanagari": "hi"}
KANA_SHARE = 0.08
"""Share of kana among kana and han from which a text is Japanese: Chinese quotes a kana here and there."""
CJK_WEIGHT = 6
"""Letters that a Japanese, Chinese or Korean character counts for beside Latin ones: brands and greetings in English
stand in Japanese mail far more often than Japanese in English mail."""
CLEAR = 4.0
"""Score of common words from which they decide alone, when they speak for no second language half as much."""
GLANCE = 20
"""Words after which it is seen whether they decide already."""
TRIGRAMS = 120
"""Trigrams that are looked at where words do not decide."""
WORD_WEIGHT = 6.0
"""What a common word counts for beside trigrams."""
LETTER_WEIGHT = 2.0
"""What a letter counts for that only some of the languages write."""
RARE = 4.0
"""Occurrences in 100,000 that stand for a trigram that is not listed."""
LEAST = 0.45
"""Evidence a trigram, on average, below which letters are no language."""

_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")
_HOST = re.compile(r"@[!-~]+")
_WORD = re.compile(r"[^\W\d_]+")
_BULGARIAN = re.compile("ъ[абвгджзийклмнопрстуфхцчшщ]", re.IGNORECASE)
"""A hard sign as a vowel: in Russian only е, ё, ю or я follow it."""
_EDGES = " .,:;!?\"'()[]<>*-_/¿¡«»“”„…"
_CHINESE_WORDS = frozenset("的了是我你您他们們吗嗎呢啊把這这那也都很")

LATIN = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "sv", "id", "vi")
CYRILLIC = ("ru", "uk", "bg")


def _script_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, np.uint8)
    for number, ranges in enumerate(SCRIPTS.values(), start=1):
        for low, high in ranges:
            table[low : high + 1] = number
    table[[0xD7, 0xF7]] = 0
    return table


def _common_words() -> dict[str, tuple[str, ...]]:
    """Word -> languages that use it, from ``common_words.txt`` (one language a line)."""
    words: dict[str, list[str]] = {}
    for line in (files("meyasubako.mail") / "common_words.txt").read_text("utf-8").splitlines():
        language, _, listed = line.partition(":")
        if not line.startswith("#") and listed:
            for word in listed.split():
                words.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in words.items()}


_TABLE = _script_table()
_COMMON = _common_words()


def _rows(rows: Iterable[int], cells: Iterable[int], codec: str) -> frozenset[str]:
    """The characters of rows of a double-byte character set."""
    codes = b"".join(bytes((row, cell)) for row in rows for cell in cells)
    return frozenset(codes.decode(codec, "ignore"))


@cache
def _han_sets() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Han of everyday Japanese (JIS X 0208 level 1), of simplified (GB 2312) and of traditional Chinese (Big5 level 1)."""
    low = range(0xA1, 0xFF)
    return (
        _rows(range(0xB0, 0xD0), low, "euc_jp"),
        _rows(range(0xB0, 0xF8), low, "gb2312"),
        _rows(range(0xA4, 0xC7), (*range(0x40, 0x7F), *low), "big5"),
    )


@cache
def _trigram_weights() -> tuple[dict[str, int], NDArray[np.float32], tuple[str, ...]]:
    """Trigram -> row; what each says for each language (logarithm of how much oftener than rare); the languages."""
    counts: dict[str, dict[str, float]] = {}
    for line in (files("meyasubako.mail") / "trigrams.tsv").read_text("utf-8").splitlines():
        language, tab, listed = line.partition("\t")
        if tab:
            pairs = (one.rpartition(":") for one in listed.split(" "))
            counts[language] = {trigram: float(count) for trigram, _, count in pairs}
    names = tuple(counts)
    rows = {trigram: row for row, trigram in enumerate(sorted(set().union(*counts.values())))}
    weights = np.zeros((len(rows), len(names)), np.float32)
    for column, listed_counts in enumerate(counts.values()):
        for trigram, count in listed_counts.items():
            weights[rows[trigram], column] = max(0.0, math.log(count / RARE))
    return rows, weights, names


def script_counts(text: str) -> dict[str, int]:
    """Letters of each script in the first ``LONGEST`` characters; scripts that do not occur are left out."""
    points = np.frombuffer(text[:LONGEST].encode("utf-16-le", "replace"), "<u2")
    counts = np.bincount(_TABLE[points], minlength=len(NAMES) + 1)
    return {name: int(count) for name, count in zip(NAMES, counts[1:], strict=True) if count}


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language a text is mostly written in; None where there is too little to say."""
    text = text[:LONGEST].lstrip()
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _HOST.sub(" ", text)
    if text.isascii():
        return _by_words(text, LATIN)
    counts = script_counts(text)
    kana, han = counts.get("kana", 0), counts.get("han", 0)
    weights = {
        name: count * (CJK_WEIGHT if name in {"kana", "han", "hangul"} else 1)
        for name, count in counts.items()
    }
    weights["han"] = weights.get("han", 0) + weights.pop("kana", 0)
    script = max(weights, key=lambda name: weights[name], default="")
    if not script or weights[script] < 3:
        return None
    if script == "han":
        return "ja" if kana > KANA_SHARE * (kana + han) else _by_han(text)
    if script == "arabic":
        return "fa" if any(letter in text for letter in "پچژگ") else "ar"
    if script in BY_SCRIPT:
        return BY_SCRIPT[script]
    return _by_letters(text) or _by_words(text, CYRILLIC) if script == "cyrillic" else _by_words(text, LATIN)


def _by_han(text: str) -> str | None:
    """Japanese or Chinese, by the characters that only one of them writes; Japanese where nothing speaks against it.

    Chinese has characters that everyday Japanese has not, or its commonest words. A text that neither simplified nor
    traditional Chinese could write, but everyday Japanese could, is Japanese whatever else is in it.
    """
    japanese, simplified, traditional = _han_sets()
    foreign = here = 0
    not_simplified = not_traditional = words = 0
    for letter in text:
        if not "\u3400" <= letter <= "\u9fff":
            continue
        here += 1
        if letter not in japanese:
            foreign += letter in simplified or letter in traditional
        not_simplified += letter not in simplified
        not_traditional += letter not in traditional
        words += letter in _CHINESE_WORDS
    if not here:
        return "ja"
    if foreign * 20 > here:
        return "zh"
    if not_simplified and not_traditional:
        return "ja"
    return "zh" if words * 12 > here else "ja"


def _by_letters(text: str) -> str | None:
    """Russian, Ukrainian or Bulgarian by letters that only one of them writes; None where no one has most."""
    counts = {
        "ru": sum(map(text.count, "ыэёЫЭЁ")),
        "uk": sum(map(text.count, "іїєґІЇЄҐ")),
        "bg": len(_BULGARIAN.findall(text)),
    }
    best = max(counts, key=lambda one: counts[one])
    return best if list(counts.values()).count(counts[best]) == 1 else None


def _by_words(text: str, languages: tuple[str, ...]) -> str | None:
    """The language, of some that share a script, whose commonest words a text has most of; else by its trigrams."""
    scores: dict[str, float] = {}
    lower = text.lower()
    words = lower.split(None, WORDS)[:WORDS]
    for start in range(0, len(words), GLANCE):
        for word in words[start : start + GLANCE]:
            found = _COMMON.get(word) or _COMMON.get(word.strip(_EDGES))
            if found is not None:
                share = 1.0 / len(found)
                for language in found:
                    scores[language] = scores.get(language, 0.0) + share
        ranked = sorted(((scores[one], one) for one in languages if one in scores), reverse=True)
        if ranked and ranked[0][0] >= CLEAR and (len(ranked) == 1 or ranked[0][0] >= 2 * ranked[1][0]):
            return ranked[0][1]
    return _by_trigrams(lower, languages, scores)


def _by_trigrams(lower: str, languages: tuple[str, ...], scores: Mapping[str, float]) -> str | None:
    """The language whose trigrams and common words a text in lower case has most of; None without evidence."""
    rows, weights, names = _trigram_weights()
    words = lower.split()
    words = ["".join(words)] if len(words) > 4 and max(map(len, words)) == 1 else _WORD.findall(lower)
    seen: list[int] = []
    count = 0
    for word in words:
        if len(word) > 1:
            framed = f"_{word}_"
            count += len(word)
            found = (rows.get(framed[place : place + 3]) for place in range(len(word)))
            seen += [row for row in found if row is not None]
            if count >= TRIGRAMS:
                break
    if not count:
        return None
    said = dict(zip(names, weights[seen].sum(0).tolist(), strict=True))
    letters = NONE if lower.isascii() else LETTERS_OF_ALL.intersection(lower)
    total = {
        one: said[one]
        + WORD_WEIGHT * scores.get(one, 0.0)
        + LETTER_WEIGHT * (len(letters & LETTERS.get(one, NONE)) + LIKELY.get(one, 0))
        - len(letters - LETTERS.get(one, NONE))
        for one in languages
    }
    best = max(languages, key=lambda one: total[one])
    return best if total[best] >= LEAST * count + 1 else None


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
