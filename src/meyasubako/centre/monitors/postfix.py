"""A line of a Postfix log that says a recipient was unknown, taken apart. Pure: the clock's zone and end are given.

Read are refusals of smtpd and postscreen, with a queue id or ``NOQUEUE``, whose reason is that there is no such mailbox:
the status 5.1.1 (RFC 3463 section 3.2) whatever the words, as ``unverified_recipient_reject_reason`` is the operator's
own; or that the address stands in no table of the server (virtual, relay, local). Times are those of syslog (no year, no
zone) or ISO 8601, with or without the priority of RFC 5424 in front.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from meyasubako.receivers.unknown import Attempt

MARK = b": Recipient address rejected: "
LONGEST_LINE = 16 * 1024
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_HEAD = re.compile(
    r"(?:<\d{1,3}>(?:1 )?)?"
    r"(?:(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d))"
    r" (?P<rest>.*)\Z",
    re.DOTALL,
)
_PROCESS = re.compile(r"postfix[a-z0-9_.-]{0,40}/(?:[a-z0-9_.-]{1,40}/)?(?:smtpd|postscreen)\b")
_REJECT = re.compile(
    r"reject: RCPT from (?P<host>[^\[\s]{0,255})\[(?P<ip>[^\]\s]{1,64})\](?::\d{1,5})?: "
    r"[45]\d\d(?: (?P<status>[45]\.\d{1,3}\.\d{1,3}))? <(?P<to>[^>]{1,320})>: Recipient address rejected: "
    r"(?P<unlisted>User unknown in (?:virtual|relay|local) (?:mailbox|alias|recipient) table)?"
)
_NO_MAILBOX = "5.1.1"
_FROM = re.compile(r" from=<([^>]{0,320})>")
_HELO = re.compile(r" helo=<([^>]{0,255})>")


class Clock(NamedTuple):
    """How times without a year or a zone are read: the zone, and the moment after which nothing was written."""

    zone: tzinfo
    until: datetime

    def moment(self, found: re.Match[str]) -> datetime | None:
        """When the line was written (UTC); None for a time that cannot be."""
        if found["iso"] is not None:
            try:
                moment = datetime.fromisoformat(found["iso"])
            except ValueError:
                return None
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)).astimezone(UTC)
        if found["month"] not in MONTHS:
            return None
        month, day = MONTHS.index(found["month"]) + 1, int(found["day"])
        latest = self.until + timedelta(days=1)
        # The year is the newest in which the line was written before the end: 29 February may be four years back,
        # or eight around a year like 2100.
        for year in range(latest.astimezone(self.zone).year, latest.year - 9, -1):
            try:
                moment = datetime(
                    year,
                    month,
                    day,
                    int(found["hour"]),
                    int(found["minute"]),
                    min(int(found["second"]), 59),
                    tzinfo=self.zone,
                )
            except ValueError:
                continue
            if moment <= latest:
                return moment.astimezone(UTC)
        return None


def attempt_in(line: bytes, clock: Clock) -> Attempt | None:
    """The attempt that a line tells of, with the beginning of its hour; None where it tells of none."""
    if MARK not in line or len(line) > LONGEST_LINE:
        return None
    head = _HEAD.match(line.decode("utf-8", "replace").rstrip("\r\n"))
    if head is None:
        return None
    rest = head["rest"]
    reject = _REJECT.search(rest)
    if reject is None or (reject["unlisted"] is None and reject["status"] != _NO_MAILBOX):
        return None
    if _PROCESS.search(rest, 0, reject.start()) is None:
        return None
    moment = clock.moment(head)
    local, at, domain = reject["to"].lower().rpartition("@")
    if moment is None or not at or not domain:
        return None
    behind = rest[reject.end() :]
    sender, helo = _FROM.search(behind), _HELO.search(behind)
    return Attempt(
        hour=moment.replace(minute=0, second=0, microsecond=0),
        client_ip=None if reject["ip"] == "unknown" else reject["ip"],
        helo=helo[1] if helo else None,
        from_domain=(sender[1].rpartition("@")[2].lower() or None) if sender else None,
        domain=domain,
        local_part=local or None,
    )
