"""Asks the DNS at receipt what the verifiers of ``sender`` want to know, and keeps every answer they used.

The verifiers are pure: they run on the answers there are and leave a note of those that were missing. This step
asks for them, all at once, and runs the verifiers again until nothing is missing. So nothing is asked that no
verifier needs, and the rows kept are enough to prove the result later without the network.

Answers are cached for as long as they may be, two mails never ask one question twice at a time, questions are
limited in rate and number, and a mail has 20 seconds in all (RFC 7208 section 4.6.4).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from meyasubako.mail.types import Message
from meyasubako.sender import Answer, Answers, Authentication, Rcode, Resolver, authenticate

Question = tuple[str, str]

_RCODES = {
    dns.rcode.NOERROR: Rcode.NOERROR,
    dns.rcode.NXDOMAIN: Rcode.NXDOMAIN,
    dns.rcode.REFUSED: Rcode.REFUSED,
}
_PAYLOAD = 1232
_RECORDS_CAP = 256


class Upstream(Protocol):
    """Somebody to ask. ``address`` is the name under which the answers are kept."""

    @property
    def address(self) -> str:
        """Who answered."""

    async def ask(self, question: Question, patience: float) -> Answer:
        """The answer within so many seconds, TIMEOUT or MALFORMED where there was none that holds; never raises."""


class Server(NamedTuple):
    """A recursive resolver on the network."""

    address: str
    port: int = 53

    async def ask(self, question: Question, patience: float) -> Answer:
        """Ask over UDP, over TCP when the answer does not fit."""
        try:
            query = dns.message.make_query(_wire_name(question[0]), question[1], use_edns=0, payload=_PAYLOAD)
            response, _ = await dns.asyncquery.udp_with_fallback(
                query, self.address, timeout=patience, port=self.port, ignore_unexpected=True
            )
            return _read(question, response)
        except dns.exception.Timeout:
            return Answer(*question, Rcode.TIMEOUT)
        except (dns.exception.DNSException, EOFError, ValueError):
            return Answer(*question, Rcode.MALFORMED)
        except OSError:
            return Answer(*question, Rcode.TIMEOUT)


class InProcess(NamedTuple):
    """A resolver of ``sender`` in the place of a server: a made-up world that answers at once."""

    resolver: Resolver
    address: str

    async def ask(self, question: Question, patience: float) -> Answer:
        """What the resolver says."""
        return self.resolver.ask(*question)


UNHURRIED = math.inf
"""Questions a second for an upstream that need not be spared."""


@dataclass(frozen=True, slots=True)
class CaptureLimits:
    """Seconds and counts that keep a capture from being used against anyone.

    ``patience`` is for one try at one server, ``total`` for one mail. ``per_second`` and ``parallel`` bound what
    leaves this process; ``questions`` what one mail can cause. TTLs bound how long answers are cached.
    """

    patience: float = 2.0
    tries: int = 2
    total: float = 20.0
    per_second: float = 200.0
    parallel: int = 64
    questions: int = 150
    rounds: int = 40
    cached: int = 100_000
    longest_ttl: int = 86_400
    failure_ttl: int = 30


class Row(NamedTuple):
    """One answer used, as ``dns_answers`` keeps it."""

    arrival_id: str
    name: str
    type: str
    rcode: str
    records: list[str]
    ttl: int | None
    asked_at: datetime
    resolver: str


class Captured(NamedTuple):
    """What a capture gives: the result on all answers, and the answers it rests on."""

    authentication: Authentication
    rows: tuple[Row, ...]


class Arriving(NamedTuple):
    """A mail to ask for: its arrival and the connection it came over."""

    arrival_id: str
    message: Message
    ip: str | None
    helo: str | None
    mail_from: str | None
    now: datetime


class _Kept(NamedTuple):
    """An answer in the cache: when it was asked, whom, and until when it may be used (monotonic seconds)."""

    answer: Answer
    asked_at: datetime
    resolver: str
    until: float


def system_servers() -> tuple[Server, ...]:
    """The resolvers this machine is set up to use; () where it names none."""
    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple(Server(str(address), found.port) for address in found.nameservers)


class DnsCapture:
    """Asks for mails, on one event loop; its cache lives as long as it does."""

    def __init__(self, servers: Sequence[Upstream], limits: CaptureLimits = CaptureLimits()) -> None:
        """``servers`` are asked in turn; the first that answers counts."""
        self._servers = tuple(servers)
        self._limits = limits
        self._cache: OrderedDict[Question, _Kept] = OrderedDict()
        self._under_way: dict[Question, asyncio.Task[_Kept]] = {}
        self._parallel = asyncio.Semaphore(limits.parallel)
        self._next_slot = 0.0
        self.asked = 0

    async def capture(self, mail: Arriving) -> Captured:
        """Ask until the verifiers miss nothing; what could not be had in time is kept as TIMEOUT."""
        deadline = time.monotonic() + self._limits.total
        answers = Answers()
        kept: dict[Question, _Kept] = {}
        result = _run(mail, answers, None)
        for _ in range(self._limits.rounds):
            if not answers.missing:
                break
            wanted = list(answers.missing)
            room = self._limits.questions - len(kept)
            found = await asyncio.gather(*(self._ask(question, deadline) for question in wanted[:room]))
            found += [_timeout(question, "") for question in wanted[room:]]
            kept.update(zip(wanted, found, strict=True))
            answers.add(one.answer for one in found)
            result = _run(mail, answers, result)
        return Captured(result, tuple(_row(mail.arrival_id, one) for one in kept.values()))

    async def capture_all(self, mails: Iterable[Arriving], *, at_once: int = 32) -> list[Captured]:
        """The same for many mails, so many at a time; results in the order of the mails."""
        gate = asyncio.Semaphore(at_once)

        async def one(mail: Arriving) -> Captured:
            async with gate:
                return await self.capture(mail)

        return list(await asyncio.gather(*(one(mail) for mail in mails)))

    async def _ask(self, question: Question, deadline: float) -> _Kept:
        """From the cache, from whoever asks the same just now, or from the network."""
        cached = self._cache.get(question)
        if cached is not None and cached.until > time.monotonic():
            self._cache.move_to_end(question)
            return cached
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._query(question))
            self._under_way[question] = task
            task.add_done_callback(lambda _: self._under_way.pop(question, None))
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                return await asyncio.shield(task)
        except TimeoutError:
            return _timeout(question, "")

    async def _query(self, question: Question) -> _Kept:
        """Try each server, each so many times; the last failure stands when none gives an answer that holds."""
        kept = _timeout(question, "")
        async with self._parallel:
            for server in self._servers * self._limits.tries:
                await self._wait_for_slot()
                kept = await self._try(question, server)
                if not kept.answer.failed:
                    break
        self._remember(question, kept)
        return kept

    async def _wait_for_slot(self) -> None:
        """Space the questions out."""
        now = time.monotonic()
        slot = max(now, self._next_slot)
        self._next_slot = slot + 1.0 / self._limits.per_second
        if slot > now:
            await asyncio.sleep(slot - now)

    async def _try(self, question: Question, server: Upstream) -> _Kept:
        """One question to one server."""
        asked_at = datetime.now(UTC)
        self.asked += 1
        answer = await server.ask(question, self._limits.patience)
        if answer.failed:
            seconds = self._limits.failure_ttl
        else:
            seconds = min(answer.ttl or 0, self._limits.longest_ttl)
        return _Kept(answer, asked_at, server.address, time.monotonic() + seconds)

    def _remember(self, question: Question, kept: _Kept) -> None:
        self._cache[question] = kept
        while len(self._cache) > self._limits.cached:
            self._cache.popitem(last=False)


def _run(mail: Arriving, answers: Answers, earlier: Authentication | None) -> Authentication:
    return authenticate(
        mail.message,
        ip=mail.ip,
        helo=mail.helo,
        mail_from=mail.mail_from,
        resolver=answers,
        now=mail.now,
        earlier=earlier,
    )


def _timeout(question: Question, resolver: str) -> _Kept:
    return _Kept(Answer(*question, Rcode.TIMEOUT), datetime.now(UTC), resolver, 0.0)


def _row(arrival_id: str, kept: _Kept) -> Row:
    name, rtype, rcode, records, ttl = kept.answer
    return Row(arrival_id, name, rtype, rcode.value, list(records), ttl, kept.asked_at, kept.resolver)


def _wire_name(name: str) -> dns.name.Name:
    """The name label by label: no character in it means an escape."""
    return dns.name.Name([*(label.encode("ascii") for label in name.split(".")), b""])


def _read(question: Question, response: dns.message.Message) -> Answer:
    """The answer in a response, aliases followed; the smallest TTL on the way."""
    rcode = _RCODES.get(response.rcode(), Rcode.SERVFAIL)
    if rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN) or not isinstance(response, dns.message.QueryMessage):
        return Answer(*question, rcode if rcode is Rcode.REFUSED else Rcode.SERVFAIL)
    if response.flags & dns.flags.TC:
        return Answer(*question, Rcode.MALFORMED)
    chain = response.resolve_chaining()
    ttl = min(int(chain.minimum_ttl), 2**31 - 1)
    if chain.answer is None:
        return Answer(*question, rcode, (), ttl)
    records = sorted(_text(record) for record in chain.answer)
    return Answer(*question, rcode, tuple(records[:_RECORDS_CAP]), ttl)


def _text(record: Any) -> str:
    """A record as ``Answer`` writes it."""
    match record.rdtype:
        case dns.rdatatype.TXT:
            return b"".join(record.strings).decode("iso-8859-1")
        case dns.rdatatype.MX:
            return f"{record.preference} {_host(record.exchange)}"
        case dns.rdatatype.PTR:
            return _host(record.target)
        case _:
            return str(record.address)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
