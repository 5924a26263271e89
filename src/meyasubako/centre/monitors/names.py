"""Do the names that one source tried look made up by a program? Judged from the names alone, and told why.

Act Art 2(iv) calls an address fictitious that was made with a program which makes many addresses by itself, and that
nobody uses. That nobody uses it, the receiver knows; what a program made shows in the company a name keeps: numbers
in a row, letters counted through, one stem with many numbers, a dictionary run, letters at random. A name alone is
hardly ever evidence, so names are judged together with the others of their source. Pure; linear but for sorting.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

LEAST_SEQUENCE = 4
"""Numbers or letters in a row from which on they are a sequence."""
LEAST_NUMBERED = 6
"""Different numbers behind one stem from which on a program put them there."""
LEAST_DICTIONARY, DICTIONARY_SHARE = 8, 0.5
"""Names of one source out of the dictionary from which on it is a dictionary run, and their share of its names."""
LONGEST = 255
RANDOM_LETTERS = 6
RANDOM_BELOW, RANDOM_SHORT = -3.1, 5.0
"""Letters are random whose mean likelihood (natural logarithm, each letter after the one before it) is below the first,
less the second over their number: few letters are unlikely sooner by chance. Set on a list of people's names."""

_SPLIT = re.compile(r"[._\-+]+")
_NUMBERED = re.compile(r"(.*?)(\d{1,9})(\D*)\Z", re.DOTALL)
_LETTERS = re.compile(r"[a-z]+")
_HEX = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\Z")
_SCRAPED = re.compile(r"\d{8,17}[.\-].{4,}\Z|.*[$=!*/].*|[0-9a-f]{8}-[0-9a-f]{4}-.*\Z", re.DOTALL)
_VOWELS = frozenset("aeiouy")


class Reason(NamedTuple):
    """Why a name looks made up: a code, and a sentence in both languages."""

    code: str
    en: str
    ja: str


class Judgement(NamedTuple):
    """What a name looks like. Without reasons it may be anybody's: mistyped, or given up."""

    name: str
    reasons: tuple[Reason, ...]

    @property
    def is_generated(self) -> bool:
        """Whether a program seems to have made it."""
        return bool(self.reasons)


def judge(names: Iterable[str]) -> dict[str, Judgement]:
    """Judge the names (local parts) that one source tried, each with regard to all of them."""
    known = sorted({name[:LONGEST].lower() for name in names if name})
    reasons: dict[str, list[Reason]] = {name: [] for name in known}
    for found in (_sequences(known), _counted(known), _dictionary(known), _random(known)):
        for name, reason in found:
            reasons[name].append(reason)
    return {name: Judgement(name, tuple(found)) for name, found in reasons.items()}


def generated(judgements: Mapping[str, Judgement]) -> int:
    """How many of them look made up."""
    return sum(1 for one in judgements.values() if one.is_generated)


def _sequences(names: list[str]) -> Iterator[tuple[str, Reason]]:
    """Names that differ in one number: in a row, or many."""
    groups: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for name in names:
        found = _NUMBERED.match(name)
        if found is not None and not _SCRAPED.match(name):
            groups[found[1], found[3]].append((int(found[2]), name))
    for (stem, tail), members in groups.items():
        in_row: set[str] = set()
        for run in _runs(sorted(members)):
            first, last = run[0][1], run[-1][1]
            reason = Reason(
                "sequence",
                f"one of {len(run)} names with numbers in a row, {first} to {last}",
                f"連番の {len(run)} 件（{first}～{last}）の一つ",
            )
            for _, name in run:
                in_row.add(name)
                yield name, reason
        if len(members) >= LEAST_NUMBERED:
            shape = f"{stem}#{tail}"
            reason = Reason(
                "numbered",
                f"one of {len(members)} names made of {shape} with a number",
                f"「{shape}」に数字を入れた {len(members)} 件の一つ",
            )
            for _, name in members:
                if name not in in_row:
                    yield name, reason


def _counted(names: list[str]) -> Iterator[tuple[str, Reason]]:
    """Names of letters alone, counted through (aaa, aab, aac)."""
    by_length: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for name in names:
        if 2 <= len(name) <= 8 and _LETTERS.fullmatch(name):
            value = 0
            for sign in name:
                value = value * 26 + ord(sign) - 97
            by_length[len(name)].append((value, name))
    for members in by_length.values():
        for run in _runs(sorted(members)):
            first, last = run[0][1], run[-1][1]
            reason = Reason(
                "counted",
                f"one of {len(run)} names whose letters are counted through, {first} to {last}",
                f"文字を順に進めた {len(run)} 件（{first}～{last}）の一つ",
            )
            for _, name in run:
                yield name, reason


def _dictionary(names: list[str]) -> Iterator[tuple[str, Reason]]:
    """Names out of a list of names and words, where there are many."""
    made = [name for name in names if is_of_words(name)]
    plain = sum(1 for name in names if not _SCRAPED.match(name))
    if len(made) < max(LEAST_DICTIONARY, plain * DICTIONARY_SHARE):
        return
    reason = Reason(
        "dictionary",
        f"one of {len(made)} names put together from common names and words",
        f"よくある名前や単語を組み合わせた {len(made)} 件の一つ",
    )
    for name in made:
        yield name, reason


def _random(names: list[str]) -> Iterator[tuple[str, Reason]]:
    """Names of letters and digits as they come."""
    for name in names:
        if _SCRAPED.match(name):
            continue  # a Message-ID taken for an address: gathered, not made up
        if is_random(name):
            yield name, Reason("random", "letters and digits at random", "文字や数字が無作為に並んでいる")


def is_of_words(name: str) -> bool:
    """Whether a name is one to three known words, with an initial or a number at most."""
    parts = [part for part in _SPLIT.split(name.strip("0123456789")) if part]
    if not parts or len(parts) > 3 or sum(len(part) for part in parts) < 3:
        return False
    initials = sum(1 for part in parts if len(part) == 1)
    return (
        initials < len(parts) and initials <= 1 and all(len(part) == 1 or _words_in(part) for part in parts)
    )


def is_random(name: str) -> bool:
    """Whether no one would have chosen it: unlikely letters, digits strewn among them, or a long hexadecimal number."""
    if _HEX.match(name):
        return True
    plain = "".join(_SPLIT.split(name))
    letters = "".join(_LETTERS.findall(plain))
    changes = sum(1 for one, two in pairwise(plain) if one.isdigit() != two.isdigit())
    if len(plain) >= 8 and changes >= 4:
        return True
    if len(letters) < RANDOM_LETTERS or is_of_words(name):
        return False
    bound = RANDOM_BELOW - RANDOM_SHORT / len(letters)
    return likelihood(letters) < bound or (len(letters) >= 7 and not _VOWELS & set(letters))


def likelihood(letters: str) -> float:
    """Mean natural logarithm of the likelihood of each letter after the one before, by the known words."""
    table, others = _bigrams()
    pairs = list(zip(f"^{letters}", f"{letters}$", strict=True))
    return sum(table.get(pair, others.get(pair[0], -4.5)) for pair in pairs) / len(pairs)


def _runs(members: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Stretches of members whose numbers follow each other, of ``LEAST_SEQUENCE`` or more."""
    run: list[tuple[int, str]] = []
    for member in members:
        if run and member[0] - run[-1][0] > 1:
            if len(run) >= LEAST_SEQUENCE:
                yield run
            run = []
        if not run or member[0] != run[-1][0]:
            run.append(member)
    if len(run) >= LEAST_SEQUENCE:
        yield run


@cache
def words() -> frozenset[str]:
    """The known words."""
    text = (files("meyasubako.centre.monitors") / "data" / "name_words.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@cache
def _bigrams() -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """How likely a letter is after another (natural logarithms), and one that never followed it."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    totals: dict[str, int] = defaultdict(int)
    for word in words():
        for one, two in zip(f"^{word}", f"{word}$", strict=True):
            counts[one, two] += 1
            totals[one] += 1
    table = {
        (one, two): math.log((count + 0.5) / (totals[one] + 13.5)) for (one, two), count in counts.items()
    }
    return table, {one: math.log(0.5 / (total + 13.5)) for one, total in totals.items()}


def _words_in(part: str) -> bool:
    """Whether a part is one known word, or two written together (an initial counts before or behind one)."""
    known = words()
    if part in known:
        return True
    if len(part) > 24:
        return False
    if len(part) > 4 and (part[1:] in known or part[:-1] in known):
        return True
    return any(part[:cut] in known and part[cut:] in known for cut in range(3, len(part) - 2))
