"""Domain names as the verifiers compare them: A-labels in lower case.

Who owns a name is told by the Public Suffix List (``mail.domains``; RFC 7489 section 3.2, kept for mail of its time) or
by the tree walk that replaced it (``dmarc``).
"""

from __future__ import annotations

import re
from functools import lru_cache

_HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")


@lru_cache(maxsize=16384)
def ascii_domain(text: str) -> str | None:
    """The name in lower-case A-labels (RFC 5890 section 2.3.2.1) without the last dot; None where it is none.

    Underscores are let through (they stand in real selectors and hosts); address literals are not names.
    """
    name = text.strip().lower().removesuffix(".")
    if not 0 < len(name) <= 253:
        return None
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return None
    if len(name) > 253 or not all(_HOST_LABEL.match(label) for label in name.split(".")):
        return None
    return name


def is_within(name: str, parent: str) -> bool:
    """Whether a name is the other or lies below it."""
    return name == parent or name.endswith("." + parent)
