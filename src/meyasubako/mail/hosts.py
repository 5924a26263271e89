"""The hosts that a trace field names: addresses in canonical text (RFC 5952 section 4) and as numbers, names, and the client.

Of the forms of IPv4 only the dotted one without leading zeros counts (RFC 6943 section 3.1.1); IPv6 is RFC 4291 section 2.2.
Everything is read from the bytes of the field, between two places in it, without taking a piece out.
"""

from __future__ import annotations

import cython

from meyasubako.mail.signs import kinds_of_bytes

_USER_LONGEST = cython.declare(cython.Py_ssize_t, 64)
_NAME_LONGEST = cython.declare(cython.Py_ssize_t, 255)
_ADDRESS_LONGEST = cython.declare(cython.Py_ssize_t, 45)
_ZONE_LONGEST = cython.declare(cython.Py_ssize_t, 16)

_SPACE = cython.declare(cython.Py_ssize_t, 1)
_PAREN = cython.declare(cython.Py_ssize_t, 2)
_MARK = cython.declare(cython.Py_ssize_t, 4)
"""Brackets and the at sign: what no looked-up name holds."""
_NUMERIC = cython.declare(cython.Py_ssize_t, 8)
"""What addresses are written with."""
_LETTER = cython.declare(cython.Py_ssize_t, 16)

_KIND = cython.declare(
    bytes,
    kinds_of_bytes(
        {
            _SPACE: b" \t\n\v\f\r\x1c\x1d\x1e\x1f",
            _PAREN: b"()",
            _MARK: b"[]@",
            _NUMERIC: b"0123456789abcdefABCDEF:.",
            _LETTER: b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
            + bytes(range(128, 256)),
        }
    ),
)
_HEX = cython.declare(bytes, b"0123456789abcdef")
_ALL = cython.declare(cython.ulonglong, 0xFFFF_FFFF_FFFF_FFFF)

_NO_NAME = frozenset({"", "unknown", "unverified", "local", "unavailable", "may"})


def canonical_ip(text: str) -> str | None:
    """An IPv4 or IPv6 address in canonical text, None for anything else.

    IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) give the IPv4 address: a relay that listens on a
    dual-stack socket writes its IPv4 clients so. A zone is left out: it means nothing elsewhere (RFC 4007 section 11.2).
    """
    if not text.isascii():
        return None
    data = text.encode("ascii")
    end = len(data)
    if "%" in text:
        end = data.find(b"%")
        zone = data[end + 1 :]
        if not zone or b"%" in zone or b":" not in data[:end]:
            return None
    return _ip(data, 0, end)


def number(ip: str) -> tuple[int, int]:
    """IP version and the address as a number; (0, 0) for what is no address."""
    if not ip.isascii():
        return 0, 0
    data = ip.encode("ascii")
    four: cython.longlong = _four(data, 0, len(data))
    if four >= 0:
        return 4, four
    six = _Six()
    if six.read(data, 0, len(data)):
        return 6, (int(six.high) << 64) | int(six.low)
    return 0, 0


def client_of(
    data: bytes, word: cython.Py_ssize_t, start: cython.Py_ssize_t, end: cython.Py_ssize_t, exim: cython.bint
) -> tuple[str | None, str | None, str | None]:
    """Address, HELO name and looked-up name of the client: the word of a from clause, and from ``start`` on what follows.

    Three families: ``HELO (NAME [IP])`` (Postfix, sendmail, Gmail, most others), ``NAME (HELO H) (IP)``
    (qmail, IronPort, Yahoo), and Exim's ``NAME ([IP] helo=H)``, where the name is left out as HELO when both
    agree.
    """
    ip: str | None
    helo: str | None
    rdns: str | None = None
    said: cython.Py_ssize_t = _greeting(data, start, end)
    if said >= 0:
        first: cython.Py_ssize_t = said + 5
        while first < end and _KIND[data[first]] & _SPACE:
            first += 1
        last: cython.Py_ssize_t = first
        while last < end and not _KIND[data[last]] & (_SPACE | _PAREN):
            last += 1
        rest = data[start:said] + b" " + data[last:end]
        ip = _address(rest, 0, len(rest))
        while first < last and (data[first] == 63 or data[first] == 34):
            first += 1
        while first < last and (data[last - 1] == 63 or data[last - 1] == 34):
            last -= 1
        helo = host_of(data, first, last)
        rdns = _name(data, word, start)
    else:
        helo = host_of(data, word, start)
        ip = _address(data, start, end)
        found: cython.Py_ssize_t = _looked_up(data, start, end)
        if found >= 0:
            rdns = _name(data, found, _name_end(data, found, end))
        elif exim and word < start < end and data[word] != 91:
            rdns = _name(data, word, start)
    if ip is None and word < start:
        ip = _literal(data, word, start)
    return ip, helo, rdns


@cython.ccall
def host_of(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """A host's name, or its address in canonical text where the host gave an address literal."""
    if end <= start:
        return None
    if _may_be_address(data, start, end):
        ip = _literal(data, start, end)
        if ip is not None:
            return ip
    while end > start and (data[end - 1] == 46 or data[end - 1] == 44):
        end -= 1
    return data[start:end].decode("utf-8", "replace") if end > start else None


@cython.ccall
def bracketed_of(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """The last address in brackets, None where none is."""
    place: cython.Py_ssize_t
    for place in range(end - 1, start - 1, -1):
        if data[place] == 91:
            first: cython.Py_ssize_t = _address_start(data, place, end)
            ip = _closed_by(data, first, end, 93)
            if ip is not None:
                return ip
    return None


@cython.cfunc
def _closed_by(
    data: bytes, first: cython.Py_ssize_t, end: cython.Py_ssize_t, close: cython.Py_ssize_t
) -> str | None:
    """The address that begins here when ``close`` follows it; None where none does."""
    stop: cython.Py_ssize_t = _address_end(data, first, end, close)
    return _with_port(data, first, stop) if stop >= 0 else None


@cython.cfunc
def _address(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """The client's address: the last bracketed one, else the last bare one that begins a comment.

    The last one, because what stands before it (an ident answer, a HELO literal) is the client's own word.
    """
    ip: str | None = bracketed_of(data, start, end)
    if ip is not None:
        return ip
    place: cython.Py_ssize_t
    for place in range(end - 1, start - 1, -1):
        if data[place] == 40:
            first: cython.Py_ssize_t = place + 1
            stop: cython.Py_ssize_t = _name_end(data, first, min(end, first + _USER_LONGEST))
            if first < stop < end and data[stop] == 64:
                first = stop + 1
            ip = _closed_by(data, first, end, 41)
            if ip is not None:
                return ip
    return None


@cython.cfunc
def _looked_up(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the name begins that stands before a bracketed address in a comment, behind an ident answer or not; else -1."""
    place: cython.Py_ssize_t
    for place in range(start, end):
        if data[place] != 40:
            continue
        first: cython.Py_ssize_t = place + 1
        while first < end and _KIND[data[first]] & _SPACE:
            first += 1
        stop: cython.Py_ssize_t = _name_end(data, first, end)
        if stop < end and data[stop] == 64:
            first = stop + 1
            stop = _name_end(data, first, end)
        after: cython.Py_ssize_t = stop
        while after < end and _KIND[data[after]] & _SPACE:
            after += 1
        if first < stop < after < end and data[after] == 91:
            return first
    return -1


@cython.cfunc
def _greeting(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where ``HELO``, ``EHLO`` or ``helo=`` stands, -1 where none does."""
    border: cython.bint = True
    place: cython.Py_ssize_t
    for place in range(start, end - 4):
        sign: cython.Py_ssize_t = data[place]
        if not _KIND[sign] & _LETTER:
            border = True
            continue
        if border and data[place + 2] | 32 == 108 and data[place + 3] | 32 == 111:
            first: cython.Py_ssize_t = sign | 32
            second: cython.Py_ssize_t = data[place + 1] | 32
            after: cython.Py_ssize_t = data[place + 4]
            if first == 104 and second == 101 and (after == 61 or _KIND[after] & _SPACE):
                return place
            if first == 101 and second == 104 and _KIND[after] & _SPACE:
                return place
        border = False
    return -1


@cython.cfunc
def _name_end(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a run of what names are written with ends, or is too long for one."""
    end = min(end, place + _NAME_LONGEST)
    while place < end and not _KIND[data[place]] & (_SPACE | _PAREN | _MARK):
        place += 1
    return place


@cython.cfunc
@cython.inline
def _address_start(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the address behind an open bracket begins (RFC 5321 section 4.1.3 writes ``IPv6:`` before it)."""
    return (
        place + 6 if place + 5 < end and data[place + 1] | 32 == 105 and data[place + 5] == 58 else place + 1
    )


@cython.cfunc
def _address_end(
    data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t, close: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Where a run of what addresses are written with ends, when a zone or not and then ``close`` follows; else -1."""
    stop: cython.Py_ssize_t = start
    last: cython.Py_ssize_t = min(end, start + _ADDRESS_LONGEST)
    while stop < last and _KIND[data[stop]] & _NUMERIC:
        stop += 1
    after: cython.Py_ssize_t = stop
    if after < end and data[after] == 37:
        last = min(end, after + 1 + _ZONE_LONGEST)
        after += 1
        while after < last and data[after] != close and not _KIND[data[after]] & _SPACE:
            after += 1
        if after == stop + 1:
            return -1
    if stop - start < 2 or after >= end:
        return -1
    return stop if data[after] == close or (close == 41 and _KIND[data[after]] & _SPACE) else -1


@cython.cfunc
def _with_port(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """The address, which may be an IPv4 one with a port."""
    ip: str | None = _ip(data, start, end)
    if ip is None:
        colon = data.find(b":", start, end)
        if 0 < end - colon - 1 <= 5 and data[colon + 1 : end].isdigit() and b"." in data[start:colon]:
            ip = _ip(data, start, colon)
    return ip


@cython.cfunc
def _literal(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """The address in ``[192.0.2.1]``, ``[192.0.2.1]:25``, ``[IPv6:2001:db8::1]`` or bare; else None."""
    if data[start] != 91:
        return _ip(data, start, end)
    first: cython.Py_ssize_t = _address_start(data, start, end)
    stop: cython.Py_ssize_t = _address_end(data, first, end, 93)
    return _ip(data, first, stop) if stop >= 0 else None


@cython.cfunc
def _may_be_address(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
    """Whether a word begins with a bracket or a digit, or holds a colon."""
    first: cython.Py_ssize_t = data[start]
    if first == 91 or 48 <= first <= 57:
        return True
    while start < end and data[start] != 58:
        start += 1
    return start < end


@cython.cfunc
def _name(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """A looked-up name, None where the writer found none or repeats an address."""
    while end > start and (data[end - 1] == 46 or data[end - 1] == 44):
        end -= 1
    if end <= start or (_may_be_address(data, start, end) and _literal(data, start, end) is not None):
        return None
    word = data[start:end].decode("utf-8", "replace")
    return None if word in _NO_NAME else word


@cython.cfunc
def _ip(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
    """The address that these bytes are, in canonical text; None where they are none."""
    if _four(data, start, end) >= 0:
        return data[start:end].decode("ascii")
    six = _Six()
    return six.text() if six.read(data, start, end) else None


@cython.cfunc
def _four(data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.longlong:
    """The number of an IPv4 address, -1 for anything else."""
    value: cython.longlong = 0
    octet: cython.longlong = -1
    dots: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t
    for place in range(start, end):
        sign: cython.Py_ssize_t = data[place]
        if 48 <= sign <= 57:
            if octet == 0:
                return -1
            octet = sign - 48 if octet < 0 else octet * 10 + sign - 48
            if octet > 255:
                return -1
        elif sign == 46 and octet >= 0 and dots < 3:
            value = value << 8 | octet
            octet = -1
            dots += 1
        else:
            return -1
    return value << 8 | octet if dots == 3 and octet >= 0 else -1


@cython.cfunc
@cython.inline
def _digit(sign: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The value of a hexadecimal digit, -1 for another byte."""
    if 48 <= sign <= 57:
        return sign - 48
    if 97 <= sign <= 102:
        return sign - 87
    if 65 <= sign <= 70:
        return sign - 55
    return -1


@cython.final
@cython.cclass
class _Six:
    """An IPv6 address as its two halves."""

    high: cython.ulonglong
    low: cython.ulonglong

    def __init__(self) -> None:
        self.high = 0
        self.low = 0

    @cython.cfunc
    def _add(self, group: cython.ulonglong) -> None:
        """Put one group of 16 bits behind what was read."""
        self.high = (self.high << 16 | self.low >> 48) & _ALL
        self.low = (self.low << 16 | group) & _ALL

    @cython.cfunc
    def read(self, data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
        """Whether the bytes are an IPv6 address, which this then is."""
        count: cython.Py_ssize_t = 0
        gap: cython.Py_ssize_t = -1
        high: cython.ulonglong = 0
        low: cython.ulonglong = 0
        place: cython.Py_ssize_t = start
        if end - start < 2:
            return False
        if data[place] == 58:
            if data[place + 1] != 58:
                return False
            gap = 0
            place += 2
        while place < end:
            first: cython.Py_ssize_t = place
            group: cython.ulonglong = 0
            while place < end and place - first < 5 and (digit := _digit(data[place])) >= 0:
                group = group << 4 | digit
                place += 1
            if place < end and data[place] == 46:
                four: cython.longlong = _four(data, first, end)
                if four < 0:
                    return False
                self._add(four >> 16)
                self._add(four & 0xFFFF)
                count += 2
                place = end
                break
            if place == first or place - first > 4:
                return False
            self._add(group)
            count += 1
            if place == end or count > 8:
                break
            if data[place] != 58:
                return False
            place += 1
            if place == end:
                return False
            if data[place] == 58:
                if gap >= 0:
                    return False
                gap, high, low = count, self.high, self.low
                self.high = self.low = 0
                place += 1
        if gap < 0:
            return count == 8
        if count > 7:
            return False
        tail = _Six()
        tail.high, tail.low = self.high, self.low
        self.high, self.low = high, low
        for _ in range(8 - gap):
            self._add(0)
        self.high |= tail.high
        self.low |= tail.low
        return True

    @cython.cfunc
    @cython.inline
    def _group(self, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
        half: cython.ulonglong = self.high if at < 4 else self.low
        return half >> 16 * (3 - at % 4) & 0xFFFF

    @cython.cfunc
    def text(self) -> str:
        """The canonical text; the dotted one of an IPv4-mapped address."""
        if self.high == 0 and self.low >> 32 == 0xFFFF:
            four: cython.Py_ssize_t = self.low & 0xFFFF_FFFF
            return f"{four >> 24}.{four >> 16 & 255}.{four >> 8 & 255}.{four & 255}"
        longest: cython.Py_ssize_t = 1
        zeros: cython.Py_ssize_t = -1
        run: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t
        for at in range(8):
            run = 0 if self._group(at) else run + 1
            if run > longest:
                longest, zeros = run, at - run + 1
        written = bytearray()
        at = 0
        while at < 8:
            if at == zeros:
                written += b"::"
                at += longest
                continue
            if at and at != zeros + longest:
                written.append(58)
            group: cython.Py_ssize_t = self._group(at)
            if group > 0xFFF:
                written.append(_HEX[group >> 12])
            if group > 0xFF:
                written.append(_HEX[group >> 8 & 15])
            if group > 0xF:
                written.append(_HEX[group >> 4 & 15])
            written.append(_HEX[group & 15])
            at += 1
        return written.decode("ascii")
