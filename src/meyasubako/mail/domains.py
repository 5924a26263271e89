"""Host names: the host of a URL, and the registered domain (public suffix and one label more) of a host.

The public suffix list is the one shipped with ``publicsuffixlist``, looked up here; its private section counts, as two
customers of one hosting name are two owners.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import cython
import idna
from publicsuffixlist import PSLFILE

_MOST_SCHEME = cython.declare(cython.Py_ssize_t, 21)
_MOST_SLASHES = cython.declare(cython.Py_ssize_t, 4)
_ASCII_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\Z")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}\Z")
_DOTS = str.maketrans("。．｡", "...")
_LONGEST = 253


class _Rules(NamedTuple):
    """The public suffix list, every IDN name also in its ASCII form."""

    names: frozenset[str]
    parents: frozenset[str]
    """Names of which every child is a suffix (``*.``)."""
    exceptions: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    names: set[str] = set()
    parents: set[str] = set()
    exceptions: set[str] = set()
    for line in Path(PSLFILE).read_text("utf-8").lower().splitlines():
        rule = line.partition(" ")[0].strip()
        if not rule or rule.startswith("//"):
            continue
        group = parents if rule.startswith("*.") else exceptions if rule.startswith("!") else names
        name = rule.removeprefix("*.").removeprefix("!")
        group.update((name, name.encode("idna").decode("ascii")))
    return _Rules(frozenset(names), frozenset(parents), frozenset(exceptions))


def url_host(url: str) -> str | None:
    """The host of a URL in lower case, IDN in its ASCII form (RFC 5891); None where there is none.

    Read as browsers do: a backslash is a slash, what stands before the last "@" is no host.
    """
    host = _host_in(url)
    if "%" in host:
        host = unquote(host, errors="replace")
    return ascii_host(host)


def url_domain(url: str) -> str | None:
    """The registered domain of a URL's host."""
    return _domain_of(_host_in(url))


@cython.cfunc
def _host_in(url: str) -> str:
    """What stands in a URL where its host stands."""
    n: cython.Py_ssize_t = len(url)
    start: cython.Py_ssize_t = _scheme_end(url)
    most: cython.Py_ssize_t = start + _MOST_SLASHES
    while start < n and start < most and (url[start] == "/" or url[start] == "\\"):
        start += 1
    end: cython.Py_ssize_t = start
    port: cython.Py_ssize_t = -1
    c: cython.Py_UCS4
    while end < n:
        c = url[end]
        if c == "@":
            start = end + 1
            port = -1
        elif c == ":":
            if port < 0:
                port = end
        elif c == "/" or c == "?" or c == "#" or c == "\\":
            break
        end += 1
    if start < n and url[start] == "[":
        closing: cython.Py_ssize_t = url.find("]", start)
        if closing >= 0 and url.find("/", start, closing) < 0:
            return url[start : closing + 1]
    return url[start : port if port >= 0 else end]


@cython.cfunc
def _scheme_end(url: str) -> cython.Py_ssize_t:
    """Where what follows the scheme begins; 0 where there is no scheme."""
    i: cython.Py_ssize_t = 0
    most: cython.Py_ssize_t = min(len(url), _MOST_SCHEME + 1)
    c: cython.Py_UCS4
    while i < most:
        c = url[i]
        if not ("a" <= c <= "z" or "A" <= c <= "Z"):
            if c == ":" and i:
                return i + 1
            if i == 0 or not ("0" <= c <= "9" or c == "+" or c == "." or c == "-"):
                break
        i += 1
    return 0


@lru_cache(maxsize=16_384)
def _domain_of(host: str) -> str | None:
    if "%" in host:
        host = unquote(host, errors="replace")
    return registered_domain(ascii_host(host))


@lru_cache(maxsize=16_384)
def ascii_host(host: str) -> str | None:
    """A host in lower-case ASCII, without its last dot; None where it is none."""
    if host.startswith("["):
        return host.strip("[]").lower() or None
    is_ascii = host.isascii()
    host = (host if is_ascii else host.translate(_DOTS)).strip(".").lower()
    if len(host) > _LONGEST or not host:
        return None
    if not is_ascii and not host.isascii():
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
    return _private_name(host, True)


@lru_cache(maxsize=16_384)
def has_known_suffix(host: str) -> bool:
    """Whether a host ends in a suffix of the list, so that a word with dots is really a name."""
    return _private_name(host, False) is not None


@cython.cfunc
def _private_name(host: str, accepts_unknown: cython.bint) -> str | None:
    """The public suffix of a host and one label more; where no rule fits, the last label may count as a suffix.

    The longest rule that fits counts. A name all children of which are suffixes is one itself, as is the name
    above an exception.
    """
    host = host.removesuffix(".").lower()
    if not host or host[0] == "." or host[len(host) - 1] == "." or ".." in host:
        return None
    names, parents, exceptions = _rules()
    longer: cython.Py_ssize_t = -1  # where the name one label longer begins, and that of two labels more
    longest: cython.Py_ssize_t = -1
    start: cython.Py_ssize_t = 0
    while True:
        name = host[start:]
        if name in exceptions:
            return name
        if name in parents:
            return host[longest:] if longest >= 0 else None
        dot: cython.Py_ssize_t = host.find(".", start)
        if name in names or (dot < 0 and accepts_unknown):
            return host[longer:] if longer >= 0 else None
        if dot < 0:
            return None
        longest, longer, start = longer, start, dot + 1
