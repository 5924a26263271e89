"""The parts of a report with what they hold, decoded within one budget.

Leaves of the MIME tree (RFC 2046) in the order of the mail; message/* parts stay whole. A message that was
encoded, which RFC 2046 section 5.2.1 forbids and mailers do, is decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer
from meyasubako.mail.types import Message, Part
from meyasubako.mail.wrapped.types import WrapLimits, WrappedMail

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
        self.limits = limits
        self._most = limits.mail_bytes
        self._left = limits.total_bytes

    def of(self, leaf: Leaf) -> bytes | None:
        """The decoded bytes of a leaf, None where they go beyond a cap."""
        size = leaf.part.end - leaf.part.body
        if leaf.part.encoding == "base64":
            size = size * 3 // 4
        if not self.take(size):
            return None
        data, _codes = decode_transfer(self.raw[leaf.part.body : leaf.part.end], leaf.part.encoding)
        return data

    def take(self, size: int) -> bool:
        """Whether so many bytes more may be kept; they are counted, or said to be lost."""
        if size > self._most or size > self._left:
            self.lost["size-beyond-cap"] = None
            return False
        self._left -= size
        return True

    def mails(
        self, reader: Callable[[Leaf, Contents], WrappedMail | None], apart: Leaf | None = None
    ) -> tuple[WrappedMail, ...]:
        """What a reader finds in the leaves but ``apart``, up to the cap of mails."""
        found: list[WrappedMail] = []
        for leaf in self.leaves:
            if leaf is apart:
                continue
            mail = reader(leaf, self)
            if mail is None:
                continue
            if len(found) >= self.limits.mails:
                self.lost["mails-beyond-cap"] = None
                break
            found.append(mail)
        return tuple(found)
