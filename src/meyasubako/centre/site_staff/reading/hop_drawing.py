"""Where the hops stand in their picture: boxes from the receiver at the top down, arrows between them, one border.

Numbers only; the words are the template's. Units are those of the picture's view box.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from meyasubako.centre.site_staff.reading.hops import CONNECTION, Hop, Way
from meyasubako.centre.site_staff.reading.pieces import plain_marks

WIDTH = 380
MARGIN = 14
BOX = 62
GAP = 60
LONGEST = 44
"""Characters of a name that fit into a box; the table beside the picture has the whole."""


class Box(NamedTuple):
    """A host: what is known of it in two lines, and how far it can be believed (a class of the style sheet)."""

    y: float
    standing: str
    title: str
    line: str
    is_origin: bool
    is_centre: bool


class Arrow(NamedTuple):
    """One hop, from the lower box to the upper one: when it was taken, and how long it had lain before."""

    y: float
    standing: str
    date: datetime | None
    delay: timedelta | None


class Drawing(NamedTuple):
    """The picture. ``border`` is where the trust boundary lies, None where none was found."""

    width: int
    height: float
    boxes: list[Box]
    arrows: list[Arrow]
    border: float | None


def draw(way: Way) -> Drawing | None:
    """The picture of a way; None where there is no hop."""
    if not way.hops:
        return None
    first = way.hops[0]
    is_ours = first.place == CONNECTION
    top = Box(MARGIN, first.standing, "" if is_ours else _short(first.by), "", False, is_ours)
    boxes, arrows = [top], []
    y = float(MARGIN)
    for place, hop in enumerate(way.hops):
        below = way.hops[place + 1] if place + 1 < len(way.hops) else None
        arrows.append(Arrow(y + BOX, hop.standing, hop.date, hop.delay))
        y += BOX + GAP
        boxes.append(_client(y, hop, below))
    last = way.hops[way.boundary - 1] if way.boundary else None
    border = MARGIN + way.boundary * (BOX + GAP) - GAP / 2 if last is not None else None
    return Drawing(WIDTH, y + BOX + MARGIN, boxes, arrows, border)


def _client(y: float, hop: Hop, below: Hop | None) -> Box:
    """Who handed the mail over in a hop; where it wrote a field itself, its own name too."""
    names = [name for name in (hop.rdns, hop.helo, below.by if below is not None else None) if name]
    title = hop.ip or (names[0] if names else "")
    line = next((name for name in names if name != title), "")
    standing = hop.standing if not hop.is_origin else "origin"
    if below is not None and below.standing == "trusted":
        standing = "trusted"
    return Box(y, standing, _short(title), _short(line), hop.is_origin, False)


def _short(name: str | None) -> str:
    text = plain_marks(name or "")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
