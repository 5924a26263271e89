"""Public keys in the DNS (RFC 6376 section 3.6, RFC 8463 section 4): read once, remembered, and used.

Reading a key costs as much as verifying with it, and the same keys come back in mail after mail.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from meyasubako.sender.tags import decode_base64, parse_tags, split_colons

RECORD_CAP = 16_384
"""Characters of a key record that are read."""

_PADDING = PKCS1v15()
_HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - only to tell what old mail was signed with


class KeyFault(StrEnum):
    """Why a record is no key."""

    SYNTAX = "key-syntax"
    REVOKED = "key-revoked"
    TYPE = "key-type-unknown"
    SERVICE = "key-not-for-mail"
    LARGE = "key-too-large"


class Key(NamedTuple):
    """A key record. ``kind`` is rsa or ed25519, ``bits`` the size of its modulus, ``hashes`` those it allows.

    ``testing`` and ``strict`` are the flags "y" and "s".
    """

    kind: str
    public: RSAPublicKey | Ed25519PublicKey
    bits: int
    hashes: frozenset[str] | None
    testing: bool
    strict: bool

    def verifies(self, signature: bytes, data: bytes, digest: str) -> bool:
        """Whether a signature over the data is this key's; an Ed25519 one is over its SHA-256 (RFC 8463 section 3)."""
        try:
            if self.kind == "rsa":
                self.public.verify(signature, data, _PADDING, _HASHES[digest])  # type: ignore[call-arg]
            else:
                self.public.verify(signature, hashlib.sha256(data).digest())  # type: ignore[call-arg]
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=8192)
def parse_key(text: str, largest: int = 8192) -> Key | KeyFault:
    """Read a key record (RFC 6376 section 3.6.1); keys of more than ``largest`` bits are not worked with."""
    if len(text) > RECORD_CAP:
        return KeyFault.SYNTAX
    tags = parse_tags(text)
    if tags is None or "p" not in tags:
        return KeyFault.SYNTAX
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        return KeyFault.SYNTAX
    services = split_colons(tags.get("s", "*"))
    if "*" not in services and "email" not in services:
        return KeyFault.SERVICE
    kind = tags.get("k", "rsa").lower()
    if kind not in ("rsa", "ed25519"):
        return KeyFault.TYPE
    if not tags["p"]:
        return KeyFault.REVOKED
    raw = decode_base64(tags["p"])
    loaded = KeyFault.SYNTAX if raw is None else _load(kind, raw, largest)
    if isinstance(loaded, KeyFault):
        return loaded
    flags = split_colons(tags.get("t", ""))
    allowed = frozenset(split_colons(tags["h"].lower())) if "h" in tags else None
    return Key(kind, *loaded, allowed, "y" in flags, "s" in flags)


def _load(kind: str, raw: bytes, largest: int) -> tuple[RSAPublicKey | Ed25519PublicKey, int] | KeyFault:
    """The key and its size; RSA as SubjectPublicKeyInfo or as bare RSAPublicKey (RFC 6376 section 3.6.1)."""
    if kind == "ed25519":
        return (Ed25519PublicKey.from_public_bytes(raw), 256) if len(raw) == 32 else KeyFault.SYNTAX
    if len(raw) > largest // 8 + 512:
        return KeyFault.LARGE
    try:
        public = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return KeyFault.SYNTAX
    if not isinstance(public, RSAPublicKey):
        return KeyFault.TYPE
    return (public, public.key_size) if public.key_size <= largest else KeyFault.LARGE
