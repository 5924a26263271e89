"""Signed heads of the audit chain: what is kept outside, so that nobody can build the chain anew unseen.

Signed with the key of the seals (Ed25519) behind a purpose of its own, so that the signature passes for nothing else.
Whoever keeps a signed head can have the chain checked against it later. The date in a head is ours.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from meyasubako.centre.audit.chain import Head, chain_head
from meyasubako.errors import UsageError
from meyasubako.tables.durable import write_durably
from meyasubako.tables.home import Home
from meyasubako.tables.seal_heads import public_text, signing_key

PURPOSE = b"meyasubako audit head v1\n"
PUBLISHED = "audit-heads"


def signed_head(home: Home, *, now: datetime) -> dict[str, Any]:
    """The head of the chain, signed: ``{sequence, digest, closed_at, signed_at, key, signature}``."""
    key, head = signing_key(home), chain_head()
    said = {
        "sequence": head.sequence,
        "digest": head.digest,
        "closed_at": head.closed_at.astimezone(UTC).isoformat() if head.closed_at else None,
        "signed_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "key": public_text(key.public_key()),
    }
    return {**said, "signature": base64.b64encode(key.sign(_signed_bytes(said))).decode()}


def check_head(document: dict[str, Any], *, key: str | None = None) -> Head:
    """The head that a signed document vouches for.

    ``key`` is the public key it must be signed with; None takes the one it names itself. Raises UsageError for a
    signature that does not hold.
    """
    said = {name: value for name, value in document.items() if name != "signature"}
    try:
        if key is not None and said["key"] != key:
            raise UsageError("signed head", "is signed with another key")
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"]))
        public.verify(base64.b64decode(document["signature"]), _signed_bytes(said))
        return Head(int(said["sequence"]), str(said["digest"]), None)
    except (KeyError, TypeError, ValueError, InvalidSignature) as error:
        raise UsageError("signed head", "the signature does not hold") from error


def publish_head(home: Home, *, now: datetime) -> Path:
    """Write today's signed head into ``audit-heads/`` of the home, once a day; its path. Copy them outside."""
    folder = home.path / PUBLISHED
    folder.mkdir(mode=0o750, exist_ok=True)
    path = folder / f"{now.astimezone(UTC):%Y-%m-%d}.json"
    if not path.exists():
        write_durably(path, (json.dumps(signed_head(home, now=now), sort_keys=True) + "\n").encode())
    return path


def _signed_bytes(said: dict[str, Any]) -> bytes:
    return PURPOSE + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
