"""Text parts of a mail in another character code than its first one (Ordinance Art 7(2)).

A label must be encoded in the code of the message's own text. Re-encoding for transport (base64, quoted-printable)
does not count: parts are compared by their charset, after it is undone.
"""

from __future__ import annotations

from meyasubako.mail.charset import codec_of, decode
from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer
from meyasubako.mail.types import Message, Part

MOST_PARTS = 16
CAP = 200_000


def text_by_code(message: Message) -> tuple[str, str] | None:
    """The words of plain text in the first part's code, and in any other, white space taken out.

    None where all plain text is in one code, as in nearly every mail. ASCII is a part of every code used in mail.
    """
    if not message.root.children:
        return None
    parts = [
        part
        for part in leaves(message.root)
        if part.type == "text/plain" and part.disposition != "attachment"
    ][:MOST_PARTS]
    codes = {codec_of(part.charset or "") or "" for part in parts} - {"", "ascii"}
    if len(codes) < 2:
        return None
    own, other = "", ""
    first = ""
    for part in parts:
        text, charset = read_part(message, part)
        words = "".join(text.split())
        first = first or ("" if text.isascii() else charset)
        if text.isascii() or charset == first:
            own += words
        else:
            other += words
    return (own, other) if other else None


def read_part(message: Message, part: Part) -> tuple[str, str]:
    """Text of a part and the charset it was read in."""
    data, _ = decode_transfer(message.raw[part.body : part.end][:CAP], part.encoding)
    decoded = decode(data, part.charset)
    return decoded.text, decoded.charset
