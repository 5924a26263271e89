"""Coverage-guided fuzzing of the SMTP and LMTP core. The invariant is ``smtp_invariant.check``: any bytes, cut anywhere,
give the same events and answers, nothing is raised, no cap is passed, and no mail holds a CR or LF that stands alone.

    python tests/fuzz/fuzz_smtp_protocol.py -max_total_time=20 FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "unit" / "receivers"))

with atheris.instrument_imports(include=["meyasubako.receivers.smtp"]):
    from smtp_invariant import TIGHT, check

    from meyasubako.receivers.smtp.limits import Limits
    from meyasubako.receivers.smtp.protocol import Dialect

IN_A_MAIL = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<t@example.org>\r\nDATA\r\n"


def one_input(data: bytes) -> None:
    """The first byte chooses dialect, caps and where the session begins; the next eight where it is cut."""
    choice, cuts, stream = data[:1] or b"\x00", data[1:9], data[9:]
    dialect = Dialect.LMTP if choice[0] & 1 else Dialect.SMTP
    start = IN_A_MAIL if choice[0] & 2 else b""
    places = [len(start) + cut for cut in cuts]
    check(start + stream, places, TIGHT if choice[0] & 4 else Limits(), dialect)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
