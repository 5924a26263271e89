"""The index of clauses: every section of an RFC and every article that the code cites, with what it is about.

``docs/standards.tsv`` holds a row a clause: the clause, what it is about (written by hand, kept from run to run) and
the files that cite it (found here). A clause that nobody described yet has an empty middle column, which a test
refuses.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "docs" / "standards.tsv"
HEADER = "clause\tabout\tcited in"
CLAUSE = re.compile(
    r"RFC \d{3,5}(?: section [A-Z0-9]+(?:\.\d+)*)?"
    r"|(?:Act|Ordinance) Art \d+(?:-\d+)?(?:\([0-9ivx]+\))*"
)
SUFFIXES = {".py", ".toml", ".sql"}


def cited(root: Path = ROOT) -> dict[str, list[str]]:
    """Clause -> files under ``src`` that cite it, both sorted. A clause may break over a line."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "src" / "meyasubako").rglob("*")):
        if path.suffix in SUFFIXES:
            text = re.sub(r"\s+(?:#:? |// |-- )?", " ", path.read_text("utf-8"))
            for clause in CLAUSE.findall(text):
                found.setdefault(clause, set()).add(str(path.relative_to(root / "src" / "meyasubako")))
    return {clause: sorted(found[clause]) for clause in sorted(found, key=order)}


def order(clause: str) -> list[tuple[int, int | str]]:
    """Sort key: numbers inside a clause count as numbers."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d+|\D+", clause)]


def described(index: Path = INDEX) -> dict[str, str]:
    """Clause -> what it is about, as the index says now."""
    if not index.is_file():
        return {}
    rows = [line.split("\t") for line in index.read_text("utf-8").splitlines()[1:]]
    return {row[0]: row[1] for row in rows}


def render() -> str:
    """The index as it should be."""
    about = described()
    rows = [f"{clause}\t{about.get(clause, '')}\t{' '.join(files)}" for clause, files in cited().items()]
    return "\n".join([HEADER, *rows]) + "\n"
