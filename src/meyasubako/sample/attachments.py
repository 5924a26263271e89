"""Files that sample mails carry: a picture, a PDF, an archive; made byte by byte, so that they never change.

Nothing here is harmful: the archive holds a text, the picture is noise.
"""

from __future__ import annotations

import struct
from base64 import encodebytes
from hashlib import sha256, shake_128
from typing import NamedTuple
from zlib import adler32, crc32

from meyasubako.sample.draws import Draws


class File(NamedTuple):
    """A file: its name, type, size in bytes, sha256 (hex), and its bytes in base64 lines."""

    name: str
    type: str
    size: int
    sha256: str
    lines: bytes


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))


def make_png(width: int, height: int, seed: bytes) -> bytes:
    """A grey picture of noise, its data stored, not compressed (what zlib makes of it differs by build)."""
    noise = shake_128(seed).digest(width * height)
    rows = b"".join(b"\0" + noise[start : start + width] for start in range(0, len(noise), width))
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    stored += struct.pack(">I", adler32(rows))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", stored) + png_chunk(b"IEND", b"")
    )


def make_pdf(words: str) -> bytes:
    """A one-page PDF that says ``words`` (ASCII letters only)."""
    stream = f"BT /F1 18 Tf 72 720 Td ({words}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length " + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += str(number).encode() + b" 0 obj" + one + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )


def make_zip(name: str, data: bytes) -> bytes:
    """A zip archive of one stored file dated 2000-01-01."""
    title = name.encode("ascii")
    common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x2821, crc32(data), len(data), len(data), len(title), 0)
    local = b"PK\x03\x04" + common + title + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + title
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def draw_file(kind: str, draws: Draws) -> File:
    """A file of a kind: png, pdf or zip."""
    word = draws.word(draws.between(4, 9))
    if kind == "png":
        data, name, type_ = (
            make_png(draws.between(60, 110), draws.between(50, 90), word.encode()),
            f"{word}.png",
            "image/png",
        )
    elif kind == "pdf":
        data, name, type_ = make_pdf(f"{word} {draws.hex(6)}"), f"{word}.pdf", "application/pdf"
    else:
        content = shake_128(word.encode()).hexdigest(draws.between(1000, 4000)).encode()
        data, name, type_ = make_zip(f"{word}.txt", content), f"{word}.zip", "application/zip"
    return File(name, type_, len(data), sha256(data).hexdigest(), encodebytes(data))
