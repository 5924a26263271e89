"""Texts with choices: phrases are read once, a campaign fixes them, each mail changes a few words.

``[a|b]`` in a phrase is a choice and ``{slot}`` a word fixed for a campaign (``phrases/*.toml``). A ``Text`` keeps
the campaign's own wording and where it may be changed; ``mutated`` spends a budget of characters on changes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from meyasubako.sample.draws import Draws

RECIPIENT = "\x01"
LAWFUL = frozenset({"newsletter", "notice", "personal"})


class Category(NamedTuple):
    """Phrases of one kind of mail in one language; whether it advertises (Act Art 2(ii))."""

    name: str
    advertising: bool
    subjects: tuple[str, ...]
    openers: tuple[str, ...]
    body: tuple[str, ...]
    closers: tuple[str, ...]


class Lexicon(NamedTuple):
    """Made-up people and brands, and real places, of one language."""

    people: tuple[str, ...]
    cities: tuple[str, ...]
    brand_starts: tuple[str, ...]
    brand_ends: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A wording in parts; ``choices`` are (place in parts, its other wordings)."""

    parts: tuple[str, ...]
    choices: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def base(self) -> str:
        """The campaign's own wording."""
        return "".join(self.parts)

    def mutated(self, budget: float, draws: Draws) -> tuple[str, float]:
        """The wording with choices changed while the budget (characters) lasts, and what is left of it."""
        if budget < 1 or not self.choices:
            return "".join(self.parts), budget
        parts = list(self.parts)
        for place, others in self.choices:
            if draws.random() < 0.6:
                continue
            other = others[int(draws.random() * len(others))]
            cost = max(len(other), len(parts[place]))
            if cost <= budget:
                parts[place] = other
                budget -= cost
        return "".join(parts), budget


@lru_cache(maxsize=16)
def load_categories(language: str) -> dict[str, Category]:
    """The categories of a language by name."""
    data = tomllib.loads(
        files("meyasubako.sample").joinpath("phrases", f"{language}.toml").read_text("utf-8")
    )
    return {
        name: Category(
            name,
            one["advertising"],
            *(tuple(one[part]) for part in ("subjects", "openers", "body", "closers")),
        )
        for name, one in data.items()
    }


@lru_cache(maxsize=16)
def load_lexicon(language: str) -> Lexicon:
    """The lexicon of a language."""
    data: dict[str, Any] = tomllib.loads(
        files("meyasubako.sample").joinpath("phrases", "lexicon.toml").read_text("utf-8")
    )
    return Lexicon(*(tuple(data[language][field]) for field in Lexicon._fields))


@lru_cache(maxsize=4096)
def split_phrase(phrase: str) -> tuple[str | tuple[str, ...], ...]:
    """A phrase as fixed pieces and tuples of choices."""
    pieces = re.split(r"\[([^\]]*)\]", phrase)
    return tuple(tuple(piece.split("|")) if place % 2 else piece for place, piece in enumerate(pieces))


def fill_slots(text: str, slots: Mapping[str, str]) -> str:
    """A piece of text with ``{slot}`` replaced; a slot named in braces must be known."""
    return text.format_map(slots) if "{" in text else text


def word_text(phrases: Sequence[str], slots: Mapping[str, str], joint: str, draws: Draws) -> Text:
    """Join phrases, fill their slots, and fix a campaign's own choices."""
    parts: list[str] = []
    choices: list[tuple[int, tuple[str, ...]]] = []
    for number, phrase in enumerate(phrases):
        if number:
            parts.append(joint)
        for piece in split_phrase(phrase):
            if isinstance(piece, str):
                parts.append(fill_slots(piece, slots))
                continue
            wordings = [fill_slots(one, slots) for one in piece]
            own = wordings.pop(draws.below(len(wordings)))
            choices.append((len(parts), tuple(wordings)))
            parts.append(own)
    return Text(tuple(parts), tuple(one for one in choices if one[1]))


def brand_name(language: str, draws: Draws) -> str:
    """A made-up brand."""
    lexicon = load_lexicon(language)
    return draws.pick(lexicon.brand_starts) + draws.pick(lexicon.brand_ends)


def draw_slots(language: str, draws: Draws) -> dict[str, str]:
    """The words a campaign keeps: brand, person, place, price, number, days; the recipient stays open."""
    lexicon = load_lexicon(language)
    price = draws.between(2, 98) * draws.pick((10, 100, 500, 1000))
    return {
        "service": brand_name(language, draws),
        "person": draws.pick(lexicon.people),
        "city": draws.pick(lexicon.cities),
        "price": f"{price:,}" if language in ("ja", "en") else str(price),
        "number": str(draws.between(2, 99)),
        "days": str(draws.between(2, 14)),
        "to": RECIPIENT,
    }
