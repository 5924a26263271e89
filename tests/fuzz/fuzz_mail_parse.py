"""Coverage-guided fuzzing of the parser. The invariant is ``mail_invariant.check``: any bytes are a message,
nothing is raised, every offset lies inside them, and all this within a few seconds (``-timeout``).

    python tests/fuzz/fuzz_mail_parse.py -max_total_time=20 FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris
from plain_sources import import_sources

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "unit" / "mail"))
import_sources()

with atheris.instrument_imports(include=["meyasubako.mail"]):
    from mail_invariant import check

    from meyasubako.mail import Limits


def one_input(data: bytes) -> None:
    """The first byte chooses the caps, the rest is the mail."""
    tight = Limits(size=2_000, depth=3, parts=8, header_bytes=500, header_fields=20, text=300, links=5)
    check(data[1:], tight if data[:1] > b"\x7f" else Limits())


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
