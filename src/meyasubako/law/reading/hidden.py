"""Words of an HTML mail that stand on the screen and that no eye sees.

What is not displayed at all is no visible text and never comes here. Left are inline styles and the old attributes:
``opacity:0``, type of at most one pixel, and letters in the colour of what lies behind them are invisible; type below
six pixels is tiny. The source is parsed again only where it may hide something.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

import cython
from turbohtml import Element, Node, Text, parse

from meyasubako.law.reading.attributes import told_looks
from meyasubako.law.reading.looks import PLAIN, SAYS_NOTHING, TINY, Look, Setting, near, said

CAP = 200_000
OCCURRENCES = cython.declare(cython.Py_ssize_t, 8)
UNSEEN = frozenset({"script", "style", "head", "title"})
STATES = ("shown", "tiny", "hidden")
ROOTS = frozenset({"body", "html"})
STYLED = "[style],[bgcolor],font[color],font[size]"
"""Elements that say how the words in them look."""
ATTRIBUTES = ("bgcolor", "style")
FONT_ATTRIBUTES = ("bgcolor", "color", "size", "style")
MOST_COLOURS = cython.declare(cython.Py_ssize_t, 64)
"""In a source with more colours any may lie on any."""


class Words:
    """Pieces of text as one, and where each of them ends."""

    def __init__(self, pieces: list[str]) -> None:
        """Join them."""
        self.text = "".join(pieces)
        self.ends = list(accumulate(map(len, pieces)))


class Visibility:
    """The words of an HTML source in order, and how each piece looks."""

    def __init__(self, source: str) -> None:
        """Parse a source; its first 200,000 characters count."""
        self.document = parse(source[:CAP], positions=False)
        self.looks: dict[Element, Look] = {}
        self.nodes: list[Text] = [node for node in self.document.descendants if type(node) is Text]
        self.pieces: list[str] = [node.data for node in self.nodes]

    @cached_property
    def written(self) -> Words:
        """The words as they are written."""
        return Words(self.pieces)

    @cached_property
    def squeezed(self) -> Words:
        """The words without white space."""
        return Words(["".join(piece.split()) for piece in self.pieces])

    def look(self, node: Node | None) -> Look:
        """How words look that stand right in a node."""
        inner: list[Element] = []
        look: Look | None = None
        while look is None and isinstance(node, Element) and (styled := node.closest(STYLED)) is not None:
            look = self.looks.get(styled)
            if look is None:
                inner.append(styled)
                node = styled.parent
        look = look or PLAIN
        for element in reversed(inner):
            for setting in said_by(element):
                look = look.under(setting)
            self.looks[element] = look
        return look

    def of(self, words: str) -> str:
        """How these words look where they look best: shown, tiny or hidden; shown where they are not found.

        Words in several pieces look as the worst of them. Mostly they are shown where they stand first as written.
        """
        at = self.written.text.find(words)
        if at >= 0 and words and self.state(self.written, at, len(words)) == 0:
            return "shown"
        wanted = "".join(words.split())
        best = len(STATES)
        at = self.squeezed.text.find(wanted) if wanted else -1
        for _ in range(OCCURRENCES):
            if at < 0 or best == 0:
                break
            best = min(best, self.state(self.squeezed, at, len(wanted)))
            at = self.squeezed.text.find(wanted, at + 1)
        return STATES[best] if best < len(STATES) else "shown"

    def state(self, words: Words, at: int, size: int) -> int:
        """How so many characters look at a place, as the place of the word in ``STATES``; its length for no visible text."""
        first, last = bisect_right(words.ends, at), bisect_right(words.ends, at + size - 1)
        worst = 0
        for node in self.nodes[first : last + 1]:
            parent = node.parent
            if isinstance(parent, Element) and parent.tag in UNSEEN:
                return len(STATES)
            worst = max(worst, self.look(parent).state)
        return worst


def said_by(element: Element) -> list[Setting]:
    """What an element says of the words in it; a declaration counts more than an attribute of old and comes last."""
    names = FONT_ATTRIBUTES if element.tag == "font" else ATTRIBUTES
    return [
        setting
        for name in names
        if (value := element.attr(name)) and (setting := said(name, value)) is not SAYS_NOTHING
    ]


def visibility(source: str) -> Visibility | None:
    """The words of an HTML source by their look; None where all of them are sure to be shown."""
    return Visibility(source) if may_hide(source[:CAP]) else None


def may_hide(source: str) -> bool:
    """Whether anything in a source may hide words: see-through or tiny type, or one colour as ink and as ground."""
    told = told_looks(source)
    least, shrunk = PLAIN.pixels, 1.0
    for (_, _, pixels, factor, clear), _ in told:
        if clear:
            return True
        if pixels is not None:
            least = min(least, pixels)
        if factor is not None:
            shrunk *= min(1.0, factor)
    if least * shrunk < TINY:
        return True
    for ink, ground in pairs_of(source, told):  # noqa: SIM110 - a generator costs more
        if near(ink, ground):
            return True
    return False


def pairs_of(source: str, told: list[tuple[Setting, int]]) -> set[tuple[str, str]]:
    """Inks and the grounds on which they may lie.

    An element's ink may lie on its own ground, or else on one that an element named before it, around it; the other
    way round with its ground. A late ``body`` says what it says of the first, which stands around all before it.
    """
    inks: set[str] = {PLAIN.ink}
    grounds: set[str] = {PLAIN.ground}
    pairs: set[tuple[str, str]] = set()
    for setting, at in told:
        ink, ground = setting.ink, setting.ground
        if ink is not None and ground is not None:
            pairs.add((ink, ground))
            if len(inks) + len(grounds) == 2 or tag_at(source, at) not in ROOTS:
                inks.add(ink)
                grounds.add(ground)
                continue
        if ink is not None:
            pairs.update([(ink, behind) for behind in grounds])
        if ground is not None:
            pairs.update([(before, ground) for before in inks])
        if ink is not None:
            inks.add(ink)
        if ground is not None:
            grounds.add(ground)
        if len(inks) + len(grounds) > MOST_COLOURS:
            return {(ink, ink) for ink in inks} | {(ground, ground) for ground in grounds}
    return pairs


def tag_at(source: str, at: int) -> str:
    """The first four letters of the tag around a place."""
    begin = source.rfind("<", 0, at) + 1
    return source[begin : begin + 4].lower()
