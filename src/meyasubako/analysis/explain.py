"""One mail explained: the JSON contract of ``meyasu explain``, made of what ``observe`` sees and how it came to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from meyasubako.analysis.context import Context
from meyasubako.analysis.observe import as_fact, find_mail_origin, judge_mail, observe, see_sender
from meyasubako.analysis.types import Envelope
from meyasubako.mail.types import Message, Received
from meyasubako.sender import Answers, claims


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, None for None."""
    return None if moment is None else moment.isoformat()


def hop(received: Received) -> dict[str, Any]:
    """One Received field, null where it says nothing."""
    return {
        "ip": received.ip,
        "helo": received.helo,
        "rdns": received.rdns,
        "by": received.by,
        "with": received.with_,
        "id": received.id,
        "for": received.for_,
        "date": iso(received.date),
        "tls": received.tls,
    }


def explain(
    mail: Message, envelope: Envelope, context: Context, path: str, answers: Answers | None = None
) -> dict[str, Any]:
    """Everything seen in one mail, as plain values that JSON can hold."""
    row = observe(mail, envelope, context, answers)
    origin = find_mail_origin(mail, envelope, context)
    law_day, law_day_source, findings = judge_mail(
        mail, envelope, context, as_fact(see_sender(mail, envelope, origin, answers), origin)
    )
    return {
        "path": path,
        "sha256": envelope.sha256,
        "size": row.size,
        "received_at": iso(envelope.received_at),
        "received_at_source": envelope.received_at_source,
        "from": {"address": row.from_address, "name": row.from_name, "domain": row.from_domain},
        "subject": mail.subject,
        "date": iso(mail.date),
        "message_id": mail.message_id,
        "received": [hop(received) for received in mail.received],
        "origin": {
            "ip": origin.ip,
            "country": row.country,
            "asn": row.asn,
            "network": row.network,
            "confidence": origin.confidence,
            "reason": origin.reason,
            "by": origin.by,
            "hop": origin.hop,
            "forged": origin.forged,
            "claimed": origin.claimed,
            "dynamic_pool": row.dynamic_pool,
            "country_data_date": row.country_data_date,
            "country_distance_days": row.country_distance_days,
            "steps": [step._asdict() for step in origin.steps],
        },
        "language": row.language,
        "charset": mail.charset,
        "links": [
            {"url": link.url, "domain": link.domain, "text": link.text, "mismatch": link.mismatch}
            for link in mail.links
        ],
        "attachments": [attachment._asdict() for attachment in mail.attachments],
        "addresses": list(mail.addresses),
        "phones": list(mail.phones),
        "auth": {
            "spf": row.auth_spf,
            "dkim": row.auth_dkim,
            "dmarc": row.auth_dmarc,
            "arc": row.auth_arc,
            "reason": row.auth_reason,
            "claims": [claim._asdict() for claim in claims(mail.fields)],
        },
        "forged": {
            "address": row.forged_address,
            "equipment": row.forged_equipment,
            "grounds": row.forged_grounds,
        },
        "law_day": law_day.isoformat(),
        "law_day_source": law_day_source,
        "findings": [finding.as_json() for finding in findings],
        "category": row.category,
        "fingerprint": row.fingerprint.hex() if row.fingerprint else None,
        "text": mail.text,
        "defects": [defect._asdict() for defect in mail.defects],
        "analysis_version": row.analysis_version,
        "day": row.day,
    }
