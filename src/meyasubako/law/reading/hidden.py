"""Words of an HTML mail that stand on the screen and that no eye sees.

What is not displayed at all is no visible text and never comes here. Left are inline styles and the old attributes:
``opacity:0``, type of at most one pixel, and letters in the colour of what lies behind them are invisible; type below
six pixels is tiny. The source is parsed again only where it has such signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from turbohtml import Element, Text, parse

CAP = 200_000
OCCURRENCES = 8
DECLARATIONS = 5_000
TINY_TYPE = re.compile(
    r"font-size\s{0,4}:\s{0,4}(?:[0-5](?:\.[0-9]{1,4})?(?:px|pt|[;\"' ])|0?\.[0-9]|[0-9]%|[12][0-9]%)|size=[\"']?-[4-7]"
)
COLOUR_VALUE = re.compile(r"[a-z\-]{0,12}\s{0,4}[:=]\s{0,4}[\"']?\s{0,4}(rgb\([0-9, ]{5,20}\)|[#\w]{3,20})")
SIZE = re.compile(r"^([0-9]{0,4}(?:\.[0-9]{0,4})?)\s{0,4}(px|pt|em|rem|%)?")
UNSEEN = frozenset({"script", "style", "head", "title"})
NAMES = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "yellow": "ffff00", "green": "008000",
    "gray": "808080", "grey": "808080", "silver": "c0c0c0", "snow": "fffafa", "ivory": "fffff0",
}  # fmt: skip
PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, None: 1.0}
NEAR = 24
"""Sum of the differences of red, green and blue up to which two colours are one to the eye."""
TINY = 6.0
STATES = ("shown", "tiny", "hidden")


class Look(NamedTuple):
    """How text looks inside an element: ink and ground as RRGGBB, type in pixels, and whether it is see-through."""

    ink: str = "000000"
    ground: str = "ffffff"
    pixels: float = 16.0
    clear: bool = False

    @property
    def state(self) -> int:
        """Index into ``STATES``."""
        if self.clear or self.pixels <= 1 or distance(self.ink, self.ground) <= NEAR:
            return 2
        return 1 if self.pixels < TINY else 0


class Visibility:
    """The words of an HTML source in order, white space taken out, and how each piece looks."""

    def __init__(self, source: str) -> None:
        """Parse a source; its first 200,000 characters count."""
        self.nodes = [node for node in parse(source[:CAP]).descendants if isinstance(node, Text)]
        pieces = ["".join(node.data.split()) for node in self.nodes]
        self.words = "".join(pieces)
        self.ends = list(accumulate(len(piece) for piece in pieces))

    def of(self, words: str) -> str:
        """How these words look where they look best: shown, tiny or hidden; shown where they are not found.

        Words in several pieces look as the worst of them.
        """
        wanted = "".join(words.split())
        best = len(STATES)
        at = self.words.find(wanted) if wanted else -1
        for _ in range(OCCURRENCES):
            if at < 0 or best == 0:
                break
            first, last = bisect_right(self.ends, at), bisect_right(self.ends, at + len(wanted) - 1)
            nodes = self.nodes[first : last + 1]
            if not any(isinstance(node.parent, Element) and node.parent.tag in UNSEEN for node in nodes):
                best = min(best, max(look_of(node).state for node in nodes))
            at = self.words.find(wanted, at + 1)
        return STATES[best] if best < len(STATES) else "shown"


def visibility(source: str) -> Visibility | None:
    """The words of an HTML source by their look; None where it has no sign of hiding any."""
    return Visibility(source) if may_hide(source[:CAP].lower()) else None


def may_hide(lowered: str) -> bool:
    """Whether anything in a source could hide words: see-through or tiny type, or one colour as ink and as ground."""
    if "opacity" in lowered:
        return True
    if ("font-size" in lowered or "size=" in lowered) and TINY_TYPE.search(lowered):
        return True
    inks, grounds = {"black"}, {"white"}
    for word in ("color", "background"):
        at = lowered.find(word)
        for _ in range(DECLARATIONS):
            if at < 0:
                break
            match = COLOUR_VALUE.match(lowered, at + len(word))
            if match:
                is_ground = word == "background" or lowered[at - 1] in "g-"
                (grounds if is_ground else inks).add(match[1])
            at = lowered.find(word, at + len(word))
    dark, light = parts(inks), parts(grounds)
    return any(
        abs(ink[0] - ground[0]) + abs(ink[1] - ground[1]) + abs(ink[2] - ground[2]) <= NEAR
        for ink in dark
        for ground in light
    )


def parts(values: set[str]) -> list[tuple[int, int, int]]:
    """Red, green and blue of colours as written; at most 64, those that cannot be read left out."""
    found = sorted({read for value in values if (read := colour(value))})[:64]
    return [(int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16)) for one in found]


def look_of(node: Text) -> Look:
    """How a piece of text looks: from the outermost element inwards."""
    look = Look()
    elements = [element for element in node.ancestors if isinstance(element, Element)]
    for element in reversed(elements[:128]):
        if ground := element.attr("bgcolor"):
            look = look._replace(ground=colour(ground.strip().lower()) or look.ground)
        if element.tag == "font":
            if ink := element.attr("color"):
                look = look._replace(ink=colour(ink.strip().lower()) or look.ink)
            if (element.attr("size") or "").strip() in {"-4", "-5", "-6", "-7"}:
                look = look._replace(pixels=TINY - 1)
        if style := element.attr("style"):
            look = styled(style[:4000].lower(), look)
    return look


def styled(style: str, look: Look) -> Look:
    """The look after inline declarations."""
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), value.replace("!important", "").strip()
        if name == "color":
            look = look._replace(ink=colour(value) or look.ink)
        elif name in {"background", "background-color"}:
            look = look._replace(ground=colour(value.split(" ")[0]) or look.ground)
        elif name == "font-size":
            look = look._replace(pixels=pixels(value, look.pixels))
        elif name == "opacity" and value in {"0", "0.0", "0%"}:
            look = look._replace(clear=True)
    return look


def pixels(value: str, outer: float) -> float:
    """A font size in pixels; what is no number leaves the size as it was."""
    match = SIZE.match(value)
    if match is None or match[1] in {"", "."}:
        return outer
    factor = outer if match[2] == "em" else outer / 100 if match[2] == "%" else PIXELS[match[2]]
    return float(match[1]) * factor


def colour(value: str) -> str | None:
    """A colour as RRGGBB; None where it is not written in a way this reads."""
    if value.startswith("#"):
        digits = value[1:]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return digits if len(digits) == 6 and all(digit in "0123456789abcdef" for digit in digits) else None
    if value.startswith("rgb("):
        numbers = [number.strip() for number in value[4:].rstrip(")").split(",")]
        if len(numbers) == 3 and all(
            number.isascii() and number.isdecimal() and len(number) < 6 for number in numbers
        ):
            return "".join(f"{min(255, int(number)):02x}" for number in numbers)
        return None
    return NAMES.get(value)


def distance(one: str, other: str) -> int:
    """How far two colours are apart: the sum of the differences of their three parts."""
    return sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (0, 2, 4))
