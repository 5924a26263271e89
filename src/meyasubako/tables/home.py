"""Where the data lies: the folder that ``MEYASU_HOME`` names, and the places inside it.

Tables are addressed by a location string (a folder today; the same string may be an object store's URI
later). Everything else in the home (leases, indexes, pins) is local to the machine and can be lost: it is
either rebuilt or empty after a restart. Who writes what into the tables is not decided here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meyasubako.errors import StorageError, UsageError

DEFAULT_HOME = "var/meyasu"


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder. ``path`` is absolute; use :meth:`at` or :meth:`from_environment` to make one."""

    path: Path

    @classmethod
    def at(cls, path: Path | str) -> Home:
        """The home in this folder, which is made when it is missing.

        Raises UsageError for a URI (tables live in a folder for now) and StorageError where the folder
        cannot be made or written to.
        """
        if "://" in str(path):
            raise UsageError(str(path), "the data folder must be a local folder")
        folder = Path(path).expanduser().absolute()
        try:
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(str(folder), error.strerror or "cannot be made") from error
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise StorageError(str(folder), "no right to read and write there")
        return cls(folder)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Home:
        """The home that ``MEYASU_HOME`` names, else ``./var/meyasu``."""
        return cls.at(environment.get("MEYASU_HOME") or DEFAULT_HOME)

    def table(self, name: str) -> str:
        """Location of a table."""
        return str(self.path / "tables" / name)

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        return folder

    @property
    def leases(self) -> Path:
        """Folder of lock files (one follower at a time, readers against vacuum)."""
        return self._folder("leases")

    @property
    def indexes(self) -> Path:
        """Folder of key indexes: caches, rebuilt from the tables when they are missing."""
        return self._folder("indexes")

    @property
    def pins(self) -> Path:
        """Folder of pins: the versions that consumers outside the tables have not passed yet."""
        return self._folder("pins")

    @property
    def spool(self) -> Path:
        """Folder of the receivers' spool: mails for monitors."""
        return self._folder("spool")

    @property
    def report_spool(self) -> Path:
        """Folder of the spool of mails to report addresses, in the same format; the centre takes them from there."""
        return self._folder("report-spool")

    @property
    def unknown(self) -> Path:
        """Folder of counts of mails to addresses that never existed, written by receivers for the centre."""
        return self._folder("unknown")

    @property
    def scratch(self) -> Path:
        """Folder for sorting and other short-lived files."""
        return self._folder("scratch")
