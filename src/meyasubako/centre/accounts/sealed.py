"""Field encryption: what is personal lies sealed in the database, and is found again by a keyed fingerprint.

AES-256-GCM (NIST SP 800-38D) under a key of its own for each purpose, derived with HKDF (RFC 5869); the purpose is
bound as associated data, so that a value moved into another column does not open. Nonces are random: one key and
purpose is good for 2**32 values, and is rotated long before. A sealed value is::

    01 | key id (4 bytes) | nonce (12 bytes) | ciphertext and tag (16 bytes longer than the plain value)

Rotating: :mod:`.resealing`. The keys: :mod:`.keyring`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable
from django.db.models.lookups import IsNull

from meyasubako.centre.accounts import keyring

FORMAT = 1
NONCE_BYTES = 12
HEADER_BYTES = 1 + 4 + NONCE_BYTES


class SealError(ValueError):
    """Bytes that no key at hand opens: altered, moved to another purpose, or of a key that was retired."""


def key_file() -> Path:
    """Where the keys lie: ``FIELD_KEY_FILE`` of the settings."""
    return Path(settings.FIELD_KEY_FILE)


@lru_cache(maxsize=256)
def _derived(master: bytes, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"meyasubako {use}".encode()).derive(master)


@lru_cache(maxsize=256)
def _cipher(master: bytes, purpose: str) -> AESGCM:
    return AESGCM(_derived(master, f"seal {purpose}"))


def seal(plain: bytes, *, purpose: str) -> bytes:
    """Encrypt under the newest key. The same bytes sealed twice are not the same."""
    keys = keyring.load(key_file())
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = _cipher(keys.sealing[keys.newest], purpose)
    header = bytes([FORMAT]) + bytes.fromhex(keys.newest) + nonce
    return header + cipher.encrypt(nonce, plain, purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """The plain bytes. Raises SealError for what was not sealed for this purpose by a key at hand."""
    key = keyring.load(key_file()).sealing.get(key_of(sealed))
    if key is None:
        raise SealError("sealed by a key that is not at hand")
    try:
        return _cipher(key, purpose).decrypt(sealed[5:HEADER_BYTES], sealed[HEADER_BYTES:], purpose.encode())
    except InvalidTag as error:
        raise SealError("altered, or sealed for another purpose") from error


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed it. Raises SealError for bytes that were never sealed."""
    if len(sealed) < HEADER_BYTES + 16 or sealed[0] != FORMAT:
        raise SealError("not sealed")
    return sealed[1:5].hex()


def fingerprint(value: str, purpose: str) -> str:
    """A keyed hash (HMAC-SHA-256, RFC 2104) of a value, in hex: equal values are found, no value is told.

    The caller brings the value into one form first (an address in small letters).
    """
    key = _derived(keyring.load(key_file()).lookup, f"fingerprint {purpose}")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


class SealedBinaryField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes that lie sealed in the database. Can be set, read and asked for NULL; nothing else."""

    def __init__(self, *args: Any, purpose: str, **options: Any) -> None:
        """``purpose`` names the column for the key and the seal, ``report.outer``; it never changes."""
        super().__init__(*args, **options)
        self.purpose = purpose

    def deconstruct(self) -> Any:
        """For migrations: the purpose belongs to the field."""
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "purpose": self.purpose}

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether it is NULL can be asked: two seals of one value differ."""
        if lookup_name != "isnull":
            raise FieldError("a sealed field is not searched; keep a fingerprint beside it")
        return IsNull

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> Any:
        """What comes from the database, opened."""
        return None if value is None else self.opened(unseal(bytes(value), purpose=self.purpose))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """What goes to the database, sealed."""
        if value is None:
            return None
        sealed = seal(self.plain(value), purpose=self.purpose)
        return super().get_db_prep_value(sealed, connection, prepared)

    def get_transform(self, lookup_name: str) -> Callable[..., Any] | None:  # type: ignore[override]
        """No part of it can be asked for."""
        return None

    def plain(self, value: Any) -> bytes:
        """The bytes of a value."""
        return bytes(value)

    def opened(self, plain: bytes) -> Any:
        """The value of the bytes."""
        return plain


class SealedTextField(SealedBinaryField):
    """Text that lies sealed in the database, as UTF-8."""

    if TYPE_CHECKING:
        _pyi_private_set_type: str | Combinable
        _pyi_private_get_type: str  # type: ignore[assignment]

    def plain(self, value: Any) -> bytes:
        """The bytes of a text."""
        return str(value).encode()

    def opened(self, plain: bytes) -> Any:
        """The text of the bytes."""
        return plain.decode()

    def to_python(self, value: Any) -> Any:
        """Text stays text (the parent takes it for base64)."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Serialised as it is sealed, never in plain."""
        raise FieldError("a sealed field is not serialised")
