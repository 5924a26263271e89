"""Write the generated pages of ``docs/``; with ``--check`` say which are stale and exit 1."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import standards

ROOT = Path(__file__).resolve().parent.parent


def pages() -> dict[str, Callable[[], str]]:
    """Path below the root -> the function that makes its text."""
    from meyasubako.engines.reference import render as render_tables
    from meyasubako.law.reference import render as render_checks

    return {
        "docs/standards.tsv": standards.render,
        "docs/reference/tables.md": render_tables,
        "docs/reference/checks.md": render_checks,
    }


def main(arguments: list[str]) -> int:
    """Write or compare every page."""
    stale = []
    for name, render in pages().items():
        path, text = ROOT / name, render()
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
            print(f"written: {name}")
    if stale and "--check" in arguments:
        print("stale, run `make docs`: " + ", ".join(stale))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
