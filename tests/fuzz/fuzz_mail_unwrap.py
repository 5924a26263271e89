"""Coverage-guided fuzzing of unwrapping. The invariant is ``wrapped_invariant.check``: any bytes are taken apart or
held with a reason, the same way each time, and nothing is raised.

    python tests/fuzz/fuzz_mail_unwrap.py -max_total_time=20 FOLDER tests/corpus/wrapped
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris
from plain_sources import import_sources

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "unit" / "mail"))
import_sources()

with atheris.instrument_imports(include=["meyasubako.mail"]):
    from wrapped_invariant import check

    from meyasubako.mail.wrapped import WrapLimits


def one_input(data: bytes) -> None:
    """The first byte chooses the caps, the rest is the report."""
    tight = WrapLimits(mails=2, depth=1, mail_bytes=800, total_bytes=5_000)
    check(data[1:], tight if data[:1] > b"\x7f" else WrapLimits())


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
