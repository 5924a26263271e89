"""Signed heads: what is published of the chain, so that nobody can rebuild it unseen, we ourselves included.

The key (Ed25519, RFC 8032 section 5.1) lies in the home, readable by its owner alone, and is made once. What is signed
is one line of JSON behind a name of its own, so that the signature passes for nothing else. Whoever keeps a signed
head can have the chain checked against it later (``seal_checks.verify_seals``). No timestamping service is asked:
the date in a head is ours.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from meyasubako.errors import StorageError, UsageError
from meyasubako.tables.durable import sync_folder, write_durably
from meyasubako.tables.home import Home
from meyasubako.tables.seals import SEALS_LAYOUT, Head, read_head
from meyasubako.tables.table import Table

KEY_FILE = "seal-key"
PUBLISHED = "seal-heads"
PURPOSE = b"meyasubako seal head v1\n"


def signing_key(home: Home) -> Ed25519PrivateKey:
    """The home's key, made when there is none (mode 0600). Raises StorageError for one that cannot be read."""
    path = home.path / KEY_FILE
    if not path.exists():
        _make_key(path)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise StorageError(str(path), f"cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise StorageError(str(path), "is no Ed25519 key")
    return key


def _make_key(path: Path) -> None:
    """Written aside and linked into place: two processes that start together agree on one."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    sync_folder(path.parent)


def public_text(key: Ed25519PublicKey) -> str:
    """The raw public key (32 bytes) in base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def signed_head(home: Home, *, now: datetime) -> dict[str, Any]:
    """The end of the chain, signed: ``{sequence, head, arrivals_version, signed_at, key, signature}``."""
    key = signing_key(home)
    head = read_head(Table.open(home, SEALS_LAYOUT))
    said = {
        **head._asdict(),
        "signed_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "key": public_text(key.public_key()),
    }
    return {**said, "signature": base64.b64encode(key.sign(_signed_bytes(said))).decode()}


def _signed_bytes(said: dict[str, Any]) -> bytes:
    return PURPOSE + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_head(document: dict[str, Any], *, key: str | None = None) -> Head:
    """The head that a signed document vouches for.

    ``key`` is the public key it must be signed with; None takes the one it names itself. Raises UsageError for
    a signature that does not hold.
    """
    said = {name: value for name, value in document.items() if name != "signature"}
    try:
        if key is not None and said["key"] != key:
            raise UsageError("signed head", "is signed with another key")
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"]))
        public.verify(base64.b64decode(document["signature"]), _signed_bytes(said))
        return Head(int(said["sequence"]), str(said["head"]), int(said["arrivals_version"]))
    except (KeyError, TypeError, ValueError, InvalidSignature) as error:
        raise UsageError("signed head", "the signature does not hold") from error


def publish_head(home: Home, *, now: datetime) -> Path:
    """Write today's signed head into ``seal-heads/`` of the home, once a day; its path. Copy them outside."""
    folder = home.path / PUBLISHED
    folder.mkdir(exist_ok=True)
    path = folder / f"{now.astimezone(UTC):%Y-%m-%d}.json"
    if not path.exists():
        write_durably(path, (json.dumps(signed_head(home, now=now), sort_keys=True) + "\n").encode())
    return path
