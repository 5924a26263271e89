"""observe(mail, envelope, context) -> Observation: the five pure rooms put together, and nothing else.

Pure in what goes in: the mail, how it came, the answers DNS gave at receipt, geography, trust and law. The same
input gives the same row on every machine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import cython

from meyasubako.analysis.context import Context
from meyasubako.analysis.schema import FoundRow, Observation
from meyasubako.analysis.types import Envelope
from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.law.day import day_of_law
from meyasubako.law.judge import judge
from meyasubako.law.types import Facts, Finding, Forged
from meyasubako.mail.language import language_of
from meyasubako.mail.types import Defect, Message
from meyasubako.origin.boundary import find_origin
from meyasubako.origin.dynamic import dynamic_pool
from meyasubako.origin.types import Network, Origin, Place
from meyasubako.sender import Answers, Authentication, Forgery, Verdict, authenticate, forged, is_relayed

new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""
NOWHERE = Place(None, None, None)
NO_NETWORK = Network(None, None)
NO_EVIDENCE = "evidence-missing"
ERASED = "erased"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NINE_HOURS = timedelta(hours=9) // MICROSECOND
DAY = timedelta(days=1) // MICROSECOND


def microseconds(moment: datetime | None) -> int | None:
    """Whole microseconds since 1970-01-01 UTC; None for None."""
    if moment is None:
        return None
    past = moment - EPOCH
    days: cython.longlong = past.days
    seconds: cython.longlong = past.seconds
    rest: cython.longlong = past.microseconds
    return (days * 86_400 + seconds) * 1_000_000 + rest


class Day(NamedTuple):
    """A day and how it is written: YYYY-MM-DD."""

    date: date
    written: str


def day_in_japan(received_at: int) -> Day:
    """The day at +09:00 of a time in microseconds since 1970."""
    return _day((received_at + NINE_HOURS) // DAY)


@lru_cache(maxsize=8192)
def _day(number: int) -> Day:
    found = date.fromordinal(EPOCH.toordinal() + number)
    return Day(found, found.isoformat())


def find_mail_origin(mail: Message, envelope: Envelope, context: Context) -> Origin:
    """Where the mail came from, seen from the receiver that took it."""
    return find_origin(
        mail.received,
        fields=mail.fields,
        trust=context.trust,
        client_ip=envelope.client_ip,
        client_helo=envelope.helo,
    )


class SenderSeen(NamedTuple):
    """What is known of the sender: SPF, DKIM, DMARC and ARC on kept answers, and whether its information was forged."""

    authentication: Authentication
    forgery: Forgery


def see_sender(
    mail: Message, envelope: Envelope, origin: Origin, answers: Answers | None
) -> SenderSeen | None:
    """Authenticate on the answers that were kept; None where the DNS was not asked at receipt.

    The connection is the one over the trust boundary. Where no receiver of ours took the mail, Return-Path is the
    reverse-path (RFC 5321 section 4.4): the last receiver writes it.
    """
    if answers is None:
        return None
    helo = envelope.helo or origin.helo
    seen = authenticate(
        mail,
        ip=origin.ip,
        helo=helo,
        mail_from=envelope.envelope_from if envelope.envelope_from is not None else return_path(mail),
        resolver=answers,
        now=envelope.received_at,
    )
    forgery = forged(
        seen,
        ip=origin.ip,
        helo=helo,
        chain_impossible=origin.forged,
        chain_reason=origin.reason,
        relayed=is_relayed(mail),
    )
    return SenderSeen(seen, forgery)


def return_path(mail: Message) -> str | None:
    """The reverse-path that the last receiver wrote, "" for the null path; None where there is no such field."""
    for value in mail.values("return-path"):
        return value.decode("ascii", "replace").strip().removeprefix("<").removesuffix(">")
    return None


def as_fact(seen: SenderSeen | None, origin: Origin) -> Forged | None:
    """The verdict on forged sender information as the law's checks take it; None where nothing was looked at."""
    if seen is None:
        return Forged("likely", ("received-chain-impossible",)) if origin.forged else None
    verdicts = {seen.forgery.address, seen.forgery.equipment}
    grounds = tuple(ground.code.value for ground in seen.forgery.grounds)
    if Verdict.FORGED in verdicts:
        return Forged("forged", grounds)
    if Verdict.SUSPECT in verdicts:
        return Forged("likely", grounds)
    return Forged("not forged" if verdicts == {Verdict.GENUINE} else "unknown", grounds)


def judge_mail(
    mail: Message, envelope: Envelope, context: Context, forged_fact: Forged | None
) -> tuple[date, str, tuple[Finding, ...]]:
    """The day whose law applies, where that day came from, and what each check found."""
    day, source = day_of_law(mail.date, envelope.received_at)
    version = context.law.on(day)
    if version is None:
        return day, source, ()
    return day, source, judge(mail, _facts(envelope.channel, forged_fact), version)


@lru_cache(maxsize=1024)
def _facts(channel: str, forged_fact: Forged | None) -> Facts:
    """What is known from outside the mail. When it was sent only orders it after an opt-out, and none is known here."""
    return Facts(channel=channel, forged=forged_fact)


class SenderColumns(NamedTuple):
    """The columns that speak of the sender."""

    auth_spf: str | None
    auth_dkim: str | None
    auth_dmarc: str | None
    auth_arc: str | None
    auth_reason: str
    forged_address: str | None
    forged_equipment: str | None
    forged_grounds: str | None


NOT_ASKED = SenderColumns(None, None, None, None, "dns-not-asked", None, None, None)


def sender_columns(seen: SenderSeen | None) -> SenderColumns:
    """What is stored of what is known of the sender."""
    if seen is None:
        return NOT_ASKED
    best = seen.authentication.dkim_best
    return SenderColumns(
        seen.authentication.spf.status.value,
        best.status.value if best is not None else "none",
        seen.authentication.dmarc.status.value,
        seen.authentication.arc.status.value,
        "dns-incomplete" if seen.authentication.unasked else "dns-captured",
        seen.forgery.address.value,
        seen.forgery.equipment.value,
        " ".join(ground.code.value for ground in seen.forgery.grounds),
    )


_KEPT: dict[int, tuple[Finding, FoundRow]] = {}
"""Rows of findings without spans, which the law makes once and gives for many mails, by the identity of the finding: to
hash its sentences would cost more than to make the row. The finding is held, so that no other can have its identity."""
MOST_KEPT = 4096


def stored(finding: Finding) -> FoundRow:
    """A finding without its sentences, spans as ``where:start-end`` joined by blanks."""
    kept = _KEPT.get(id(finding))
    if kept is not None:
        return kept[1]
    check, article, version, verdict, certainty, _, _, spans = finding
    places = " ".join([f"{where}:{start}-{end}" for where, start, end in spans])
    # ``_value_`` is what ``value`` looks up, for every enum of every finding.
    row: FoundRow = new(FoundRow, (check, article, version, verdict._value_, certainty._value_, places))
    if not spans:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[id(finding)] = finding, row
    return row


def observe(
    mail: Message,
    envelope: Envelope,
    context: Context,
    answers: Answers | None = None,
    *,
    origin: Origin | None = None,
) -> Observation:
    """What one arrival shows, with the DNS ``answers`` kept at its receipt (None: not asked).

    ``origin`` is what ``find_mail_origin`` says of it, where somebody needed that before. Raises nothing for bad
    mail: its defects are part of the answer.
    """
    if origin is None:
        origin = find_mail_origin(mail, envelope, context)
    seen = see_sender(mail, envelope, origin, answers)
    judged = judge_mail(mail, envelope, context, as_fact(seen, origin))
    language = language_of(mail.text or mail.subject or "")
    return as_row(mail, envelope, context, origin, seen, judged, language, fingerprint(mail.text))


def as_row(
    mail: Message,
    envelope: Envelope,
    context: Context,
    origin: Origin,
    seen: SenderSeen | None,
    judged: tuple[date, str, tuple[Finding, ...]],
    language: str | None,
    sketch: bytes,
) -> Observation:
    """What was seen, put together: the row of an arrival whose mail could be looked at."""
    received_at = microseconds(envelope.received_at) or 0
    day = day_in_japan(received_at)
    place = context.geography.country(origin.ip, day.date) if origin.ip else NOWHERE
    network = context.geography.network(origin.ip, day.date) if origin.ip else NO_NETWORK
    law_day, law_day_source, findings = judged
    sender = mail.from_
    # In the order of Observation, as a test holds: by their names half a hundred values take four times as long.
    return new(
        Observation,
        (
            envelope.arrival_id,
            context.spec.generation,
            envelope.sha256,
            received_at,
            day.written,
            envelope.month,
            envelope.channel,
            envelope.monitor,
            envelope.monitor_class,
            envelope.carrier,
            envelope.report_id,
            False,
            len(mail.raw),
            origin.ip,
            origin.helo,
            origin.rdns,
            origin.by,
            origin.hop,
            origin.confidence,
            origin.reason,
            origin.claimed,
            origin.forged,
            place.country,
            place.data_date.isoformat() if place.data_date else None,
            place.distance_days,
            network.asn,
            network.name,
            sender.address if sender else None,
            sender.name if sender else None,
            sender.domain if sender else None,
            mail.subject,
            mail.message_id,
            microseconds(mail.date),
            language,
            mail.charset,
            mail.links,
            mail.attachments,
            *sender_columns(seen),
            dynamic_pool(origin, context.trust).value,
            day.written if law_day == day.date else law_day.isoformat(),
            law_day_source,
            tuple([stored(finding) for finding in findings]),
            None,
            sketch or None,
            mail.defects,
            context.analysis_version,
        ),
    )


def observe_nothing(envelope: Envelope, context: Context, size: int, defect: Defect) -> Observation:
    """The row of an arrival whose mail could not be looked at: what the envelope says, and why there is no more."""
    received_at = microseconds(envelope.received_at) or 0
    known: dict[str, object] = {
        "generation": context.spec.generation,
        "received_at": received_at,
        "day": day_in_japan(received_at).written,
        "first_of_bytes": False,
        "size": size,
        "origin_reason": defect.code,
        "origin_confidence": 0.0,
        "origin_forged": False,
        "links": (),
        "attachments": (),
        "findings": (),
        "defects": (defect,),
        "analysis_version": context.analysis_version,
    }
    said = envelope._asdict()
    return Observation._make(known.get(name, said.get(name)) for name in Observation._fields)
