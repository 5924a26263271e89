"""The parts of a report with what they hold, decoded within one budget.

Leaves of the MIME tree (RFC 2046) in the order of the mail; message/* parts stay whole. A message that was
encoded, which RFC 2046 section 5.2.1 forbids and mailers do, is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass

from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer
from meyasubako.mail.types import Message, Part
from meyasubako.mail.wrapped.types import WrapLimits

_TEXTS = frozenset({"text/plain", "text/html", "text/enriched"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: its media type and file name in lower case ("" where none), whether it is offered as a file."""

    part: Part
    type: str
    name: str
    offered: bool

    @property
    def suffix(self) -> str:
        """What stands behind the last dot of the name."""
        return self.name.rpartition(".")[2] if "." in self.name else ""

    @property
    def is_text(self) -> bool:
        """Whether a reader sees it in the mail itself."""
        return self.type in _TEXTS and not self.offered


class Contents:
    """Decodes leaves of one report until ``total_bytes`` are used up; says what was left out."""

    def __init__(self, message: Message, limits: WrapLimits) -> None:
        self.raw = message.raw
        self.leaves = tuple(
            Leaf(part, part.type, (part.name or "").strip().lower(), part.disposition == "attachment")
            for part in leaves(message.root)
        )
        self.lost: dict[str, None] = {}
        self._most = limits.mail_bytes
        self._left = limits.total_bytes

    def of(self, leaf: Leaf) -> bytes | None:
        """The decoded bytes of a leaf, None where they go beyond a cap."""
        size = leaf.part.end - leaf.part.body
        if leaf.part.encoding == "base64":
            size = size * 3 // 4
        if size > self._most or size > self._left:
            self.lost["size-beyond-cap"] = None
            return None
        self._left -= size
        data, _codes = decode_transfer(self.raw[leaf.part.body : leaf.part.end], leaf.part.encoding)
        return data
