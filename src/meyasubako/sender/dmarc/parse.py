"""Reads a DMARC Policy Record (RFC 9989 section 4.7 and section 4.8), old tags included (RFC 7489 section 6.3)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

RECORD_CAP = 16_384
"""Characters of a record that are read."""

_VERSION = re.compile(r"v[ \t]{0,100}=[ \t]{0,100}DMARC1[ \t]{0,100}(?:;|\Z)")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[!-~]+\Z")


_PERCENTS = frozenset(map(str, range(101)))
_POLICIES = ("p", "sp", "np")


class Policy(StrEnum):
    """What the domain owner asks for (RFC 9989 section 4.7), mildest first."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    def milder(self) -> Policy:
        """One level below: what a policy under test comes to (RFC 9989 section 4.7, "t")."""
        return Policy.QUARANTINE if self is Policy.REJECT else Policy.NONE


class Record(NamedTuple):
    """A record. ``policy`` is None where no valid "p" stands; ``broken`` says that p, sp or np is not valid.

    ``psd`` is y, n or u; ``percent`` is the old "pct". ``strict_dkim`` and ``strict_spf`` are the alignment modes.
    """

    policy: Policy | None
    subdomain_policy: Policy | None
    nonexistent_policy: Policy | None
    broken: bool
    psd: str
    testing: bool
    strict_dkim: bool
    strict_spf: bool
    percent: int
    reports_to: tuple[str, ...]
    text: str


@lru_cache(maxsize=8192)
def parse(text: str) -> Record | None:
    """Read a TXT record; None where it is no DMARC record. Faulty tags fall back to their defaults."""
    if len(text) > RECORD_CAP or not _VERSION.match(text):
        return None
    tags: dict[str, str] = {}
    for part in text.split(";")[1:]:
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip(" \t").lower(), value.strip(" \t"))
    policy, subdomain, nonexistent = (_policy(tags, name) for name in _POLICIES)
    psd = tags.get("psd", "u").lower()
    percent = tags.get("pct", "100")
    return Record(
        policy,
        subdomain,
        nonexistent,
        any(name in tags and _policy(tags, name) is None for name in _POLICIES),
        psd if psd in ("y", "n") else "u",
        tags.get("t", "n").lower() == "y",
        tags.get("adkim", "r").lower() == "s",
        tags.get("aspf", "r").lower() == "s",
        int(percent) if percent in _PERCENTS else 100,
        tuple(
            uri for uri in (part.strip(" \t") for part in tags.get("rua", "").split(",")) if _URI.match(uri)
        ),
        text,
    )


def _policy(tags: dict[str, str], name: str) -> Policy | None:
    try:
        return Policy(tags.get(name, "").lower())
    except ValueError:
        return None
