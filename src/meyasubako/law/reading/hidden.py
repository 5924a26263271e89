"""Words of an HTML mail that are there for a machine and not for the eye.

Inline style only, as mail clients honour it: ``display:none``, ``visibility:hidden``, ``opacity:0``, type of at most
one pixel, or letters in the colour of what lies behind them are invisible; type below six pixels is tiny. One pass
over the tags, made only for mails whose source has such signs.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from meyasubako.law.reading.folded import fold

UNSHOWN = (
    "display:none",
    "display: none",
    "visibility:hidden",
    "visibility: hidden",
    "opacity:0",
    "opacity: 0",
)
TINY_TYPE = re.compile(
    r"font-size\s{0,4}:\s{0,4}(?:[0-5](?:\.[0-9]{1,4})?(?:px|pt|[;\"' ])|0?\.[0-9]|[0-9]%|[12][0-9]%)|size=[\"']?-[4-7]"
)
COLOURS = re.compile(
    r"\b(bgcolor|background-color|background|color)\s{0,4}[:=]\s{0,4}[\"']?\s{0,4}(rgb\([0-9, ]{5,20}\)|[#\w]{3,20})"
)
CAP = 200_000
DEPTH = 256
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]{0,4000})>")
STYLE = re.compile(r"style\s{0,4}=\s{0,4}(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"(?:^|\s)(bgcolor|color|size)\s{0,4}=\s{0,4}[\"']?\s{0,4}([#\w+\-.]{1,32})", re.IGNORECASE
)
SIZE = re.compile(r"^([0-9]{0,4}(?:\.[0-9]{0,4})?)\s{0,4}(px|pt|em|rem|%)?")
VOID = frozenset({"br", "img", "hr", "meta", "link", "input", "area", "base", "col", "wbr", "source"})
UNSEEN = frozenset({"script", "style", "head", "title"})
NAMES = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "yellow": "ffff00", "green": "008000",
    "gray": "808080", "grey": "808080", "silver": "c0c0c0", "snow": "fffafa", "ivory": "fffff0",
}  # fmt: skip
PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "%": 0.16, None: 1.0}
NEAR = 24
"""Sum of the differences of red, green and blue up to which two colours are one to the eye."""
TINY = 6.0


class Look(NamedTuple):
    """How text looks inside an element: ink and ground as RRGGBB, type in pixels, and whether it is not shown."""

    ink: str = "000000"
    ground: str = "ffffff"
    pixels: float = 16.0
    unshown: bool = False

    @property
    def state(self) -> str:
        """``hidden``, ``tiny`` or ``shown``."""
        if self.unshown or self.pixels <= 1 or distance(self.ink, self.ground) <= NEAR:
            return "hidden"
        return "tiny" if self.pixels < TINY else "shown"


class Visibility(NamedTuple):
    """The folded words of a mail's HTML by how they look, white space taken out."""

    shown: str
    tiny: str
    hidden: str

    def of(self, words: str) -> str:
        """How these words look where they look best: shown, tiny or hidden; shown where they are not found."""
        wanted = "".join(fold(words).split())
        for state in ("shown", "tiny", "hidden"):
            if wanted in getattr(self, state):
                return state
        return "shown"


def visibility(source: str) -> Visibility | None:
    """The words of an HTML source by their look; None where it has no sign of hiding any."""
    lowered = source[:CAP].lower()
    if not may_hide(lowered):
        return None
    words: dict[str, list[str]] = {"shown": [], "tiny": [], "hidden": []}
    stack: list[tuple[str, Look, list[str]]] = [("", Look(), words["shown"])]
    known: dict[tuple[str, str, Look], tuple[Look, list[str]]] = {}
    at = 0
    for match in TAG.finditer(lowered):
        start = match.start()
        if start > at and stack[-1][0] not in UNSEEN:
            stack[-1][2].append(lowered[at:start])
        at = match.end()
        closing, tag, attributes = match.groups()
        if closing:
            close(stack, tag)
        elif tag not in VOID and len(stack) < DEPTH and not attributes.endswith("/"):
            _, outer, out = stack[-1]
            if attributes:
                key = (tag, attributes, outer)
                if key not in known:
                    look = look_of(tag, attributes, outer)
                    known[key] = look, words[look.state]
                outer, out = known[key]
            stack.append((tag, outer, out))
    stack[-1][2].append(lowered[at:])
    return Visibility(*("".join(fold(html.unescape(" ".join(words[state]))).split()) for state in words))


def may_hide(lowered: str) -> bool:
    """Whether anything in a source could hide words: an unshown element, tiny type, or one colour as ink and ground."""
    if any(sign in lowered for sign in UNSHOWN):
        return True
    if ("font-size" in lowered or "size=" in lowered) and TINY_TYPE.search(lowered):
        return True
    if "color" not in lowered:
        return False
    inks, grounds = {"000000"}, {"ffffff"}
    for name, value in COLOURS.findall(lowered):
        if found := colour(value):
            (inks if name == "color" else grounds).add(found)
    return any(distance(ink, ground) <= NEAR for ink in list(inks)[:64] for ground in list(grounds)[:64])


def close(stack: list[tuple[str, Look, list[str]]], tag: str) -> None:
    """Leave the innermost open element of that name, and what lies in it; a stray end tag changes nothing."""
    for depth in range(len(stack) - 1, max(0, len(stack) - 32), -1):
        if stack[depth][0] == tag:
            del stack[depth:]
            return


def look_of(tag: str, attributes: str, outer: Look) -> Look:
    """The look inside an element that begins with these attributes (small letters)."""
    look = outer
    if "color" in attributes or "size" in attributes:
        for name, value in ATTRIBUTE.findall(attributes):
            if name == "bgcolor":
                look = look._replace(ground=colour(value) or look.ground)
            elif name == "color":
                look = look._replace(ink=colour(value) or look.ink)
            elif tag == "font" and value in {"-4", "-5", "-6", "-7"}:
                look = look._replace(pixels=TINY - 1)
    style = STYLE.search(attributes)
    return styled(style[1] or style[2] or "", look) if style else look


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
        elif (name, value) in {("display", "none"), ("visibility", "hidden")} or (
            name == "opacity" and value in {"0", "0.0", "0%"}
        ):
            look = look._replace(unshown=True)
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
        numbers = value[4:].rstrip(")").split(",")
        if len(numbers) == 3 and all(number.strip().isdecimal() for number in numbers):
            return "".join(f"{min(255, int(number)):02x}" for number in numbers)
        return None
    return NAMES.get(value)


def distance(one: str, other: str) -> int:
    """How far two colours are apart: the sum of the differences of their three parts."""
    return sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (0, 2, 4))
