"""Run as a script: what this tree sees in made-up and broken mails, a digest a line. ``test_compiled`` runs it twice."""

from __future__ import annotations

import hashlib
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import meyasubako
from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.analysis.observe import observe
from meyasubako.analysis.types import Envelope
from meyasubako.mail.parse import parse
from meyasubako.sample import generate

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
MAILS = 150
READ = (
    "subject", "from_", "sender", "reply_to", "to", "cc", "date", "message_id", "root", "text", "html",
    "html_text", "charset", "links", "attachments", "addresses", "phones", "nested", "defects",
)  # fmt: skip


def mails() -> list[bytes]:
    """Mails of the generator and of the corpus, each also with bytes torn out, doubled and overwritten."""
    whole = [made.raw for made in generate(7, MAILS, "2008-11..2009-01")]
    whole += [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))[::4]]
    draw = random.Random(7)
    return [variant for raw in whole for variant in (raw, broken(raw, draw))]


def broken(raw: bytes, draw: random.Random) -> bytes:
    """The mail with five stretches of it changed."""
    changed = bytearray(raw)
    for _ in range(5):
        start = draw.randrange(len(changed))
        stretch = changed[start : start + draw.randrange(1, 40)]
        changed[start : start + len(stretch)] = draw.choice(
            (b"", stretch * 2, draw.randbytes(len(stretch)), stretch.swapcase(), b"\r\n" + stretch)
        )
    return bytes(changed)


def main() -> None:
    """Print the digest of every mail's message and observation."""
    print(meyasubako.__file__)
    context = Context(ContextSpec())
    nothing = Envelope._make([None] * len(Envelope._fields))
    for number, raw in enumerate(mails()):
        envelope = nothing._replace(
            arrival_id=str(number),
            sha256="",
            received_at=datetime(2009, 3, 3, tzinfo=UTC),
            month="2009-03",
            channel="archive",
        )
        mail = parse(raw)
        read = [getattr(mail, name) for name in READ] + list(mail.fields) + list(mail.received)
        said = repr((read, observe(mail, envelope, context)))
        print(number, hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


if __name__ == "__main__":
    sys.exit(main())
