"""Finds the address that handed a mail over the trust boundary, reading the trace from the top.

A trace field is written by the receiver of one hop and lies above everything the sender could write (RFC 5321
section 4.4). So the newest field is believed, and the next one only while the client named in the field above
belongs to the same trusted side. The first client that does not is the origin. Everything below is the sender's
word; it is looked at only to say whether it was forged. Names alone never prove a client: only a looked-up name that
the next field's writer bears out, an inner address, or a listed network does. Webmail's own fields are claims.

Whom to believe is ``trust``'s; where an address lies is ``geography``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import cython

from meyasubako.mail.dates import moment_at
from meyasubako.mail.head import Fields
from meyasubako.mail.hosts import canonical_ip
from meyasubako.mail.received import hop_of, seconds_of_received, writer_of
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import HeaderField, Received
from meyasubako.origin.dynamic import looks_dynamic
from meyasubako.origin.ranges import is_inner
from meyasubako.origin.sides import Provider, Sides
from meyasubako.origin.trust import Trust
from meyasubako.origin.types import Origin, Step

_UNLISTED = 0.8
_SILENT = 0.5
_CONNECTION = 0.99
_BELOW = cython.declare(cython.Py_ssize_t, 8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_CLOCKS = 14 * 3600
"""By how many seconds two honest clocks may differ: a wrong zone is often met, more than the widest zone is not."""
_AUTHENTICATED = frozenset(
    {"ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "HTTP", "HTTPS"}
)
_CLAIMS = frozenset({"x-originating-ip", "x-original-client-ip", "x-aol-ip", "x-client-ip"})
_CLAIMS_END = "-ip"
_CLAIM_LENGTHS = frozenset(map(len, _CLAIMS))
_RETRIEVED = ("POP", "IMAP", "pop", "imap")


_new = tuple.__new__


def find_origin(
    received: Sequence[Received],
    *,
    fields: Iterable[HeaderField] = (),
    trust: Trust,
    client_ip: str | None = None,
    client_helo: str | None = None,
) -> Origin:
    """The origin of a mail; ``received`` newest first, ``fields`` only for webmail's claims.

    ``client_ip`` and ``client_helo`` are the connection of our own receiver, where there was one: then it is the
    answer unless it is itself trusted. Reasons: ``connection``, ``boundary`` (the writer is the operator's
    or listed), ``boundary-unlisted``, ``forwarder-silent``, ``foreign-writer``, ``no-address``,
    ``chain-inside``, ``no-received``. Never raises.
    """
    claimed = _claim(fields)
    ip = canonical_ip(client_ip) if client_ip else None
    steps: list[Step] = []
    forwarded = False
    if ip is not None:
        forwarded = trust.forwards(ip, None)
        if not (forwarded or is_inner(ip) or trust.is_own(ip)):
            steps.append(Step(-1, None, ip, "boundary"))
            return Origin(
                ip,
                client_helo,
                None,
                None,
                None,
                _CONNECTION,
                "connection",
                None,
                claimed,
                False,
                tuple(steps),
            )
        steps.append(Step(-1, None, ip, "forwarder" if forwarded else "inner"))
    walk = _Walk(received if isinstance(received, Trace) else Trace.of(received), trust, steps, claimed)
    return walk.down(ip is not None, forwarded)


def boundary_time(received: Sequence[Received], trust: Trust) -> datetime | None:
    """When the trust boundary took a mail, from its trace alone: the ``received_at`` of archives, in UTC.

    None where no boundary was found or its writer wrote no date.
    """
    return find_origin(received, trust=trust).received_at


@cython.final
@cython.cclass
class _Client:
    """What was decided about the client of one hop: a verdict, whether the walk goes on below it, and whether any host
    may have written the field there."""

    verdict: str
    inside: cython.bint
    any_writer: cython.bint

    def __init__(self, verdict: str, inside: bool, any_writer: bool) -> None:
        self.verdict = verdict
        self.inside = inside
        self.any_writer = any_writer


_FETCHED = cython.declare(_Client, _Client("retrieved", True, True))
_UNNAMED = cython.declare(_Client, _Client("no-client", True, False))
_NO_ADDRESS = cython.declare(_Client, _Client("no-address", False, False))
_INNER = cython.declare(_Client, _Client("inner", True, True))
_OWN = cython.declare(_Client, _Client("own", True, True))
_FORWARDER = cython.declare(_Client, _Client("forwarder", True, False))
_INNER_NETWORK = cython.declare(_Client, _Client("inner-network", True, False))
_INNER_NAME = cython.declare(_Client, _Client("inner-name", True, False))
_OUTSIDE = cython.declare(_Client, _Client("boundary", False, False))


@cython.final
@cython.cclass
class _Walk:
    """One walk down a trace: the hop that was come to, which sides are trusted so far, and what was decided on the way."""

    values: list[bytes]
    read: list[Received | None]
    length: cython.Py_ssize_t
    trust: Trust
    names: Sides
    is_set: cython.bint
    steps: list[Step]
    claimed: str | None
    sides: set[str]
    place: cython.Py_ssize_t
    ip: str | None
    helo: str | None
    rdns: str | None
    by: str | None
    with_: str | None
    provider: Provider | None

    def __init__(self, trace: Trace, trust: Trust, steps: list[Step], claimed: str | None) -> None:
        self.values, self.read = trace.parts()
        self.length = len(self.read)
        self.trust = trust
        self.names = trust.sides
        self.is_set = trust.is_set
        self.steps = steps
        self.claimed = claimed
        self.sides = set()
        self.place = 0

    @cython.cfunc
    def _come_to(self, place: cython.Py_ssize_t) -> None:
        """Who handed over to whom by a field, without reading the rest of it."""
        self.place = place
        found = self.read[place]
        self.ip, self.helo, self.rdns, self.by, self.with_ = (
            hop_of(self.values[place]) if found is None else found[:5]
        )

    @cython.cfunc
    def _writer(self, place: cython.Py_ssize_t) -> str | None:
        found = self.read[place]
        return writer_of(self.values[place]) if found is None else found.by

    @cython.cfunc
    def _seconds(self, place: cython.Py_ssize_t) -> int | None:
        found = self.read[place]
        if found is None:
            return seconds_of_received(self.values[place])
        return None if found.date is None else (found.date - _EPOCH) // _SECOND

    @cython.cfunc
    def down(self, started_inside: cython.bint, forwarded: cython.bint) -> Origin:
        """Walks from the newest field to the first client outside; a field is read only when it is come to."""
        any_writer: cython.bint = True
        below_forwarder: cython.bint = False
        if forwarded:
            self.sides = set(self.trust.forwarder_sides)
            any_writer = not self.sides
            if not self.length:
                return self._unknown("forwarder-silent", None, None)
        place: cython.Py_ssize_t
        for place in range(self.length):
            self._come_to(place)
            if self.by is None and self.ip is None:
                self.steps.append(_new(Step, (place, None, None, "no-client")))
                continue
            side, self.provider = self.names.of(self.by)
            if not (any_writer or side is None or side in self.sides):
                self.steps.append(_new(Step, (place, self.by, self.ip, "foreign-writer")))
                if below_forwarder:
                    return self._forwarded(place - 1)
                return self._unknown("foreign-writer", None, None)
            if side is not None:
                self.sides.add(side)
            client: _Client = self._client()
            self.steps.append(_new(Step, (place, self.by, self.ip, client.verdict)))
            if client is _NO_ADDRESS:
                return self._unknown("no-address", self.helo, self.by)
            if not client.inside:
                return self._boundary("boundary" if self.provider is not None else "boundary-unlisted")
            below_forwarder = client is _FORWARDER
            if below_forwarder:
                self.sides = set(self.trust.forwarder_sides)
            any_writer = client.any_writer or not self.sides
        if below_forwarder:
            return self._forwarded(self.length - 1)
        reason = "chain-inside" if self.length or started_inside else "no-received"
        return self._unknown(reason, None, None)

    @cython.cfunc
    def _client(self) -> _Client:
        """Whether the client of a vouched hop belongs to the trusted side."""
        ip, trust = self.ip, self.trust
        if self.with_ is not None and self.with_.startswith(_RETRIEVED):
            return _FETCHED
        if ip is None:
            if self.helo is None or "." not in self.helo or self.with_ == "local":
                return _UNNAMED
            return _INNER_NAME if self.names.has(self.sides, self.helo) else _NO_ADDRESS
        if is_inner(ip):
            return _INNER
        if self.is_set:
            if trust.is_own(ip):
                return _OWN
            if trust.forwards(ip, self.rdns):
                return _FORWARDER
        provider = self.provider
        if provider is not None and provider.networks.holds(ip) and not self._sends_outward(provider):
            return _INNER_NETWORK
        return _INNER_NAME if self._borne_out() else _OUTSIDE

    @cython.cfunc
    def _borne_out(self) -> cython.bint:
        """Whether a public client is a relay of the trusted side: its looked-up name is of that side and not
        a customer's, and the field below was written by that very host."""
        rdns = self.rdns
        if rdns is None or self.place + 1 >= self.length or not self.names.has(self.sides, rdns):
            return False
        provider = self.names.of(rdns)[1]
        if looks_dynamic(rdns, self.ip) or (provider is not None and self._sends_outward(provider)):
            return False
        below: str | None = self._writer(self.place + 1)
        if below is None:
            return False
        below = below.lower()
        return below == rdns.lower() or (
            self.helo is not None and below == self.helo.lower() and self.names.has(self.sides, self.helo)
        )

    @cython.cfunc
    def _forwarded(self, place: cython.Py_ssize_t) -> Origin:
        """The answer where a forwarder of ours did not say whom it had the mail from: the forwarder."""
        self._come_to(place)
        self.provider = None
        return self._boundary("forwarder-silent")

    @cython.cfunc
    def _boundary(self, reason: str) -> Origin:
        provider = self.provider
        if reason == "forwarder-silent":
            confidence = _SILENT
        else:
            confidence = provider.confidence if provider is not None else _UNLISTED
        named_as_us: cython.bint = self._calls_itself_us()
        if named_as_us and provider is None and self.rdns is None:
            confidence = min(confidence, _SILENT)
        seconds: int | None = self._seconds(self.place)
        below: str | None = None
        if self.place + 1 < self.length:
            below = self._writer(self.place + 1)
        forged = named_as_us or self._forged_below(below, seconds)
        origin: Origin = _new(
            Origin,
            (
                self.ip, self.helo, self.rdns, self.by, self.place, confidence, reason,
                None if seconds is None else moment_at(seconds), self.claimed, forged,
                tuple(self.steps), self._direct(below, forged),
            ),
        )  # fmt: skip
        return origin

    @cython.cfunc
    def _forged_below(self, writer: str | None, taken: int | None) -> cython.bint:
        """Whether the fields below the boundary cannot be true.

        Two proofs: a first field that claims to be written by the receiver or by a listed provider, when the
        client is no machine of theirs; a field dated well after the boundary took the mail.
        """
        if writer is not None and self._claims_a_side(writer):
            return True
        if taken is None:
            return False
        latest = taken + _CLOCKS
        place: cython.Py_ssize_t
        for place in range(self.place + 1, min(self.length, self.place + 1 + _BELOW)):
            seconds = self._seconds(place)
            if seconds is not None and seconds > latest:
                return True
        return False

    @cython.cfunc
    def _claims_a_side(self, writer: str) -> cython.bint:
        """Whether the writer of the field below claims a name of the receiver or a listed provider, and the client has none."""
        provider: Provider | None = self.names.provider(writer)
        if (provider is None or provider.kind == "own") and not self.names.has(self.sides, writer):
            return False
        side = self.names.of(writer)[0]
        if side is None or _authenticated(self.with_):
            return False
        return not (self.names.has({side}, self.helo) or self.names.has({side}, self.rdns))

    @cython.cfunc
    def _direct(self, below: str | None, forged: cython.bint) -> bool | None:
        """Whether nobody stood before the client: no field below the boundary, or only forged ones."""
        if forged or self.place + 1 >= self.length:
            return True
        if below is None:
            return None
        below = below.lower()
        helo, rdns = self.helo, self.rdns
        same = (helo is not None and helo.lower() == below) or (rdns is not None and rdns.lower() == below)
        return False if same else None

    @cython.cfunc
    def _calls_itself_us(self) -> cython.bint:
        """A stranger that greets with a name of the receiver's own (RFC 5321 section 4.1.1.1)."""
        helo = self.helo
        if helo is None or "." not in helo or not self.names.has(self.sides, helo):
            return False
        side, provider = self.names.of(helo)
        if side is None or _authenticated(self.with_) or self.names.has({side}, self.rdns):
            return False
        if provider is None:
            return True
        honest = self.rdns is None and self._sends_outward(provider)
        return not (honest or (self.ip is not None and provider.networks.holds(self.ip)))

    @cython.cfunc
    def _sends_outward(self, provider: Provider) -> cython.bint:
        """Whether a client is one of the machines a provider sends its customers' mail from."""
        ends = provider.outbound
        if not ends:
            return False
        rdns, helo = self.rdns, self.helo
        return (rdns is not None and rdns.lower().endswith(ends)) or (
            helo is not None and helo.lower().endswith(ends)
        )

    @cython.cfunc
    def _unknown(self, reason: str, helo: str | None, by: str | None) -> Origin:
        return Origin(None, helo, None, by, None, 0.0, reason, None, self.claimed, False, tuple(self.steps))


@cython.cfunc
def _authenticated(with_: str | None) -> cython.bint:
    """Whether the client logged in (RFC 3848 section 2): then a name of the receiver's is its user's right."""
    return with_ is not None and with_.upper() in _AUTHENTICATED


def _claim(fields: Iterable[HeaderField]) -> str | None:
    """What webmail's own field says of its user's address: a claim, as any client can write it.

    Most mails hold none of the fields: then their header is not split.
    """
    if isinstance(fields, Fields) and _CLAIMS.isdisjoint(fields.ending(_CLAIMS_END)):
        return None
    for field in fields:
        if len(field.name) in _CLAIM_LENGTHS and field.name.lower() in _CLAIMS:
            ip = canonical_ip(field.value.decode("latin-1").strip(" \t\r\n[]"))
            if ip is not None:
                return ip
    return None
