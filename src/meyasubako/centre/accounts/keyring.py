"""The file of keys that field encryption rests on: made once, readable by its owner alone, rotated by adding a line.

One line a key: ``seal <id> <key>``, the last one seals and all of them unseal; and one line ``lookup - <key>`` for
fingerprints, which is never rotated because what it made cannot be made again without the values. Keys are 32 random
bytes in base64. Lost keys mean lost data; a copy belongs in a safe, apart from the backup of the database.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from meyasubako.errors import StorageError, UnavailableError, UsageError

KEY_FILE = "field-key"
KEY_BYTES = 32


@dataclass(frozen=True)
class Keyring:
    """The keys by their id (4 bytes in hex), oldest first, and the key of fingerprints."""

    sealing: dict[str, bytes]
    lookup: bytes

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return next(reversed(self.sealing))

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.sealing)})"


def load(path: Path) -> Keyring:
    """The keys in the file, read again when it changed. Raises UnavailableError where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise UnavailableError(
            str(path), "the key file is missing; without it nothing sealed can be read"
        ) from error
    except OSError as error:
        raise StorageError(str(path), error.strerror or "cannot be read") from error
    return _read(path, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _inode: int) -> Keyring:
    try:
        return parse(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise StorageError(str(path), "is no readable file of keys") from error


def parse(text: str) -> Keyring:
    """The keys that a file's text holds. Raises ValueError for anything else."""
    sealing: dict[str, bytes] = {}
    lookup = b""
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, name, encoded = line.split(" ")
        key = base64.b64decode(encoded, validate=True)
        if len(key) != KEY_BYTES:
            raise ValueError("a key of the wrong length")
        if kind == "seal" and len(binascii.unhexlify(name)) == 4 and name not in sealing:
            sealing[name] = key
        elif kind == "lookup" and not lookup:
            lookup = key
        else:
            raise ValueError("an unknown line")
    if not sealing or not lookup:
        raise ValueError("a key is missing")
    return Keyring(sealing, lookup)


def written(keys: Keyring) -> str:
    """The text of the file."""
    lines = [f"seal {name} {base64.b64encode(key).decode()}" for name, key in keys.sealing.items()]
    return "\n".join([f"lookup - {base64.b64encode(keys.lookup).decode()}", *lines]) + "\n"


def ensure(path: Path) -> None:
    """Make the file with its first keys, unless it is there; two processes at once agree on one."""
    if path.exists():
        return
    first = Keyring({secrets.token_hex(4): secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))
    aside = _write_aside(path, first)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    _sync_folder(path)


def rotate(path: Path) -> str:
    """Add a key that seals from now on; gives its id. What older keys sealed stays readable."""
    with _Alone(path):
        keys = load(path)
        name = secrets.token_hex(4)
        _replace(path, Keyring({**keys.sealing, name: secrets.token_bytes(KEY_BYTES)}, keys.lookup))
    return name


def retire(path: Path, name: str) -> None:
    """Drop a key that seals nothing any more (the caller has looked). Raises UsageError for the newest one."""
    with _Alone(path):
        keys = load(path)
        if name not in keys.sealing:
            raise UsageError(name, "no such key")
        if name == keys.newest:
            raise UsageError(name, "is the key that seals; rotate first")
        _replace(path, Keyring({n: key for n, key in keys.sealing.items() if n != name}, keys.lookup))


def _replace(path: Path, keys: Keyring) -> None:
    _write_aside(path, keys).replace(path)
    _sync_folder(path)


def _write_aside(path: Path, keys: Keyring) -> Path:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(written(keys))
        file.flush()
        os.fsync(file.fileno())
    return aside


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Alone:
    """One process at a time changes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.lock")

    def __enter__(self) -> None:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
