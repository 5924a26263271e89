"""Makes DKIM signatures (RFC 6376 section 5, RFC 8463): for samples of mail, for tests and for measurements.

Meyasubako sends no mail of its own through here; a verifier is only proved by signatures it did not make up.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meyasubako.mail.fields import split_fields
from meyasubako.sender.dkim.canonicalize import Canonical, relax_header

NAMES = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
"""Fields signed unless others are named; one more "from" than the mail has keeps a second from being added."""


def sign(
    raw: bytes,
    *,
    domain: str,
    selector: str,
    key: RSAPrivateKey | Ed25519PrivateKey,
    names: Sequence[str] = (*NAMES, "from"),
    relaxed: tuple[bool, bool] = (True, True),
    length: int | None = None,
    timestamp: int | None = None,
    expiration: int | None = None,
) -> bytes:
    """The DKIM-Signature field for a mail, CRLF included, to be put before its first field.

    ``relaxed`` tells the canonical form of header and body; times are in seconds since 1970.
    """
    fields, body_start, _ = split_fields(raw)
    mail = Canonical(raw, fields, body_start)
    digest = mail.body_hash("sha256", relaxed=relaxed[1], length=length)
    forms = "/".join("relaxed" if form else "simple" for form in relaxed)
    tags = [
        "v=1",
        f"a={'rsa' if isinstance(key, RSAPrivateKey) else 'ed25519'}-sha256",
        f"c={forms}",
        f"d={domain}",
        f"s={selector}",
    ]
    numbers = (("t", timestamp), ("x", expiration), ("l", length))
    tags += [f"{tag}={number}" for tag, number in numbers if number is not None]
    tags += [f"h={':'.join(names)}", f"bh={base64.b64encode(digest).decode()}", "b="]
    value = " " + ";\r\n ".join(tags)
    own = b"DKIM-Signature:" + value.encode()
    last = relax_header("DKIM-Signature", value.encode()) if relaxed[0] else own
    data = b"\r\n".join([*mail.select([name.lower() for name in names], relaxed=relaxed[0]), last])
    if isinstance(key, RSAPrivateKey):
        signature = key.sign(data, PKCS1v15(), SHA256())
    else:
        signature = key.sign(hashlib.sha256(data).digest())
    return own + base64.b64encode(signature) + b"\r\n"


def key_record(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """The TXT record that publishes a key's public half (RFC 6376 section 3.6.1)."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"
