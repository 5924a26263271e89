"""ISO-2022-JP (RFC 1468, RFC 1554) as it is met: with half-width kana, NEC row 13 and IBM extensions, 8-bit
bytes in between, double bytes that run over a line end, escape signs that a gateway stripped.

What the standard codecs read is read by them; the rest is read run by run, each byte once.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$[@BA]|\$\([@BCDOPQ]|\([BJHIA]|&@)")
_STRIPPED = re.compile(rb"(\$[@B])((?:(?!\([BJ])[!-~]{2}){1,500}+)(\([BJ])?")
_RUN = re.compile(rb"[!-~]+|[^!-~]+")
_LINES = re.compile(rb"[^\r\n]+|[\r\n]+")
_SHIFTED_KANA = re.compile(rb"\x0e([!-_]*)\x0f?")
_RAISED = bytes((byte | 0x80) for byte in range(256))
_DOUBLE = {b"$@": "jis", b"$B": "jis", b"$(@": "jis", b"$(B": "jis", b"$(D": "0212", b"$(O": "0213", b"$(Q": "0213",
           b"$(P": "0213", b"$A": "gb", b"$(C": "ks"}  # fmt: skip
_CODECS = {"0212": "euc_jp", "0213": "euc_jis_2004", "gb": "gb18030", "ks": "cp949"}
_JIS_FORMS = str.maketrans("～∥－￠￡￢", "〜‖−¢£¬")
"""Six signs that CP932 and JIS X 0208 map to different code points; ISO-2022-JP keeps the latter's."""


def restore_escapes(data: bytes) -> bytes | None:
    """The same text with its escape signs put back; None where none were stripped.

    A double-byte run without its escapes looks like ``$B$3$s(B``; it has to hold kana or Japanese signs.
    """
    if b"$B" not in data and b"$@" not in data:
        return None
    restored = _STRIPPED.sub(_restore, data)
    return restored if b"\x1b" in restored else None


def _restore(found: re.Match[bytes]) -> bytes:
    start, run, end = found.groups()
    if end is None and found.string[found.end() : found.end() + 1] not in (b"", b"\r", b"\n"):
        return found.group()
    rows = run[::2]
    if (rows.count(b"$") + rows.count(b"%") + rows.count(b"!")) * 6 < len(rows):
        return found.group()
    return b"\x1b" + start + run + b"\x1b" + (end or b"(B")


def decode_iso2022_jp(data: bytes) -> tuple[str | None, bool]:
    """Text, and whether bytes were lost; (None, False) where no escape sequence is there."""
    for codec in ("iso2022_jp", "iso2022_jp_ext"):
        try:
            return data.decode(codec), False
        except UnicodeDecodeError:
            continue
    pieces = _ESCAPE.split(data)
    if len(pieces) == 1:
        return None, False
    text = [_single(pieces[0])]
    for escape, run in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape == b"(I":
            text.append(_kana(run))
        elif escape in _DOUBLE:
            text.append(_double_lines(run, _DOUBLE[escape]))
        else:
            text.append(_single(run))
    joined = "".join(text)
    return joined, "\ufffd" in joined


def _single(run: bytes) -> str:
    """ASCII or JIS Roman, with kana shifted in or written in 8 bits."""
    if run.isascii():
        if b"\x0e" in run:
            run = _SHIFTED_KANA.sub(lambda found: found[1].translate(_RAISED), run)
            return run.decode("cp932", "replace")
        return run.decode("ascii")
    return run.decode("cp932", "replace")


def _kana(run: bytes) -> str:
    """JIS X 0201 kana: 7 bits, or 8 bits all the same."""
    return "".join(
        piece.translate(_RAISED).decode("cp932", "replace")
        if 0x21 <= (piece[0] & 0x7F) <= 0x5F
        else _single(piece)
        for piece in re.findall(rb"[!-_\xa1-\xdf]+|[^!-_\xa1-\xdf]+", run)
    )


def _double_lines(run: bytes, kind: str) -> str:
    """Double bytes; a line end returns to ASCII (RFC 1468) unless the next line goes on in kana."""
    if b"\n" not in run and b"\r" not in run:
        return _double(run, kind)
    lines = _LINES.findall(run)
    text = []
    double = True
    for number, line in enumerate(lines):
        if line[0] in b"\r\n":
            text.append(line.decode("ascii"))
            continue
        if number and double:
            rows = line[::2]
            double = len(line) % 2 == 0 and (rows.count(b"$") + rows.count(b"%")) * 6 >= len(rows)
        text.append(_double(line, kind) if double else _single(line))
    return "".join(text)


def _double(run: bytes, kind: str) -> str:
    text = []
    for piece in _RUN.findall(run):
        if not 0x21 <= piece[0] <= 0x7E:
            text.append(_single(piece))
        elif kind == "jis":
            text.append(_jis_x_0208(piece))
        else:
            raised = piece[: len(piece) & ~1].translate(_RAISED)
            if kind == "0212":
                raised = b"".join(b"\x8f" + raised[at : at + 2] for at in range(0, len(raised), 2))
            text.append(raised.decode(_CODECS[kind], "replace") + "\ufffd" * (len(piece) & 1))
    return "".join(text)


def _jis_x_0208(run: bytes) -> str:
    """Pairs of JIS X 0208, vendor rows included; a byte left over is lost."""
    even = run[: len(run) & ~1]
    try:
        text = even.translate(_RAISED).decode("euc_jp")
    except UnicodeDecodeError:
        text = _shift(even).decode("cp932", "replace").translate(_JIS_FORMS)
    return text + "\ufffd" * (len(run) & 1)


def _shift(pairs: bytes) -> bytes:
    """JIS code to Shift_JIS code, the only one in which a standard codec knows the vendors' rows."""
    shifted = bytearray(pairs)
    for at in range(0, len(pairs), 2):
        row, cell = pairs[at], pairs[at + 1]
        shifted[at] = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
        shifted[at + 1] = cell + (0x1F + (cell >= 0x60) if row & 1 else 0x7E)
    return bytes(shifted)
