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
from datetime import datetime, timedelta
from typing import NamedTuple

from meyasubako.mail.head import Fields
from meyasubako.mail.received import canonical_ip
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import HeaderField, Received
from meyasubako.origin.dynamic import looks_dynamic
from meyasubako.origin.trust import Provider, Trust, is_inner
from meyasubako.origin.types import Origin, Step

_UNLISTED = 0.8
_SILENT = 0.5
_CONNECTION = 0.99
_BELOW = 8
_CLOCKS = timedelta(hours=14)
"""How far two honest clocks may differ: a wrong zone is often met, more than the widest zone is not."""
_AUTHENTICATED = frozenset(
    {"ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "HTTP", "HTTPS"}
)
_CLAIMS = frozenset({"x-originating-ip", "x-original-client-ip", "x-aol-ip", "x-client-ip"})
_CLAIM_LENGTHS = frozenset(map(len, _CLAIMS))
_RETRIEVED = ("POP", "IMAP", "pop", "imap")


class _Client(NamedTuple):
    """What was decided about the client of one hop: a verdict, and whether the walk goes on below it."""

    verdict: str
    inside: bool
    any_writer: bool = False


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
    return _Walk(received, trust, steps, claimed).down(started_inside=ip is not None, forwarded=forwarded)


def boundary_time(received: Sequence[Received], trust: Trust) -> datetime | None:
    """When the trust boundary took a mail, from its trace alone: the ``received_at`` of archives, in UTC.

    None where no boundary was found or its writer wrote no date.
    """
    return find_origin(received, trust=trust).received_at


_FETCHED = _Client("retrieved", inside=True, any_writer=True)
_UNNAMED = _Client("no-client", inside=True)
_NO_ADDRESS = _Client("no-address", inside=False)
_INNER = _Client("inner", inside=True, any_writer=True)
_OWN = _Client("own", inside=True, any_writer=True)
_FORWARDER = _Client("forwarder", inside=True)
_INNER_NETWORK = _Client("inner-network", inside=True)
_INNER_NAME = _Client("inner-name", inside=True)
_OUTSIDE = _Client("boundary", inside=False)


class _Walk:
    """One walk down a trace: which side is trusted so far, and what was decided on the way."""

    def __init__(
        self, received: Sequence[Received], trust: Trust, steps: list[Step], claimed: str | None
    ) -> None:
        self.received = received
        self.trust = trust
        self.steps = steps
        self.claimed = claimed
        self.sides: set[str] = set()

    def down(self, *, started_inside: bool, forwarded: bool) -> Origin:
        """Walks from the newest field to the first client outside; a field is read only when it is come to."""
        received, trust, steps = self.received, self.trust, self.steps
        any_writer = True
        below_forwarder: Received | None = None
        if forwarded:
            self.sides = set(trust.forwarder_sides)
            any_writer = not self.sides
            if not received:
                return self._unknown("forwarder-silent")
        for position in range(len(received)):
            hop = received[position]
            by, ip = hop.by, hop.ip
            if by is None and ip is None:
                steps.append(Step(hop.index, None, None, "no-client"))
                continue
            side, provider = trust.side(by)
            if not (any_writer or side is None or side in self.sides):
                steps.append(Step(hop.index, by, ip, "foreign-writer"))
                if below_forwarder is not None:
                    return self._boundary(below_forwarder, position - 1, None, "forwarder-silent")
                return self._unknown("foreign-writer")
            if side is not None:
                self.sides.add(side)
            client = self._client(hop, position, provider)
            steps.append(Step(hop.index, by, ip, client.verdict))
            if client is _NO_ADDRESS:
                return self._unknown("no-address", helo=hop.helo, by=by)
            if not client.inside:
                reason = "boundary" if provider is not None else "boundary-unlisted"
                return self._boundary(hop, position, provider, reason)
            below_forwarder = hop if client is _FORWARDER else None
            if below_forwarder is not None:
                self.sides = set(trust.forwarder_sides)
            any_writer = client.any_writer or not self.sides
        if below_forwarder is not None:
            return self._boundary(below_forwarder, len(received) - 1, None, "forwarder-silent")
        return self._unknown("chain-inside" if received or started_inside else "no-received")

    def _client(self, hop: Received, position: int, provider: Provider | None) -> _Client:
        """Whether the client of a vouched hop belongs to the trusted side."""
        ip = hop.ip
        if hop.with_ is not None and hop.with_.startswith(_RETRIEVED):
            return _FETCHED
        if ip is None:
            if hop.helo is None or "." not in hop.helo or hop.with_ == "local":
                return _UNNAMED
            return _INNER_NAME if self.trust.side(hop.helo).key in self.sides else _NO_ADDRESS
        if is_inner(ip):
            return _INNER
        if self.trust.is_set:
            if self.trust.is_own(ip):
                return _OWN
            if self.trust.forwards(ip, hop.rdns):
                return _FORWARDER
        if provider is not None and provider.networks.holds(ip) and not _sends_outward(provider, hop):
            return _INNER_NETWORK
        return _INNER_NAME if self._borne_out(hop, position) else _OUTSIDE

    def _borne_out(self, hop: Received, position: int) -> bool:
        """Whether a public client is a relay of the trusted side: its looked-up name is of that side and not
        a customer's, and the field below was written by that very host."""
        if hop.rdns is None or position + 1 >= len(self.received):
            return False
        side, provider = self.trust.side(hop.rdns)
        if side not in self.sides or looks_dynamic(hop.rdns, hop.ip):
            return False
        if provider is not None and _sends_outward(provider, hop):
            return False
        below = self.received[position + 1].by
        if below is None:
            return False
        names = {hop.rdns.lower()}
        if hop.helo is not None and self.trust.side(hop.helo).key in self.sides:
            names.add(hop.helo.lower())
        return below.lower() in names

    def _boundary(self, hop: Received, position: int, provider: Provider | None, reason: str) -> Origin:
        if reason == "forwarder-silent":
            confidence = _SILENT
        else:
            confidence = provider.confidence if provider is not None else _UNLISTED
        named_as_us = self._calls_itself_us(hop)
        if named_as_us and provider is None and hop.rdns is None:
            confidence = min(confidence, _SILENT)
        forged = named_as_us or self._forged_below(hop, position + 1)
        return Origin(
            hop.ip, hop.helo, hop.rdns, hop.by, hop.index, confidence, reason, hop.date, self.claimed, forged,
            tuple(self.steps), self._direct(hop, position + 1, forged=forged),
        )  # fmt: skip

    def _forged_below(self, hop: Received, start: int) -> bool:
        """Whether the fields below the boundary, from ``start`` on, cannot be true.

        Two proofs: a first field that claims to be written by the receiver or by a listed provider, when the
        client is no machine of theirs; a field dated well after the boundary took the mail.
        """
        received = self.received
        end = min(len(received), start + _BELOW)
        if start >= end:
            return False
        if not _authenticated(hop):
            side = self.trust.side
            writer, provider = side(received[start].by)
            if (
                writer is not None
                and (writer in self.sides or (provider is not None and provider.kind != "own"))
                and writer != side(hop.helo).key
                and writer != side(hop.rdns).key
            ):
                return True
        if hop.date is None:
            return False
        latest = hop.date + _CLOCKS
        date_of = received.date if isinstance(received, Trace) else lambda position: received[position].date
        for position in range(start, end):
            date = date_of(position)
            if date is not None and date > latest:
                return True
        return False

    def _direct(self, hop: Received, start: int, *, forged: bool) -> bool | None:
        """Whether nobody stood before the client: no field below the boundary, or only forged ones."""
        if forged or start >= len(self.received):
            return True
        below = self.received[start].by
        if below is None:
            return None
        below = below.lower()
        helo, rdns = hop.helo, hop.rdns
        same = (helo is not None and helo.lower() == below) or (rdns is not None and rdns.lower() == below)
        return False if same else None

    def _calls_itself_us(self, hop: Received) -> bool:
        """A stranger that greets with a name of the receiver's own (RFC 5321 section 4.1.1.1)."""
        if hop.helo is None or "." not in hop.helo or _authenticated(hop):
            return False
        side, provider = self.trust.side(hop.helo)
        if side is None or side not in self.sides or self.trust.side(hop.rdns).key == side:
            return False
        if provider is None:
            return True
        honest = hop.rdns is None and _sends_outward(provider, hop)
        return not (honest or (hop.ip is not None and provider.networks.holds(hop.ip)))

    def _unknown(self, reason: str, *, helo: str | None = None, by: str | None = None) -> Origin:
        return Origin(None, helo, None, by, None, 0.0, reason, None, self.claimed, False, tuple(self.steps))


def _sends_outward(provider: Provider, hop: Received) -> bool:
    """Whether a client is one of the machines a provider sends its customers' mail from."""
    if not provider.outbound:
        return False
    rdns, helo = hop.rdns, hop.helo
    return (rdns is not None and rdns.lower().endswith(provider.outbound)) or (
        helo is not None and helo.lower().endswith(provider.outbound)
    )


def _authenticated(hop: Received) -> bool:
    """Whether the client logged in (RFC 3848 section 2): then a name of the receiver's is its user's right."""
    return hop.with_ is not None and hop.with_.upper() in _AUTHENTICATED


def _claim(fields: Iterable[HeaderField]) -> str | None:
    """What webmail's own field says of its user's address: a claim, as any client can write it.

    Most mails hold none of the fields: then their header is not split.
    """
    if isinstance(fields, Fields) and not any(map(fields.values, _CLAIMS)):
        return None
    for field in fields:
        if len(field.name) in _CLAIM_LENGTHS and field.name.lower() in _CLAIMS:
            ip = canonical_ip(field.value.decode("latin-1").strip(" \t\r\n[]"))
            if ip is not None:
                return ip
    return None
