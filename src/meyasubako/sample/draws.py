"""Random draws that are the same on every Python and every machine.

Only ``random()`` and ``getrandbits()`` of the standard generator are used: their sequences are promised to stay
the same for an integer seed, those of ``choice``, ``shuffle`` and ``gauss`` are not. No transcendental functions
either: the last digit of ``exp`` belongs to the C library. Each mail, campaign and month seeds draws of its own
by name, so that any of them can be made without making those before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")

DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
ALPHANUMERIC = DIGITS + LOWER.upper() + LOWER
HEX = "0123456789abcdef"


class Draws:
    """A stream of draws named by a key: the same key gives the same stream."""

    __slots__ = ("bits", "random")

    def __init__(self, *key: int | str) -> None:
        name = "\x1f".join(map(str, key)).encode()
        source = Random(int.from_bytes(blake2b(name, digest_size=12).digest(), "little"))
        self.random = source.random
        self.bits = source.getrandbits

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both possible."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in ``share`` (0 to 1) of all draws."""
        return self.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, all alike likely."""
        return choices[int(self.random() * len(choices))]

    def weighted(self, choices: Sequence[T], sums: Sequence[float]) -> T:
        """One of the choices; ``sums`` are the running sums of their weights."""
        place = bisect_right(sums, self.random() * sums[-1])
        return choices[min(place, len(choices) - 1)]

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """The values in a new order (Fisher and Yates)."""
        order = list(values)
        for last in range(len(order) - 1, 0, -1):
            other = int(self.random() * (last + 1))
            order[last], order[other] = order[other], order[last]
        return order

    def word(self, length: int, alphabet: str = LOWER) -> str:
        """A word of ``length`` letters of the alphabet."""
        random, size = self.random, len(alphabet)
        return "".join([alphabet[int(random() * size)] for _ in range(length)])

    def hex(self, length: int) -> str:
        """``length`` lower-case hexadecimal digits."""
        return f"{self.bits(4 * length):0{length}x}"


def running_sums(weights: Iterable[float]) -> list[float]:
    """Running sums of weights, for ``Draws.weighted``."""
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
