"""Host names: the host of a URL, and the registered domain (public suffix and one label more) of a host.

The public suffix list is the one shipped with ``publicsuffixlist``; its private section counts, as two
customers of one hosting name are two owners.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import idna
from publicsuffixlist import PublicSuffixList

_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:)?[/\\]{0,4}(?:[^/?#\\@]*@)*(\[[^\]/]*\]|[^/:?#\\]*)")
_ASCII_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\Z")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}\Z")
_DOTS = str.maketrans("。．｡", "...")
_LONGEST = 253


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@lru_cache(maxsize=1)
def _known_suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def url_host(url: str) -> str | None:
    """The host of a URL in lower case, IDN in its ASCII form (RFC 5891); None where there is none.

    Read as browsers do: a backslash is a slash, what stands before the last "@" is no host.
    """
    found = _HOST.match(url)
    if found is None:
        return None
    host = found[1]
    if "%" in host:
        host = unquote(host, errors="replace")
    return ascii_host(host)


@lru_cache(maxsize=16_384)
def ascii_host(host: str) -> str | None:
    """A host in lower-case ASCII, without its last dot; None where it is none."""
    if host.startswith("["):
        return host.strip("[]").lower() or None
    host = host.translate(_DOTS).strip(".").lower()
    if len(host) > _LONGEST or not host:
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    return host if _ASCII_HOST.match(host) else None


@lru_cache(maxsize=16_384)
def registered_domain(host: str | None) -> str | None:
    """Public suffix and one label more; None for an IP address, a bare suffix, or no host."""
    if not host or ":" in host or _NUMERIC.match(host):
        return None
    found = _suffixes().privatesuffix(host)
    return found if found is None or "." in found else None


@lru_cache(maxsize=16_384)
def has_known_suffix(host: str) -> bool:
    """Whether a host ends in a suffix of the list, so that a word with dots is really a name."""
    return _known_suffixes().privatesuffix(host) is not None
