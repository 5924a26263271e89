"""The table of autonomous systems: two CSV files compiled to sorted arrays, kept beside them as one ``.npz``.

Rows are first address, last address, ASN, name. IPv6 ranges are kept by their upper 64 bits: networks longer than
/64 do not appear in routing tables. Names are one UTF-8 blob with offsets; the compiled form of half a million
ranges takes about 12 MB and opens without reading the CSV.
"""

from __future__ import annotations

import csv
import os
import re
import zipfile
from datetime import date
from ipaddress import IPv6Address
from pathlib import Path

import cython
import numpy as np
from numpy.typing import NDArray

from meyasubako.errors import MeyasuError
from meyasubako.mail.hosts import number
from meyasubako.origin.types import Network

FILES = ("asn-ipv4.csv", "asn-ipv6.csv")
_COMPILED = "asn-compiled.npz"
_LAYOUT = 1
_VERSION_DAY = re.compile(r"\.(20\d\d)([01]\d)([0-3]\d)\d{0,2}\b")

Arrays = dict[str, NDArray[np.generic]]


@cython.final
@cython.cclass
class _Ranges:
    """Sorted ranges of numbers that do not overlap, and what each belongs to, as columns of big-endian bytes."""

    _first: bytes
    _last: bytes
    _system: bytes
    _count: cython.Py_ssize_t
    _width: cython.Py_ssize_t

    def __init__(self, arrays: Arrays, version: int) -> None:
        self._width = 4 if version == 4 else 8
        self._first, self._last = (
            arrays[f"{name}{version}"].astype(f">u{self._width}").tobytes() for name in ("first", "last")
        )
        self._system = arrays[f"system{version}"].astype(">u4").tobytes()
        self._count = len(self._system) // 4

    @cython.ccall
    def system(self, number: cython.ulonglong) -> cython.Py_ssize_t:
        """The system of the range that holds a number; -1 where none does."""
        low: cython.Py_ssize_t = 0
        high: cython.Py_ssize_t = self._count
        while low < high:
            middle: cython.Py_ssize_t = (low + high) // 2
            if _entry(self._first, middle, self._width) <= number:
                low = middle + 1
            else:
                high = middle
        if low == 0 or _entry(self._last, low - 1, self._width) < number:
            return -1
        return _entry(self._system, low - 1, 4)


@cython.cfunc
def _entry(column: bytes, place: cython.Py_ssize_t, width: cython.Py_ssize_t) -> cython.ulonglong:
    value: cython.ulonglong = 0
    start: cython.Py_ssize_t = place * width
    for place in range(start, start + width):
        value = value << 8 | column[place]
    return value


class NetworkTable:
    """Ranges of addresses and the networks they belong to."""

    def __init__(self, arrays: Arrays, day: date | None) -> None:
        """``arrays``: ``first4``, ``last4`` (uint32), ``first6``, ``last6`` (uint64, upper halves), ``system4``,
        ``system6`` (index into the systems), ``asn`` (uint32), ``offset`` (uint32), ``names`` (uint8)."""
        self.date = day
        self._four, self._six = _Ranges(arrays, 4), _Ranges(arrays, 6)
        self._asn, self._offset = arrays["asn"], arrays["offset"]
        self._names = arrays["names"].tobytes()
        self._made: dict[int, Network] = {-1: Network(None, None)}

    def look_up(self, ip: str) -> Network:
        """The network of an address; unknown where no range holds it."""
        version, value = number(ip)
        if version == 4:
            index = self._four.system(value)
        else:
            index = self._six.system(value >> 64) if version == 6 else -1
        found = self._made.get(index)
        if found is None:
            name = self._names[int(self._offset[index]) : int(self._offset[index + 1])].decode("utf-8")
            found = self._made[index] = Network(int(self._asn[index]), name or None)
        return found


def load_networks(folder: Path) -> NetworkTable | None:
    """The table of a folder, compiled at first use; None where the folder has no such files.

    Raises ``MeyasuError`` for a file that is no table of networks.
    """
    sources = [folder / name for name in FILES]
    if not all(path.is_file() for path in sources):
        return None
    stamp = ":".join(f"{path.stat().st_size}.{path.stat().st_mtime_ns}" for path in sources)
    compiled = folder / _COMPILED
    arrays = _compiled(compiled, stamp)
    if arrays is None:
        arrays = _compile(sources)
        _keep(compiled, arrays, stamp)
    return NetworkTable(arrays, _day(folder))


def _compiled(path: Path, stamp: str) -> Arrays | None:
    """The arrays compiled earlier from these very files, else None."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["stamp"]) != f"{_LAYOUT}:{stamp}":
                return None
            return {name: kept[name] for name in kept.files if name != "stamp"}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _keep(path: Path, arrays: Arrays, stamp: str) -> None:
    """Writes the compiled form; a folder that may not be written to is compiled again each time."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, stamp=np.array(f"{_LAYOUT}:{stamp}"), **arrays)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)


def _compile(sources: list[Path]) -> Arrays:
    systems: dict[tuple[int, str], int] = {}
    arrays: Arrays = {}
    for version, path in zip((4, 6), sources, strict=True):
        rows: list[tuple[int, int, int]] = []
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.reader(file):
                    first, last = _number(row[0], version), _number(row[1], version)
                    rows.append((first, last, systems.setdefault((int(row[2]), row[3]), len(systems))))
        except (OSError, ValueError, IndexError) as error:
            raise MeyasuError(str(path), f"not a table of networks: {error}") from error
        rows.sort()
        kind = np.uint32 if version == 4 else np.uint64
        arrays[f"first{version}"] = np.array([row[0] for row in rows], dtype=kind)
        arrays[f"last{version}"] = np.array([row[1] for row in rows], dtype=kind)
        arrays[f"system{version}"] = np.array([row[2] for row in rows], dtype=np.uint32)
    names = [name.encode("utf-8") for _, name in systems]
    arrays["asn"] = np.array([asn for asn, _ in systems], dtype=np.uint32)
    arrays["offset"] = np.cumsum([0, *(len(name) for name in names)], dtype=np.uint32)
    arrays["names"] = np.frombuffer(b"".join(names), dtype=np.uint8)
    return arrays


def _number(text: str, version: int) -> int:
    """An address as a number, the upper half for IPv6. Raises ValueError."""
    if version == 4:
        parts = [int(part) for part in text.split(".")]
        if len(parts) != 4 or not all(0 <= part <= 255 for part in parts):
            raise ValueError(text)
        return (parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]
    return int(IPv6Address(text)) >> 64


def _day(folder: Path) -> date | None:
    """The table's date, from the version the package was fetched in (``asn-version`` beside the files)."""
    try:
        found = _VERSION_DAY.search((folder / "asn-version").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return date(int(found[1]), int(found[2]), int(found[3])) if found is not None else None
