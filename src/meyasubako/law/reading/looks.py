"""How words look by the styles and attributes around them: ink, ground, size of type, and whether they are see-through.

Only what is written on the elements counts: inline declarations, and the attributes that were there before style sheets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import cython

SIZE = re.compile(r"^([0-9]{0,4}(?:\.[0-9]{0,4})?)\s{0,4}(px|pt|em|rem|%)?")
NAMES = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "yellow": "ffff00", "green": "008000",
    "gray": "808080", "grey": "808080", "silver": "c0c0c0", "snow": "fffafa", "ivory": "fffff0",
}  # fmt: skip
PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, None: 1.0}
RELATIVE = {"em": 1.0, "%": 0.01}
TELLING = frozenset({"color", "background", "background-color", "font-size", "opacity"})
HEXADECIMAL = frozenset("0123456789abcdef")
CLEAR = frozenset({"0", "0.0", "0%"})
SMALL_TYPE = frozenset({"-4", "-5", "-6", "-7"})
"""Sizes of the element ``font`` that are tiny whatever surrounds it."""
NEAR = 24
"""Sum of the differences of red, green and blue up to which two colours are one to the eye."""
TINY = 6.0
LONGEST = 4000
LONGEST_KEPT = cython.declare(cython.Py_ssize_t, 300)

new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


class Setting(NamedTuple):
    """What one element says of the words in it; None where it says nothing.

    ``pixels`` is a size of its own, ``factor`` one by that of the words around it.
    """

    ink: str | None = None
    ground: str | None = None
    pixels: float | None = None
    factor: float | None = None
    clear: bool = False


SAYS_NOTHING = Setting()
SMALL = Setting(pixels=TINY - 1)


class Look(NamedTuple):
    """How words look inside an element: ink and ground as RRGGBB, type in pixels, and whether it is see-through."""

    ink: str = "000000"
    ground: str = "ffffff"
    pixels: float = 16.0
    clear: bool = False

    @property
    def state(self) -> int:
        """0 where they are seen, 1 where they are tiny, 2 where they are hidden."""
        if self.clear or self.pixels <= 1 or near(self.ink, self.ground):
            return 2
        return 1 if self.pixels < TINY else 0

    def under(self, setting: Setting) -> Look:
        """The look inside an element that says this."""
        pixels = self.pixels if setting.pixels is None else setting.pixels
        return new(
            Look,
            (
                setting.ink or self.ink,
                setting.ground or self.ground,
                pixels if setting.factor is None else pixels * setting.factor,
                self.clear or setting.clear,
            ),
        )


PLAIN = Look()


def said(name: str, value: str) -> Setting:
    """What an attribute says; short ones are remembered, as cell after cell repeats them."""
    return _kept(name, value) if len(value) <= LONGEST_KEPT else _said(name, value)


def _said(name: str, value: str) -> Setting:
    if name == "style":
        return declared(value[:LONGEST].lower())
    if name == "size":
        return SMALL if value.strip() in SMALL_TYPE else SAYS_NOTHING
    said_colour = colour(value.strip().lower())
    if said_colour is None:
        return SAYS_NOTHING
    return Setting(ink=said_colour) if name == "color" else Setting(ground=said_colour)


_kept = lru_cache(maxsize=4096)(_said)


def declared(style: str) -> Setting:
    """What inline declarations say."""
    ink: str | None = None
    ground: str | None = None
    pixels: float | None = None
    factor: float | None = None
    clear = False
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip()
        if name not in TELLING:
            continue
        value = value.replace("!important", "").strip()
        if name == "color":
            ink = colour(value) or ink
        elif name == "font-size":
            own, relative = size(value)
            if own is not None:
                pixels, factor = own, None
            elif relative is not None:
                factor = relative * (1.0 if factor is None else factor)
        elif name == "opacity":
            clear = clear or value in CLEAR
        else:
            ground = colour(value.split(" ")[0]) or ground
    if ink is None and ground is None and pixels is None and factor is None and not clear:
        return SAYS_NOTHING
    return new(Setting, (ink, ground, pixels, factor, clear))


def size(value: str) -> tuple[float | None, float | None]:
    """A font size: in pixels, or by the size around it; neither where it is no number."""
    match = SIZE.match(value)
    if match is None or match[1] in {"", "."}:
        return None, None
    number = float(match[1])
    if match[2] in RELATIVE:
        return None, number * RELATIVE[match[2]]
    return number * PIXELS[match[2]], None


def colour(value: str) -> str | None:
    """A colour as RRGGBB; None where it is not written in a way this reads."""
    if value.startswith("#"):
        digits = value[1:]
        if len(digits) == 3:
            digits = "".join([digit * 2 for digit in digits])
        return digits if len(digits) == 6 and HEXADECIMAL.issuperset(digits) else None
    if value.startswith("rgb("):
        numbers = [number.strip() for number in value[4:].rstrip(")").split(",")]
        if len(numbers) == 3 and all(
            number.isascii() and number.isdecimal() and len(number) < 6 for number in numbers
        ):
            return "".join(f"{min(255, int(number)):02x}" for number in numbers)
        return None
    return NAMES.get(value)


@lru_cache(maxsize=4096)
def near(one: str, other: str) -> bool:
    """Whether two colours are one to the eye."""
    difference: cython.Py_ssize_t = 0
    for i in (0, 2, 4):
        difference += abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16))
    return difference <= NEAR
