"""Reads a DKIM-Signature field (RFC 6376 section 3.5): bytes to tags of known meaning, or the word for its fault.

ARC's message signature has the same tags but for ``v`` and ``i`` (RFC 8617 section 4.1.2), so it is read here too.
"""

from __future__ import annotations

from typing import NamedTuple

import cython

from meyasubako.sender.domains import ascii_domain, is_within
from meyasubako.sender.tags import decode_base64, decode_number, parse_tags, split_colons

VALUE_CAP = 65_536
"""Bytes of a signature field that are read."""
NAMES_CAP = 1_000
"""Names in ``h=``."""

ALGORITHMS = {
    "rsa-sha256": ("rsa", "sha256"),
    "rsa-sha1": ("rsa", "sha1"),
    "ed25519-sha256": ("ed25519", "sha256"),
}
_CANONICAL = {"simple": False, "relaxed": True}


class Signature(NamedTuple):
    """A signature's tags. ``relaxed_header`` and ``relaxed_body`` tell the canonical forms; times are in seconds.

    ``names`` are the signed fields in lower case, in order. ``identity`` is ``i=`` as written, with its domain.
    """

    algorithm: str
    key_type: str
    digest: str
    signature: bytes
    body_hash: bytes
    relaxed_header: bool
    relaxed_body: bool
    domain: str
    selector: str
    names: tuple[str, ...]
    identity: str
    length: int | None
    timestamp: int | None
    expiration: int | None

    @property
    def key_name(self) -> str:
        """Where the key lies (RFC 6376 section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


class Broken(NamedTuple):
    """A field that is no signature: the tag at fault ("" for the list as a whole), and d= and s= if readable."""

    tag: str
    domain: str | None = None
    selector: str | None = None


@cython.cfunc
@cython.inline
def _after_white(value: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the white space that may stand here ends."""
    byte: cython.uchar
    while at < len(value):
        byte = value[at]
        if byte != 32 and byte != 9 and byte != 13 and byte != 10:
            break
        at += 1
    return at


@cython.ccall
def without_signature(value: bytes) -> bytes:
    """The field's value with ``b=`` emptied, as it was signed (RFC 6376 section 3.5)."""
    n: cython.Py_ssize_t = len(value)
    at: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    while True:
        at = _after_white(value, at)
        if at < n and value[at] == 98:  # b
            at = _after_white(value, at + 1)
            if at < n and value[at] == 61:  # =
                end = value.find(b";", at)
                return value[: at + 1] if end < 0 else value[: at + 1] + value[end:]
        at = value.find(b";", at) + 1
        if at == 0:
            return value


def parse_signature(value: bytes) -> Signature | Broken:
    """Read the value of a DKIM-Signature field; checks RFC 6376 section 6.1.1 asks for are made."""
    tags = _tags(value)
    if tags is None:
        return Broken("")
    if tags.get("v") != "1":
        return Broken("v", tags.get("d"), tags.get("s"))
    signature = read_tags(tags)
    if isinstance(signature, Broken):
        return signature
    names = signature.names
    if "from" not in names:
        return Broken("h", signature.domain, signature.selector)
    if "i" not in tags:
        return signature
    at = tags["i"].rpartition("@")
    within = ascii_domain(at[2])
    if not at[1] or within is None or not is_within(within, signature.domain):
        return Broken("i", signature.domain, signature.selector)
    return signature._replace(identity=f"{at[0]}@{within}")


def _tags(value: bytes) -> dict[str, str] | None:
    return parse_tags(value.decode("utf-8", "replace")) if len(value) <= VALUE_CAP else None


def parse_message_signature(value: bytes) -> tuple[Signature, dict[str, str]] | Broken:
    """Read an ARC-Message-Signature: its signature and all its tags (RFC 8617 section 4.1.2)."""
    tags = _tags(value)
    if tags is None:
        return Broken("")
    signature = read_tags(tags)
    return signature if isinstance(signature, Broken) else (signature, tags)


def read_tags(tags: dict[str, str]) -> Signature | Broken:
    """The tags that DKIM and ARC share, each checked; what is optional gets its default."""
    said_domain, said_selector = tags.get("d"), tags.get("s")
    domain, selector = ascii_domain(said_domain or ""), ascii_domain(said_selector or "")
    if domain is None or "." not in domain:
        return Broken("d", said_domain, said_selector)
    if selector is None:
        return Broken("s", said_domain, said_selector)
    algorithm = ALGORITHMS.get(tags.get("a", ""))
    signature, body_hash = decode_base64(tags.get("b", "")), decode_base64(tags.get("bh", ""))
    canonical = _canonical(tags.get("c", "simple/simple"))
    names = tuple(split_colons(tags["h"].lower())) if "h" in tags else ()
    length, timestamp, expiration = _number(tags, "l", 76), _number(tags, "t", 12), _number(tags, "x", 12)
    fault = ""
    if algorithm is None:
        fault = "a"
    elif signature is None:
        fault = "b"
    elif body_hash is None:
        fault = "bh"
    elif canonical is None:
        fault = "c"
    elif "h" not in tags or len(names) > NAMES_CAP:
        fault = "h"
    elif length == -1:
        fault = "l"
    elif timestamp == -1:
        fault = "t"
    elif expiration == -1 or (expiration is not None and timestamp is not None and expiration <= timestamp):
        fault = "x"
    elif "q" in tags and "dns/txt" not in split_colons(tags["q"].lower()):
        fault = "q"
    if fault or algorithm is None or signature is None or body_hash is None or canonical is None:
        return Broken(fault, domain, selector)
    return Signature(
        tags["a"],
        algorithm[0],
        algorithm[1],
        signature,
        body_hash,
        canonical[0],
        canonical[1],
        domain,
        selector,
        names,
        "@" + domain,
        length,
        timestamp,
        expiration,
    )


def _canonical(text: str) -> tuple[bool, bool] | None:
    """Relaxed header, relaxed body (RFC 6376 section 3.5, ``c=``)."""
    header, slash, body = text.lower().partition("/")
    if header not in _CANONICAL or (slash and body not in _CANONICAL):
        return None
    return _CANONICAL[header], _CANONICAL[body] if slash else False


def _number(tags: dict[str, str], tag: str, digits: int) -> int | None:
    """An unsigned number of so many digits; None where absent, -1 where broken."""
    text = tags.get(tag)
    if text is None:
        return None
    number = decode_number(text, digits)
    return -1 if number is None else number
