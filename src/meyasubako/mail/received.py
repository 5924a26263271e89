"""Reads one Received field (RFC 5321 section 4.4) as mail servers really write it.

The grammar is ``from X (comment) by Y via V with W id I for F; date``; around it stand forty years of
habits: Postfix, sendmail, Exim, qmail, Exchange and its cloud, Gmail, Yahoo, IronPort, MDaemon, Lotus Domino,
Courier, CommuniGate, fetchmail, the Japanese mobile carriers. One walk over the bytes finds the clauses of them all; what
a writer does not say stays None. Which of the fields can be believed is not decided here (see ``origin``).

Linear in the field's length, never raises: what is looked at from one place is bounded, and nothing beyond
``_LONGEST`` bytes but the date is looked at.
"""

from __future__ import annotations

import cython

from meyasubako.mail.dates import moment_at, seconds_of_date
from meyasubako.mail.hosts import bracketed_of, client_of, host_of
from meyasubako.mail.signs import kinds_of_bytes
from meyasubako.mail.types import Received

_LONGEST = cython.declare(cython.Py_ssize_t, 4096)
_DATE_LONGEST = cython.declare(cython.Py_ssize_t, 256)
_DEEPEST = cython.declare(cython.Py_ssize_t, 3)
_DATES_TRIED = 6
_EARLIEST = -2_208_988_800
_LATEST = 221_876_928_000
"""From 1900 to before 9001: the edges of time, where nothing can be counted on, are none."""
_TLS_WORDS = 6

_SPACE = cython.declare(cython.Py_ssize_t, 1)
_STOP = cython.declare(cython.Py_ssize_t, 2)
"""Parentheses and the semicolon: what ends a word besides a space."""
_WORD = cython.declare(cython.Py_ssize_t, 4)

_KIND = cython.declare(
    bytes,
    kinds_of_bytes(
        {
            _SPACE: b" \t\n\v\f\r\x1c\x1d\x1e\x1f",
            _STOP: b"();",
            _WORD: b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
            + bytes(range(128, 256)),
        }
    ),
)

_NO_CLAUSE = cython.declare(cython.Py_ssize_t, 0)
_OTHER = cython.declare(cython.Py_ssize_t, 1)
"""A clause nobody asks for, or one that was there before."""
_FROM = cython.declare(cython.Py_ssize_t, 2)
_BY = cython.declare(cython.Py_ssize_t, 3)
_WITH = cython.declare(cython.Py_ssize_t, 4)
_ID = cython.declare(cython.Py_ssize_t, 5)
_FOR = cython.declare(cython.Py_ssize_t, 6)

_WHOLE = cython.declare(cython.Py_ssize_t, 0)
_HOP = cython.declare(cython.Py_ssize_t, 1)
"""The clauses from, by and with alone."""
_WRITER = cython.declare(cython.Py_ssize_t, 2)

_WITH_TLS = frozenset({"ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "SMTPS", "HTTPS", "UTF8SMTPS", "UTF8SMTPSA"})

_VERSIONS = [
    f"{kind}v{major}{minor}"
    for kind in ("TLS", "SSL")
    for major in "123"
    for minor in ("", ".0", ".1", ".2", ".3")
]
_NOBODY = (None, None, None)
_new = tuple.__new__


Hop = tuple[str | None, str | None, str | None, str | None, str | None]
"""Of a field: address, HELO and looked-up name of the client, the writer, the protocol; the first five of ``Received``."""


def parse_received(value: bytes, index: int = 0) -> Received:
    """What one Received field says; ``value`` is the raw bytes after the colon, folds included.

    ``index`` is the field's place among the Received fields, 0 for the newest. Never raises; a field that
    says nothing readable gives a ``Received`` of Nones.
    """
    field = _Field(value, _WHOLE)
    ip, helo, rdns = field.client()
    with_ = field.protocol()
    id_, for_ = field.word(field.id_word, field.id_end), field.word(field.for_word, field.for_end)
    seconds = seconds_of_received(value)
    date = None if seconds is None else moment_at(seconds)
    received: Received = _new(
        Received, (ip, helo, rdns, field.writer(), with_, id_, for_, date, _tls(value, with_), index)
    )
    return received


def hop_of(value: bytes) -> Hop:
    """Who handed the mail to whom by one Received field, and how."""
    field = _Field(value, _HOP)
    ip, helo, rdns = field.client()
    return ip, helo, rdns, field.writer(), field.protocol()


def writer_of(value: bytes) -> str | None:
    """The host that wrote one Received field."""
    return _Field(value, _WRITER).writer()


def seconds_of_received(value: bytes) -> int | None:
    """The date of one Received field in seconds since 1970: what stands behind the last semicolon.

    Where none stands there, a comment with a semicolon follows it, or a clause does (OpenSMTPD).
    """
    place: cython.Py_ssize_t = len(value)
    while place > 0 and value[place - 1] != 59:
        place -= 1
    if place == 0:
        return _credible(value[-_DATE_LONGEST:])
    seconds = _credible(value[place : place + _DATE_LONGEST])
    if seconds is None:
        for part in reversed(value[-_LONGEST:].split(b";")[-_DATES_TRIED:]):
            seconds = _credible(part[:_DATE_LONGEST])
            if seconds is not None:
                break
    return seconds


@cython.freelist(8)
@cython.final
@cython.cclass
class _Field:
    """A field and its clauses: where the word of each begins and ends (the same place where there is none), and where
    what follows the word ends."""

    data: bytes
    from_word: cython.Py_ssize_t
    from_end: cython.Py_ssize_t
    from_rest: cython.Py_ssize_t
    by_word: cython.Py_ssize_t
    by_end: cython.Py_ssize_t
    by_rest: cython.Py_ssize_t
    with_word: cython.Py_ssize_t
    with_end: cython.Py_ssize_t
    with_rest: cython.Py_ssize_t
    with_exim: cython.bint
    id_word: cython.Py_ssize_t
    id_end: cython.Py_ssize_t
    for_word: cython.Py_ssize_t
    for_end: cython.Py_ssize_t

    def __init__(self, data: bytes, wanted: cython.Py_ssize_t) -> None:
        self.data = data
        self.from_word = self.by_word = self.with_word = self.id_word = self.for_word = -1
        self.from_end = self.by_end = self.with_end = self.id_end = self.for_end = -1
        self.from_rest = self.by_rest = self.with_rest = -1
        self.with_exim = False
        self._find_clauses(min(len(data), _LONGEST), wanted)

    @cython.cfunc
    def _find_clauses(self, end: cython.Py_ssize_t, wanted: cython.Py_ssize_t) -> None:
        """Walks over the field once: a clause is a keyword, its word, and all up to the next keyword.

        A keyword stands behind a space, a comment or a semicolon; comments, which nest, hold none. A semicolon, or a
        parenthesis without its other half, ends a clause too. No clause is looked for beyond those that are wanted.
        """
        data: bytes = self.data
        kinds: bytes = _KIND
        place: cython.Py_ssize_t = 0
        stop: cython.Py_ssize_t
        clause: cython.Py_ssize_t = _NO_CLAUSE
        border: cython.bint = True
        while place < end:
            kind: cython.Py_ssize_t = kinds[data[place]]
            if kind & _SPACE:
                place += 1
                border = True
                continue
            if kind & _STOP:
                stop = _comment_end(data, place, end)
                if stop < 0:
                    self._ends(clause, place)
                    clause = _NO_CLAUSE
                    border = data[place] != 40
                    stop = place + 1
                else:
                    border = True
                    if clause == _WITH and data[place + 1 : place + 5] == b"Exim":
                        self.with_exim = True
                place = stop
                continue
            stop = _word_end(data, place, end)
            keyword: cython.Py_ssize_t = _keyword(data, place, stop, end)
            if keyword == _NO_CLAUSE:
                if clause != _NO_CLAUSE and data[place] == 60:
                    stop = _angle_end(data, place, end, stop)
                border = False
                place = stop
                continue
            self._ends(clause, place)
            if self.by_word >= 0 and (wanted == _WRITER or (wanted == _HOP and self.with_word >= 0)):
                return
            clause = _NO_CLAUSE
            place = stop
            if not border:
                continue
            while place < end and kinds[data[place]] & _SPACE:
                place += 1
            stop = place
            if place < end and not kinds[data[place]] & _STOP:
                stop = _word_end(data, place, end)
                if _keyword(data, place, stop, end) != _NO_CLAUSE:
                    stop = place
                elif data[place] == 60:
                    stop = _angle_end(data, place, end, stop)
            clause = self._begins(keyword, place, stop)
            border = stop == place
            place = stop
        self._ends(clause, end)

    @cython.cfunc
    def _begins(
        self, clause: cython.Py_ssize_t, word: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Keep where a clause's word stands, unless it is there already; a from clause comes before the by clause."""
        if clause == _FROM and self.from_word < 0 and self.by_word < 0:
            self.from_word, self.from_end = word, end
        elif clause == _BY and self.by_word < 0:
            self.by_word, self.by_end = word, end
        elif clause == _WITH and self.with_word < 0:
            self.with_word, self.with_end = word, end
        else:
            if clause == _ID and self.id_word < 0:
                self.id_word, self.id_end = word, end
            elif clause == _FOR and self.for_word < 0:
                self.for_word, self.for_end = word, end
            return _OTHER
        return clause

    @cython.cfunc
    def _ends(self, clause: cython.Py_ssize_t, place: cython.Py_ssize_t) -> None:
        """Keep where what belongs to a clause ends."""
        if clause == _FROM:
            self.from_rest = place
        elif clause == _BY:
            self.by_rest = place
        elif clause == _WITH:
            self.with_rest = place

    @cython.cfunc
    def client(self) -> tuple[str | None, str | None, str | None]:
        """Address, HELO name and looked-up name of the client, from the from clause."""
        if self.from_word < 0:
            return _NOBODY
        return client_of(self.data, self.from_word, self.from_end, self.from_rest, self.with_exim)

    @cython.cfunc
    def writer(self) -> str | None:
        """The host that wrote the field; its address, where the by clause gives no name but one in brackets."""
        if self.by_end > self.by_word:
            return host_of(self.data, self.by_word, self.by_end)
        return bracketed_of(self.data, self.by_end, self.by_rest) if self.by_word >= 0 else None

    @cython.cfunc
    def protocol(self) -> str | None:
        """The words of the with clause, up to its comment."""
        data = self.data
        start: cython.Py_ssize_t = self.with_word
        end: cython.Py_ssize_t = self.with_end
        if end <= start:
            return None
        last: cython.Py_ssize_t = end
        words: cython.Py_ssize_t = 1
        if end < self.with_rest and _KIND[data[end]] & _SPACE:
            while end < self.with_rest and data[end] != 40:
                if not _KIND[data[end]] & _SPACE:
                    if last < end:
                        words += 1
                    last = end + 1
                end += 1
        said = data[start:last].decode("utf-8", "replace")
        return said if words == 1 else " ".join(said.split())

    @cython.cfunc
    def word(self, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> str | None:
        """A word without the angle brackets or commas around it."""
        data = self.data
        while start < end and (data[start] == 60 or data[start] == 62 or data[start] == 44):
            start += 1
        while start < end and (data[end - 1] == 60 or data[end - 1] == 62 or data[end - 1] == 44):
            end -= 1
        return data[start:end].decode("utf-8", "replace") if start < end else None


@cython.cfunc
def _credible(text: bytes) -> int | None:
    seconds: int | None = seconds_of_date(text)
    return seconds if seconds is not None and _EARLIEST <= seconds < _LATEST else None


@cython.cfunc
def _keyword(
    data: bytes, place: cython.Py_ssize_t, stop: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """The clause that a word begins; ``_NO_CLAUSE`` for a word that is no keyword."""
    length: cython.Py_ssize_t = stop - place
    if length < 2 or length > 4 or (stop < end and data[stop] == 41):
        return _NO_CLAUSE
    first: cython.Py_ssize_t = data[place] | 32
    second: cython.Py_ssize_t = data[place + 1] | 32
    if length == 2:
        if first == 98 and second == 121:
            return _BY
        return _ID if first == 105 and second == 100 else _NO_CLAUSE
    third: cython.Py_ssize_t = data[place + 2] | 32
    if length == 3:
        if first == 102 and second == 111 and third == 114:
            return _FOR
        return _OTHER if first == 118 and second == 105 and third == 97 else _NO_CLAUSE
    fourth: cython.Py_ssize_t = data[place + 3] | 32
    if first == 102 and second == 114 and third == 111 and fourth == 109:
        return _FROM
    return _WITH if first == 119 and second == 105 and third == 116 and fourth == 104 else _NO_CLAUSE


@cython.cfunc
def _word_end(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    kinds: bytes = _KIND
    while place < end and not kinds[data[place]] & (_SPACE | _STOP):
        place += 1
    return place


@cython.cfunc
def _angle_end(
    data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t, otherwise: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Where a word in angle brackets ends, which may hold any sign but a space; else where the plain word does."""
    place += 1
    while place < end and data[place] != 62:
        if data[place] == 60 or _KIND[data[place]] & _SPACE:
            return otherwise
        place += 1
    return place + 1 if place < end else otherwise


@cython.cfunc
def _comment_end(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the comment that begins here ends; -1 where none begins, or it is not closed or nests too deep."""
    if data[place] != 40:
        return -1
    depth: cython.Py_ssize_t = 0
    while place < end and depth <= _DEEPEST:
        if data[place] == 40:
            depth += 1
        elif data[place] == 41:
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return -1


@cython.cfunc
def _tls(data: bytes, with_: str | None) -> str | None:
    """The TLS version as ``TLSv1.2``; ``TLS`` where only the protocol word says so (RFC 3848 section 2)."""
    at: cython.Py_ssize_t = -1
    if b"TLS" in data:
        at = data.find(b"TLS")
    elif b"SSLv" in data:
        at = data.find(b"SSLv")
    for _ in range(_TLS_WORDS):
        if at < 0:
            break
        version = _version(data, at)
        if version is not None:
            return version
        at = data.find(b"TLS", at + 3)
    return "TLS" if with_ is not None and with_.upper() in _WITH_TLS else None


@cython.cfunc
def _version(data: bytes, at: cython.Py_ssize_t) -> str | None:
    """``TLSv1.2`` of ``TLSv1.2``, ``TLS1_2``, ``TLS 1.2``; None where no version follows the word."""
    end: cython.Py_ssize_t = len(data)
    place: cython.Py_ssize_t = at + 3
    if place < end and (data[place] == 118 or data[place] == 95):
        place += 1
    else:
        while place < end and _KIND[data[place]] & _SPACE:
            place += 1
    if place >= end or not 49 <= data[place] <= 51:
        return None
    version: cython.Py_ssize_t = (data[place] - 49) * 5
    place += 1
    if place + 1 < end and (data[place] == 46 or data[place] == 95) and 48 <= data[place + 1] <= 51:
        version += data[place + 1] - 47
        place += 2
    if place < end and (data[place] == 46 or _KIND[data[place]] & _WORD):
        return None
    return _VERSIONS[version if data[at] == 84 else version + 15]
