"""In which language a text is written, by its script first and by its commonest words where the script is shared.

Good enough for a figure ("the share written in Japanese"); a text of too little evidence is None, not a guess.
"""

from __future__ import annotations

import re
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
HAN_ENOUGH = 16
"""Han characters after which a text without any kana is taken for Chinese."""

_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")
_EDGES = " .,:;!?\"'()[]<>*-_/¿¡«»“”„…"
_JAPANESE_HAN = frozenset(
    "円気対応売広県駅検済択価単営圧発変帰続駄込働畑辻峠枠働込株様弊携帯登録無料払戻画拝啓敬具御"
)
_CHINESE_HAN = frozenset(
    "们这说时对为来发开关买卖东车长门问间见让还进远运过边达迟请谢您你我的了是在有和就不吗呢啊把给您们這說時對為來發開關買賣東車長門問間見讓還進遠運過邊達遲請謝嗎個個價優惠優質產業務與並"
)


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
    if text.isascii():
        return _by_words(text)
    counts = script_counts(text)
    kana, han = counts.get("kana", 0), counts.get("han", 0)
    # A Japanese or Chinese character carries about as much as three Latin letters.
    weights = {
        name: count * (3 if name in {"kana", "han", "hangul"} else 1) for name, count in counts.items()
    }
    weights["han"] = weights.get("han", 0) + weights.pop("kana", 0)
    script = max(weights, key=lambda name: weights[name], default="")
    if not script or weights[script] < 3:
        return None
    if script == "han":
        return "ja" if kana > KANA_SHARE * (kana + han) else _by_han(text, han)
    if script == "arabic":
        return "fa" if any(letter in text for letter in "پچژگ") else "ar"
    if script in BY_SCRIPT:
        return BY_SCRIPT[script]
    return _by_words(text)


def _by_han(text: str, han: int) -> str | None:
    japanese = sum(letter in _JAPANESE_HAN for letter in text)
    chinese = sum(letter in _CHINESE_HAN for letter in text)
    if japanese != chinese:
        return "ja" if japanese > chinese else "zh"
    return "zh" if han >= HAN_ENOUGH else None


def _by_words(text: str) -> str | None:
    """The language whose commonest words and letters a text of one script has most of."""
    scores: dict[str, float] = {}
    words = text.lower().split(None, WORDS)[:WORDS]
    for word in words:
        languages = _COMMON.get(word) or _COMMON.get(word.strip(_EDGES))
        if languages is not None:
            for language in languages:
                scores[language] = scores.get(language, 0.0) + 1.0 / len(languages)
    if not text.isascii():
        letters = frozenset(text.lower())
        for language, own in LETTERS.items():
            if letters & own:
                scores[language] = scores.get(language, 0.0) + 0.6 * len(letters & own)
    if not scores:
        return None
    best = max(sorted(scores), key=lambda language: scores[language])
    return best if scores[best] >= 1 or len(words) <= 3 else None


LETTERS: dict[str, frozenset[str]] = {
    "de": frozenset("äöüß"),
    "fr": frozenset("çèêëîïûœàù"),
    "es": frozenset("ñ¿¡áóú"),
    "pt": frozenset("ãõçêâô"),
    "it": frozenset("àèìòù"),
    "pl": frozenset("ąęłńśźż"),
    "tr": frozenset("ışğ"),
    "sv": frozenset("åäö"),
    "vi": frozenset("đăơưạảấầẩậắằặẹẻẽếềểễệỉịọỏốồổộớờởợụủứừửựỳỵ"),
    "ru": frozenset("ыэё"),
    "uk": frozenset("іїєґ"),
    "bg": frozenset("ъ"),
}
