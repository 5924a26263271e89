"""Words of an HTML mail that stand on the screen and that no eye sees.

What is not displayed at all is no visible text and never comes here. Left are inline styles and the old attributes:
``opacity:0``, type of at most one pixel, and letters in the colour of what lies behind them are invisible; type below
six pixels is tiny. The source is parsed again only where it has such signs.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from turbohtml import Element, Node, Text, parse

from meyasubako.law.reading.attributes import looking
from meyasubako.law.reading.looks import SAYS_NOTHING, TINY, Look, Setting, near, said

CAP = 200_000
OCCURRENCES = 8
UNSEEN = frozenset({"script", "style", "head", "title"})
STATES = ("shown", "tiny", "hidden")
ROOTS = frozenset({"body", "html"})
STYLED = "[style],[bgcolor],font[color],font[size]"
"""Elements that say how the words in them look."""
ATTRIBUTES = ("bgcolor", "style")
FONT_ATTRIBUTES = ("bgcolor", "color", "size", "style")
PLAIN = Look()


class Visibility:
    """The words of an HTML source in order, white space taken out, and how each piece looks."""

    def __init__(self, source: str) -> None:
        """Parse a source; its first 200,000 characters count."""
        document = parse(source[:CAP], positions=False)
        self.settings: dict[Element, Setting] = {}
        for element in document.select(STYLED):
            if (setting := setting_of(element)) is not SAYS_NOTHING:
                self.settings[element] = setting
        self.hides = any(self.look(element).state and element.text.strip() for element in self.suspects())
        """Whether any words are not simply shown; where all are, none is kept."""
        self.nodes = [node for node in document.descendants if isinstance(node, Text)] if self.hides else []
        pieces = ["".join(node.data.split()) for node in self.nodes]
        self.words = "".join(pieces)
        self.ends = list(accumulate(len(piece) for piece in pieces))

    def suspects(self) -> list[Element]:
        """Elements in which words may be unseen, going by what they say and by all that others do."""
        settings = self.settings
        inks = {PLAIN.ink, *(setting.ink for setting in settings.values() if setting.ink)}
        grounds = {PLAIN.ground, *(setting.ground for setting in settings.values() if setting.ground)}
        inks = {ink for ink in inks if any(near(ink, ground) for ground in grounds)}
        grounds = {ground for ground in grounds if any(near(ink, ground) for ink in inks)}
        return [
            element
            for element, (ink, ground, pixels, factor, clear) in settings.items()
            if clear
            or (pixels is not None and pixels < TINY)
            or (factor is not None and factor < 1)
            or (ink in inks if ground is None else ground in grounds)
        ]

    def look(self, node: Node | None) -> Look:
        """How words look that stand right in a node."""
        said = []
        while isinstance(node, Element) and (node := node.closest(STYLED)) is not None:
            if setting := self.settings.get(node):
                said.append(setting)
            node = node.parent
        look = PLAIN
        for setting in reversed(said):
            look = look.under(setting)
        return look

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
                best = min(best, max(self.look(node.parent).state for node in nodes))
            at = self.words.find(wanted, at + 1)
        return STATES[best] if best < len(STATES) else "shown"


def setting_of(element: Element) -> Setting:
    """What an element says of the words in it: a declaration counts more than an attribute of old."""
    setting = SAYS_NOTHING
    for name in FONT_ATTRIBUTES if element.tag == "font" else ATTRIBUTES:
        if value := element.attr(name):
            setting = setting.overruled(said(name, value))
    return setting


def visibility(source: str) -> Visibility | None:
    """The words of an HTML source by their look; None where all of them are shown."""
    if not may_hide(source[:CAP]):
        return None
    seen = Visibility(source)
    return seen if seen.hides else None


def may_hide(source: str) -> bool:
    """Whether anything in a source could hide words: see-through or tiny type, or one colour as ink and as ground.

    An element's ink may lie on its own ground, or else on one that an element named before it, around it; the other
    way round with its ground.
    """
    inks, grounds = {PLAIN.ink}, {PLAIN.ground}
    least, shrunk = PLAIN.pixels, 1.0
    for name, value, at in looking(source):
        setting = said(name, value)
        ink, ground = setting.ink, setting.ground
        if setting is SAYS_NOTHING:
            continue
        if setting.clear:
            return True
        least = least if setting.pixels is None else min(least, setting.pixels)
        shrunk = shrunk if setting.factor is None else shrunk * min(1.0, setting.factor)
        alone = ink is None or ground is None
        if not alone and len(inks) + len(grounds) > 2 and tag_at(source, at) in ROOTS:
            # A late one says what it says of the first, which stands around all that came before.
            alone = True
        if alone:
            if (ink is not None and any(near(ink, behind) for behind in grounds)) or (
                ground is not None and any(near(before, ground) for before in inks)
            ):
                return True
        elif near(ink, ground):
            return True
        if ink is not None:
            inks.add(ink)
        if ground is not None:
            grounds.add(ground)
    return least * shrunk < TINY


def tag_at(source: str, at: int) -> str:
    """The first four letters of the tag around a place."""
    begin = source.rfind("<", 0, at) + 1
    return source[begin : begin + 4].lower()
