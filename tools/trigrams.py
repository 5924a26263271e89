"""Make ``mail/trigrams.tsv``: how often three letters follow each other in languages that share a script.

Counted in the translations that Django brings along and in the phrases of the sample generator. Only counts
are kept, a line a language: the ``KEPT`` most frequent trigrams, each with its occurrences in 100,000. "_" is the edge
of a word. Run: python tools/trigrams.py
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django

LANGUAGES = ["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "sv", "id", "vi", "ru", "uk", "bg"]
KEPT = 700
HOME = Path(__file__).parents[1] / "src/meyasubako"
_ENTRY = re.compile(r'^(msgid|msgstr)(?:\[\d\]|_plural)? ((?:".*"\n)+)', re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")
_FORMAT = re.compile(r"%\([^)]*\)\w|%\w|\{[^}]*\}|<[^>]*>|&\w+;|\S*[@/\\]\S*")


def texts(language: str) -> Iterator[str]:
    """What Django and the sample say in a language; English stands in Django's msgid."""
    folder = Path(django.__file__).parent
    kind = "msgid" if language == "en" else "msgstr"
    for path in folder.glob(f"**/locale/{'de' if language == 'en' else language}/LC_MESSAGES/*.po"):
        for found, quoted in _ENTRY.findall(path.read_text("utf-8")):
            if found == kind:
                yield "".join(ast.literal_eval(line) for line in quoted.splitlines())
    phrases = HOME / "sample/phrases" / f"{language}.toml"
    if phrases.exists():
        for category in tomllib.loads(phrases.read_text("utf-8")).values():
            for part in ("subjects", "openers", "body", "closers"):
                yield from (re.sub(r"[\[\]|]", " ", one) for one in category[part])


def trigrams(text: str) -> Iterator[str]:
    """Trigrams of each word with its edges."""
    for word in _WORD.findall(_FORMAT.sub(" ", text).lower()):
        framed = f"_{word}_"
        yield from (framed[place : place + 3] for place in range(len(framed) - 2))


def line(language: str) -> str:
    """The line of a language."""
    counts = Counter(one for text in texts(language) for one in trigrams(text))
    total = counts.total()
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:KEPT]
    return f"{language}\t" + " ".join(f"{one}:{round(count * 100_000 / total)}" for one, count in most)


if __name__ == "__main__":
    heading = (
        "# Trigrams of languages that share a script, in 100,000 of its trigrams; made by tools/trigrams.py."
    )
    target = HOME / "mail/trigrams.tsv"
    target.write_text("\n".join([heading, *map(line, LANGUAGES)]) + "\n", "utf-8")
