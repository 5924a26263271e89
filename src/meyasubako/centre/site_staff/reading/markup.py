"""HTML of a mail made inert: structure and words stay, everything that could act, load or lead elsewhere goes.

Two passes and a proof. The cleaner (a real HTML parser) keeps a short list of elements and drops the content of those
whose content is parsed otherwise than markup, so that a second parse by a browser sees the same tree (no "mutation").
Of attributes only link targets, the alternatives of images and the shape of tables stay: targets and alternatives are
carried through as hexadecimal, so that no sign of theirs can be markup. The second pass writes targets beside the words
they stood behind, defanged, and images as a placeholder. Colours and sizes go on purpose: white on white is shown.
Finally :data:`INERT` must match the whole result; if it ever does not, the page shows the text instead.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from html import escape, unescape
from typing import NamedTuple

import nh3

from meyasubako.centre.site_staff.reading.pieces import Mask, in_pieces, inert_url, plain

_BLOCKS = frozenset(
    ("address", "blockquote", "center", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
     "pre", "ul")
)  # fmt: skip
_TABLES = frozenset(("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"))
_INLINE = frozenset(
    ("abbr", "b", "bdi", "big", "br", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
     "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr", "ruby", "rt", "rp")
)  # fmt: skip
_CARRIED = frozenset(("a", "img"))
_DROPPED = frozenset(
    ("applet", "audio", "button", "canvas", "datalist", "embed", "frame", "frameset", "head", "iframe", "math", "noembed",
     "noframes", "noscript", "object", "plaintext", "script", "select", "style", "svg", "template", "textarea", "title",
     "video", "xmp")
)  # fmt: skip
_SPANS = frozenset(("colspan", "rowspan"))
_SCHEMES = frozenset(
    ("about", "blob", "callto", "chrome", "cid", "data", "file", "filesystem", "ftp", "ftps", "geo", "http", "https", "intent",
     "javascript", "line", "mailto", "market", "mid", "ms-settings", "news", "search-ms", "sms", "tel", "vbscript", "view-source",
     "whatsapp")
)  # fmt: skip
"""Schemes whose targets are shown; those of others are left out. None is ever a link."""
LONGEST = 256 * 1024
"""Characters of HTML that are shown; the source has the rest."""
_MOST_OPEN = 5_000
"""Elements left open beyond which only the text is shown: a parser's work grows with the square of the depth."""
_LONGEST_TARGET = 2_000
_MOST_SPAN = 100

_SAFE_TEXT = (
    r"[^<>\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_ELEMENTS = "|".join(sorted(_BLOCKS | _TABLES | _INLINE))
INERT = re.compile(
    rf"(?:{_SAFE_TEXT}"
    rf"|</?(?:{_ELEMENTS})>"
    r"|<t[dh](?: (?:col|row)span=\"[0-9]{1,3}\"){1,2}>"
    r"|<span class=\"(?:link|target|image)\">"
    r"|<span class=\"mark\" title=\"[A-Z0-9 +()-]{1,120}\">"
    r")*+\Z"
)
_TAGS = re.compile(r"<(/)?([A-Za-z][A-Za-z0-9]*+)?")
_VOID = frozenset(
    ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "param", "source", "wbr")
)
_TOKENS = re.compile(r'<img(?: alt="([0-9a-f]*+)")?>|<a(?: href="([0-9a-f]*+)")?>|(</a>)|<[^>]*+>|[^<]++')


class Inert(NamedTuple):
    """Markup that does nothing. ``cut`` says that the mail's HTML was longer, ``failed`` that only text is shown."""

    markup: str
    cut: bool = False
    failed: bool = False


def _kept_attribute(element: str, name: str, value: str) -> str | None:
    if (element, name) in {("a", "href"), ("img", "alt")}:
        return value[:_LONGEST_TARGET].encode("utf-8", "replace").hex()
    if element in {"td", "th"} and name in _SPANS and value.isascii() and value.isdecimal():
        return str(min(int(value[:6]), _MOST_SPAN))
    return None


_CLEANER = nh3.Cleaner(
    tags=set(_BLOCKS | _TABLES | _INLINE | _CARRIED),
    clean_content_tags=set(_DROPPED),
    attributes={"a": {"href"}, "img": {"alt"}, "td": set(_SPANS), "th": set(_SPANS)},
    attribute_filter=_kept_attribute,
    strip_comments=True,
    link_rel=None,
    url_schemes=set(_SCHEMES),
)


def inert_markup(html: str, *, image: str = "image", mask: Mask = None) -> Inert:
    """HTML as a fragment that does nothing; ``image`` is the page's word for one. Never raises."""
    cut = len(html) > LONGEST
    html = html[:LONGEST].encode("utf-8", "replace").decode("utf-8")
    if deepest(html) > _MOST_OPEN:
        return Inert(text_markup(html, mask), cut, failed=True)
    written = _Writer(image, mask).write(_CLEANER.clean(html))
    if INERT.match(written) is None:
        return Inert(text_markup(html, mask), cut, failed=True)
    return Inert(written, cut)


def deepest(html: str) -> int:
    """The most elements open at once, counted roughly: every tag that is not closed at once is one more."""
    depth = most = 0
    for tag in _TAGS.finditer(html):
        if tag[1]:
            depth = max(0, depth - 1)
        elif not tag[2] or tag[2].lower() not in _VOID:
            depth += 1
            most = max(most, depth)
    return most


def text_markup(text: str, mask: Mask = None) -> str:
    """Text as markup: hidden characters as marks, what could be followed defanged, everything escaped."""
    out = []
    for piece in in_pieces(text, mask=mask):
        if piece.kind == "mark":
            out.append(f'<span class="mark" title="{escape(piece.tip)}">{piece.text}</span>')
        else:
            out.append(escape(piece.text, quote=False))
    return "".join(out)


class _Writer:
    """The second pass: writes what was carried through."""

    def __init__(self, image: str, mask: Mask) -> None:
        self._mask = mask
        self._image = escape(plain(image))
        self._targets: list[str] = []
        self._out: list[str] = []

    def write(self, cleaned: str) -> str:
        for token in _TOKENS.finditer(cleaned):
            self._token(token)
        while self._targets:
            self._end_link()
        return "".join(self._out)

    def _token(self, token: re.Match[str]) -> None:
        alternative, target, ended = token.groups()
        said = token[0]
        if said.startswith("<img"):
            words = f": {text_markup(_carried(alternative), self._mask)}" if alternative else ""
            self._out.append(f'<span class="image">[{self._image}{words}]</span>')
        elif said == "<a>" or target is not None:
            self._targets.append(_carried(target or ""))
            self._out.append('<span class="link">')
        elif ended is not None:
            if self._targets:
                self._end_link()
        elif said.startswith("<"):
            self._out.append(said)
        else:
            self._out.append(text_markup(unescape(said), self._mask))

    def _end_link(self) -> None:
        target = self._targets.pop()
        shown = (
            f'<span class="target">&lt;{escape(inert_url(target, self._mask), quote=False)}&gt;</span>'
            if target
            else ""
        )
        self._out.append(f"</span>{shown}")


def _carried(value: str) -> str:
    return unhexlify(value).decode("utf-8", "replace")
