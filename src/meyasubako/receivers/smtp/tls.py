"""TLS of the server's side: a context from files that may be renewed while we run, and a word on what was agreed."""

from __future__ import annotations

import ssl
from pathlib import Path

from meyasubako.errors import MeyasuError


class Certificates:
    """The certificate chain and key for STARTTLS. ``context`` is for every handshake to come."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Load them. Raises MeyasuError for files that cannot be read or do not belong together."""
        self._chain = chain
        self._key = key
        self._seen: tuple[int, int] | None = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.refresh()

    def refresh(self) -> bool:
        """Load them again if they changed; whether they did. Raises MeyasuError, and the old ones stay."""
        try:
            seen = (self._chain.stat().st_mtime_ns, self._key.stat().st_mtime_ns)
            if seen == self._seen:
                return False
            self._seen = seen
            self.context.load_cert_chain(self._chain, self._key)
        except OSError as error:  # ssl.SSLError is one
            raise MeyasuError(
                str(self._chain), f"cannot be used for TLS: {error.strerror or error}"
            ) from error
        return True


def describe(channel: ssl.SSLObject | ssl.SSLSocket) -> str:
    """Version and cipher, as the arrivals keep them: ``TLSv1.3 TLS_AES_256_GCM_SHA384``."""
    cipher = channel.cipher()
    return f"{channel.version()} {cipher[0] if cipher else '-'}"
