"""ISO-2022-JP (RFC 1468, RFC 1554) as it is met: with half-width kana, NEC row 13 and IBM extensions, 8-bit
bytes in between, double bytes that run over a line end, escape signs that a gateway stripped.

What the standard codecs read is read by them. What a text of ASCII, kana and JIS X 0208 holds beyond them, the vendors'
rows above all, is read as Shift_JIS; what neither reads, run by run, each byte once.
"""

from __future__ import annotations

import re

import cython

_ESCAPE = re.compile(rb"\x1b(\$[@BA]|\$\([@BCDOPQ]|\([BJHIA]|&@)")
_RUN = re.compile(rb"[!-~]+|[^!-~]+")
_LINES = re.compile(rb"[^\r\n]+|[\r\n]+")
_SHIFTED_KANA = re.compile(rb"\x0e([!-_]*)\x0f?")
_RAISED = bytes((byte | 0x80) for byte in range(256))
_DOUBLE = {b"$@": "jis", b"$B": "jis", b"$(@": "jis", b"$(B": "jis", b"$(D": "0212", b"$(O": "0213", b"$(Q": "0213",
           b"$(P": "0213", b"$A": "gb", b"$(C": "ks"}  # fmt: skip
_CODECS = {"0212": "euc_jp", "0213": "euc_jis_2004", "gb": "gb18030", "ks": "cp949"}
_JIS_FORMS = tuple(zip("～∥－￠￡￢", "〜‖−¢£¬", strict=True))
"""Six signs that CP932 and JIS X 0208 map to different code points; ISO-2022-JP keeps the latter's."""


_MOST_PAIRS = cython.declare(cython.Py_ssize_t, 500)
_ASCII = cython.declare(cython.Py_ssize_t, 1)
_KANA = cython.declare(cython.Py_ssize_t, 2)
_PAIRS = cython.declare(cython.Py_ssize_t, 3)
_OTHER = cython.declare(cython.Py_ssize_t, 4)


def restore_escapes(data: bytes) -> bytes | None:
    """The same text with its escape signs put back; None where none were stripped.

    A double-byte run without its escapes looks like ``$B$3$s(B``; it has to hold kana or Japanese signs.
    """
    pieces: list[bytes] = []
    kept: cython.Py_ssize_t = 0  # up to here all is in the pieces
    at: cython.Py_ssize_t = 0
    size: cython.Py_ssize_t = len(data)
    while at + 4 <= size:
        if data[at] != ord("$") or not (data[at + 1] == ord("B") or data[at + 1] == ord("@")):
            at += 1
            continue
        end: cython.Py_ssize_t = _end_of_pairs(data, at + 2)
        if end == at + 2:
            at += 1
            continue
        back: cython.bint = _returns(data, end)
        if (back or end == size or data[end] in b"\r\n") and _is_japanese(data, at + 2, end):
            pieces += (data[kept:at], b"\x1b", data[at:end], b"\x1b", b"" if back else b"(B")
            kept = end
        at = end + 2 if back else end
    return b"".join([*pieces, data[kept:]]) if pieces else None


@cython.cfunc
@cython.inline
def _returns(data: bytes, at: cython.Py_ssize_t) -> cython.bint:
    """Whether the way back to ASCII is written here."""
    return (
        at + 1 < len(data) and data[at] == ord("(") and (data[at + 1] == ord("B") or data[at + 1] == ord("J"))
    )


@cython.cfunc
def _end_of_pairs(data: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The end of the double bytes that begin here."""
    stop: cython.Py_ssize_t = min(at + 2 * _MOST_PAIRS, len(data) - 1)
    while at < stop and 0x21 <= data[at] <= 0x7E and 0x21 <= data[at + 1] <= 0x7E and not _returns(data, at):
        at += 2
    return at


@cython.cfunc
def _is_japanese(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
    """Whether one of six double bytes at least is a kana or a sign."""
    common: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t
    for at in range(start, end, 2):
        if data[at] == ord("$") or data[at] == ord("%") or data[at] == ord("!"):
            common += 1
    return common * 12 >= end - start


def decode_iso2022_jp(data: bytes) -> tuple[str | None, bool]:
    """Text, and whether bytes were lost; (None, False) where no escape sequence is there."""
    for codec in ("iso2022_jp", "iso2022_jp_ext"):
        try:
            return data.decode(codec), False
        except UnicodeDecodeError:
            continue
    text = _read_as_shift_jis(data)
    if text is not None:
        return text, False
    pieces = _ESCAPE.split(data)
    if len(pieces) == 1:
        return None, False
    texts = [_single(pieces[0])]
    for escape, run in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape == b"(I":
            texts.append(_kana(run))
        elif escape in _DOUBLE:
            texts.append(_double_lines(run, _DOUBLE[escape]))
        else:
            texts.append(_single(run))
    joined = "".join(texts)
    return joined, "\ufffd" in joined


@cython.cfunc
def _read_as_shift_jis(data: bytes) -> str | None:
    """A text of ASCII, kana and JIS X 0208; None where anything else is in it."""
    size: cython.Py_ssize_t = len(data)
    shifted = bytearray(size)
    to: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = 0
    mode: cython.Py_ssize_t = _ASCII
    while at < size:
        byte: cython.uchar = data[at]
        if byte == 0x1B:
            mode = _mode_at(data, at)
            at += 4 if at + 2 < size and data[at + 1] == ord("$") and data[at + 2] == ord("(") else 3
            if mode == _OTHER:
                return None
        elif byte == 0x0E or byte > 0x7F:
            return None
        elif mode == _PAIRS and 0x21 <= byte <= 0x7E:
            if at + 1 == size or not 0x21 <= data[at + 1] <= 0x7E:
                return None
            _shift(shifted, to, byte, data[at + 1])
            to += 2
            at += 2
        else:
            shifted[to] = byte | 0x80 if mode == _KANA and 0x21 <= byte <= 0x5F else byte
            to += 1
            at += 1
            if mode == _PAIRS and (byte == 0x0A or byte == 0x0D) and not _goes_on(data, at):
                mode = _ASCII
    try:
        text = shifted[:to].decode("cp932")
    except UnicodeDecodeError:
        return None
    return _with_jis_forms(text)


@cython.cfunc
def _mode_at(data: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """What the escape sequence that stands here begins."""
    size: cython.Py_ssize_t = len(data)
    if at + 2 >= size:
        return _OTHER
    first: cython.uchar = data[at + 1]
    second: cython.uchar = data[at + 2]
    if first == ord("$") and second == ord("(") and at + 3 < size:
        second = data[at + 3]
    if first == ord("$"):
        return _PAIRS if second == ord("B") or second == ord("@") else _OTHER
    if first == ord("(") and second == ord("I"):
        return _KANA
    if first == ord("(") and (second == ord("B") or second == ord("J")):
        return _ASCII
    return _OTHER


@cython.cfunc
def _goes_on(data: bytes, start: cython.Py_ssize_t) -> cython.bint:
    """Whether a line behind double bytes goes on in them, though a line end returns to ASCII (RFC 1468).

    It does where a sixth of the pairs are kana.
    """
    kana: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = start
    while at < len(data) and data[at] != 0x1B and data[at] != 0x0A and data[at] != 0x0D:
        if (at - start) % 2 == 0 and (data[at] == ord("$") or data[at] == ord("%")):
            kana += 1
        at += 1
    return (at - start) % 2 == 0 and kana * 12 >= at - start


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
        shifted = bytearray(even)
        at: cython.Py_ssize_t
        for at in range(0, len(even), 2):
            _shift(shifted, at, even[at], even[at + 1])
        text = _with_jis_forms(shifted.decode("cp932", "replace"))
    return text + "\ufffd" * (len(run) & 1)


@cython.cfunc
def _with_jis_forms(text: str) -> str:
    for sign, form in _JIS_FORMS:
        if sign in text:
            text = text.replace(sign, form)
    return text


@cython.cfunc
def _shift(shifted: bytearray, at: cython.Py_ssize_t, row: cython.uchar, cell: cython.uchar) -> None:
    """Put a pair of JIS code down as Shift_JIS, the only code in which a standard codec knows the vendors' rows."""
    shifted[at] = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
    shifted[at + 1] = cell + (0x1F + (cell >= 0x60) if row & 1 else 0x7E)
