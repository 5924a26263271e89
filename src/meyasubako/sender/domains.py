"""Domain names as the verifiers compare them: A-labels in lower case, and the two ideas of who owns a name.

The registered domain here comes from the Public Suffix List (RFC 7489 section 3.2, kept for mail of its time);
the tree walk that replaced it is in ``dmarc``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

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


@cache
def _suffixes() -> PublicSuffixList:
    """The list that came with the package; reading it takes tens of milliseconds, once."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=16384)
def registered_domain(name: str) -> str | None:
    """Public suffix and one label more (RFC 7489 section 3.2); None for a name that is itself a suffix."""
    found = _suffixes().privatesuffix(name)
    return str(found) if found else None


def is_within(name: str, parent: str) -> bool:
    """Whether a name is the other or lies below it."""
    return name == parent or name.endswith("." + parent)
