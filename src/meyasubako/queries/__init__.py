"""One .sql a file, in the SQL that every engine runs: standard functions only, ``:name`` for a value."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def query_text(name: str) -> str:
    """The SQL of ``queries/<name>.sql``."""
    return files(__name__).joinpath(f"{name}.sql").read_text("utf-8")


def query_names() -> list[str]:
    """Every query there is, by name."""
    return sorted(entry.name[:-4] for entry in files(__name__).iterdir() if entry.name.endswith(".sql"))
