"""Reports by the API: each mail of a request is looked at, what is mail is taken, and each gets its own result.

The mails are the ones complained of, as they lie in the mailbox; a report that wraps them (ARF) goes to the report
address. Taken means that the report and its mails are in the database, synced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from meyasubako.centre.api.answers import Answer
from meyasubako.centre.api.bodies import LARGEST_MAIL, Body, Item
from meyasubako.centre.api.links import link_of
from meyasubako.centre.api.models import SentReport
from meyasubako.centre.api.problems import Refusal
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.services import viewer_of
from meyasubako.centre.reports.domain.kinds import ASKED, Channel, Kind
from meyasubako.centre.reports.selectors import tracking
from meyasubako.centre.reports.services import UnknownLinkError, report_receive
from meyasubako.centre.reports.types import Receipt, Reporter, Submission, SubmittedMail
from meyasubako.receivers.kinds import HEAD_BYTES, after_from_line, recognise
from meyasubako.receivers.kinds import Kind as Content

KINDS = tuple(kind.value for kind in (*ASKED, Kind.UNSORTED) if kind is not Kind.SMS)
FIELDS = ("kind", "language", "reporter_address")
LARGEST_REPORT = 64 * 1024 * 1024

REASONS = {
    "too-large": (
        f"The mail has more than {LARGEST_MAIL // 1024 // 1024} MB.",
        f"メールが{LARGEST_MAIL // 1024 // 1024}MBを超えています。",
    ),
    "report-full": (
        "The mails of one report have 64 MB at most together.",
        "1件の情報提供に含められるメールは合計64MBまでです。",
    ),
    "malformed": ("The item is no object with content.", "content を持つオブジェクトではありません。"),
    "not-base64": ("The content is no base64.", "content が base64 ではありません。"),
    "empty": ("The mail is empty.", "メールが空です。"),
    "not-mail": ("The bytes do not begin as a mail does.", "メールのヘッダーで始まっていません。"),
}


class Said(NamedTuple):
    """What a request says about all of its mails."""

    kind: Kind
    language: str
    reporter: Reporter | None
    site: str


class Looked(NamedTuple):
    """A mail that was looked at: its bytes, their digest, and why it is not taken (a code)."""

    item: Item
    raw: bytes
    sha256: str
    refused: str


def said_of(body: Body, site: str) -> Said:
    """The plain fields of a request. Raises Refusal."""
    fields = body.fields
    strange = sorted(set(fields) - set(FIELDS))
    if strange:
        raise Refusal("invalid", errors=[{"field": name[:80], "code": "unknown"} for name in strange[:10]])
    kind, language = fields.get("kind", "unsorted"), fields.get("language", "ja")
    address = fields.get("reporter_address", "")
    errors = []
    if kind not in KINDS:
        errors.append({"field": "kind", "code": "unknown", "known": list(KINDS)})
    if language not in ("ja", "en"):
        errors.append({"field": "language", "code": "unknown", "known": ["ja", "en"]})
    if not isinstance(address, str) or len(address) > 320 or not address.isprintable():
        errors.append({"field": "reporter_address", "code": "malformed"})
    if errors:
        raise Refusal("invalid", errors=errors)
    reporter = Reporter(address=address.strip()) if address.strip() else None
    return Said(Kind(kind), language, reporter, site)


def report_send(key: ApiKey, body: Body, said: Said, once: str, now: datetime) -> Answer:
    """All mails of a request as one report. Raises Refusal where none of them is a mail."""
    results: list[dict[str, Any]] = []
    mails: list[SubmittedMail] = []
    seen: set[str] = set()
    total = 0
    for looked in _looked_at(body):
        refused = looked.refused
        if not refused and looked.sha256 not in seen:
            total += len(looked.raw)
            if total > LARGEST_REPORT:
                refused = "report-full"
        result = _result(looked, refused, again=looked.sha256 in seen)
        results.append(result)
        if result["status"] == "taken":
            seen.add(looked.sha256)
            mails.append(SubmittedMail(looked.raw, how="api:eml"))
    if not mails:
        raise Refusal("no-mail", errors=results)
    receipt = _taken(key, _submission(said, once, tuple(mails)), now)
    told = {
        "number": receipt.number,
        "link": link_of(receipt, "report-track", site=said.site, language=said.language),
    }
    results = [{**one, **(told if one["status"] == "taken" else {})} for one in results]
    return Answer(
        201, {**told, "received_at": _time(receipt.received_at), **_counts(results), "mails": results}
    )


def batch_send(key: ApiKey, body: Body, said: Said, once: str, now: datetime) -> Answer:
    """Every mail of a request as a report of its own. Raises Refusal where none of them is a mail."""
    results: list[dict[str, Any]] = []
    first: dict[str, dict[str, Any]] = {}
    for looked in _looked_at(body):
        earlier = first.get(looked.sha256)
        result = _result(looked, looked.refused, again=earlier is not None)
        if result["status"] == "again" and earlier is not None:
            result |= {"number": earlier["number"], "link": earlier["link"]}
        elif result["status"] == "taken":
            mail = SubmittedMail(looked.raw, how="api:eml")
            receipt = _taken(key, _submission(said, f"{once}:{looked.item.place}", (mail,)), now)
            result |= {
                "number": receipt.number,
                "link": link_of(receipt, "report-track", site=said.site, language=said.language),
            }
            first[looked.sha256] = result
        results.append(result)
    if not first:
        raise Refusal("no-mail", errors=results)
    return Answer(200, {**_counts(results), "mails": results})


def report_status(key: ApiKey, number: str) -> dict[str, Any]:
    """What became of a report that the key's organisation sent. Raises Refusal."""
    sent = SentReport.objects.filter(
        organisation_id=key.organisation_id, number=number.strip().upper()
    ).first()
    if sent is None:
        raise Refusal("not-found")
    try:
        seen = tracking(sent.secret)
    except UnknownLinkError as error:
        raise Refusal("not-found", "The report was erased.") from error
    return {
        "number": seen.number,
        "kind": seen.kind,
        "state": seen.state,
        "received_at": _time(seen.received_at),
        "mails": seen.mails,
        "delivered": seen.delivered,
        "steps": [
            {"at": _time(step.at), "action": step.action, "state": step.state, "reason": step.reason}
            for step in seen.steps
        ],
        "outcomes": [
            {"at": _time(one.at), "outcome": one.outcome, "reference": one.reference} for one in seen.outcomes
        ],
    }


def _looked_at(body: Body) -> Iterator[Looked]:
    for item in body.items():
        if item.refused:
            yield Looked(item, b"", "", item.refused)
            continue
        raw = item.raw
        head = raw[:HEAD_BYTES]
        content = recognise(head)
        if (
            content is Content.MBOX
        ):  # a mail as mbox tools save it: the line before the header is not the mail's
            raw = raw[after_from_line(head) :]
        refused = "" if content in (Content.MAIL, Content.MBOX) else "not-mail" if raw else "empty"
        yield Looked(item, raw, hashlib.sha256(raw).hexdigest() if raw else "", refused)


def _result(looked: Looked, refused: str, *, again: bool) -> dict[str, Any]:
    item = looked.item
    status = "refused" if refused else "again" if again else "taken"
    en, ja = REASONS.get(refused, (None, None))
    return {
        "index": item.place,
        "name": item.name,
        "status": status,
        "code": refused or None,
        "title": en,
        "title_ja": ja,
        "size": len(looked.raw),
        "sha256": looked.sha256 or None,
        "number": None,
        "link": None,
    }


def _submission(said: Said, once: str, mails: tuple[SubmittedMail, ...]) -> Submission:
    return Submission(
        channel=Channel.API,
        kind=said.kind,
        key=once,
        mails=mails,
        reporter=said.reporter,
        language=said.language,
    )


def _taken(key: ApiKey, submission: Submission, now: datetime) -> Receipt:
    """Take one report, and keep by what its sender may ask for it."""
    with transaction.atomic():
        receipt = report_receive(submission=submission, by=viewer_of(key), now=now)
        if receipt.secret is not None:
            SentReport.objects.get_or_create(
                number=receipt.number,
                defaults={
                    "organisation_id": key.organisation_id,
                    "key": key,
                    "secret": receipt.secret,
                    "sent_at": now,
                },
            )
    return receipt


def _counts(results: list[dict[str, Any]]) -> dict[str, int]:
    statuses = [one["status"] for one in results]
    return {status: statuses.count(status) for status in ("taken", "again", "refused")}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
