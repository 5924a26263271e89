"""Texts and HTML sources as lines that know where they lie, so that a mail can be cut out behind the last line that
is not its own. One pass over the source; what is never closed runs to the end.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "tbody", "blockquote", "hr", "pre", "h1", "h2", "h3", "h4",
     "h5", "h6", "center", "dl", "dt", "dd", "section", "article", "header", "body", "html"}
)  # fmt: skip
_HIDDEN = frozenset({"style", "script", "title", "head"})
_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _HIDDEN}
_RULE = "_" * 32


class Line(NamedTuple):
    """One line of text as a reader sees it; ``start`` to ``end`` is its source, its end included."""

    text: str
    start: int
    end: int


def text_lines(text: str) -> list[Line]:
    """The lines of a plain text."""
    lines: list[Line] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        lines.append(
            Line(line.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029").replace("\xa0", " "), start, end)
        )
        start = end
    return lines


class _Collector:
    """The line under way: its pieces of text and where it began."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.pieces: list[str] = []
        self.shown = False
        self.start = 0

    def add(self, piece: str) -> None:
        """Text of the line under way."""
        if piece:
            self.pieces.append(piece)
            self.shown = self.shown or not piece.isspace()

    def finish(self, end: int) -> None:
        """The line ends here."""
        text = " ".join(html.unescape("".join(self.pieces)).replace("\xa0", " ").split())
        self.lines.append(Line(text, self.start, end))
        self.pieces = []
        self.shown = False
        self.start = end


def html_lines(source: str) -> list[Line]:
    """The lines a reader of this HTML sees, empty ones included; a rule is a line of underscores."""
    collector = _Collector()
    position = 0
    size = len(source)
    while position < size:
        opening = source.find("<", position)
        if opening < 0:
            break
        collector.add(source[position:opening])
        if source.startswith("<!--", opening):
            closing = source.find("-->", opening + 4)
            position = size if closing < 0 else closing + 3
            continue
        tag = _TAG_NAME.match(source, opening)
        if tag is None and not source.startswith(("<!", "<?"), opening):
            collector.add("&lt;")
            position = opening + 1
            continue
        closing = source.find(">", opening)
        position = size if closing < 0 else closing + 1
        if tag is not None:
            position = _after_tag(source, tag[2].lower(), tag[1] == "/", opening, position, collector)
    collector.add(source[position:])
    collector.finish(size)
    return collector.lines


def _after_tag(
    source: str, name: str, closes: bool, opening: int, position: int, collector: _Collector
) -> int:
    """Take note of one tag; where reading goes on."""
    if name in _HIDDEN and not closes:
        end = _ENDS[name].search(source, position)
        return len(source) if end is None else end.start()
    if name in _BREAKS:
        if name == "hr":
            if collector.shown:
                collector.finish(opening)
            collector.add(_RULE)
        if name == "br" or collector.shown:
            collector.finish(position if closes or name in ("br", "hr") else opening)
        elif closes and collector.lines and collector.start == collector.lines[-1].end:
            collector.lines[-1] = collector.lines[-1]._replace(end=position)
            collector.start = position
    elif name in ("td", "th"):
        collector.add(" ")
    return position
