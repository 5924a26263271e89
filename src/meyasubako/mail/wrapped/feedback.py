"""ARF: feedback reports of mail providers (RFC 5965), failure reports (RFC 6591), by the usage of RFC 6650.

The third part is the mail, whole or its header alone. What the second part should say and does not is taken from
that mail and kept apart as derived. A report that its mail is wanted (RFC 6430) is nobody's complaint.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from meyasubako.mail.parse import HeaderBlock, read_header_block
from meyasubako.mail.types import Limits
from meyasubako.mail.wrapped.attached import attached_mail
from meyasubako.mail.wrapped.machine import field_text, read_block
from meyasubako.mail.wrapped.parts import Contents
from meyasubako.mail.wrapped.types import Unwrapped, WrappedMail

_REPORT = "message/feedback-report"
_LOOK = Limits(header_bytes=256 * 1024, header_fields=1_000)
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10")
)  # fmt: skip
"""RFC 1918, RFC 6598, loopback, link-local and what is no host's."""
_MASKS = (b"redacted", b"hidden", b"<x>", b"xxx@", b"undisclosed")


def read_feedback(contents: Contents) -> Unwrapped | None:
    """The report and its mails; None where there is no ARF part."""
    report = next((leaf for leaf in contents.leaves if leaf.type == _REPORT), None)
    if report is None:
        return None
    data = contents.of(report)
    reported = read_block(data) if data is not None else {}
    if reported.get("feedback-type", "").strip().lower() == "not-spam":  # RFC 6430
        return Unwrapped("none", reason="arf-not-spam", reported=reported)
    mails = contents.mails(attached_mail)
    if not mails:
        return Unwrapped("none", reason="arf-without-mail", reported=reported, lost=tuple(contents.lost))
    if _is_masked(mails[0].raw):
        contents.lost["redacted"] = None
    derived = derived_from(mails[0].raw, reported)
    how = tuple(WrappedMail(mail.raw, "arf", mail.derived, mail.lost) for mail in mails)
    return Unwrapped("arf", how, reported=reported, derived=derived, lost=tuple(contents.lost))


def derived_from(raw: bytes, reported: Mapping[str, str]) -> dict[str, str]:
    """The fields of RFC 5965 section 3 that a report left out and its mail says."""
    block = read_header_block(raw, _LOOK)
    first: dict[str, str] = {}
    for field in block.fields:
        first.setdefault(field.name.lower(), field_text(field.value))
    candidates = {
        "source-ip": _source_ip(block),
        "arrival-date": _arrival_date(block),
        "original-mail-from": first.get("return-path", ""),
        "original-rcpt-to": _recipient(block, first),
        "reported-domain": _domain(first.get("from", "")),
    }
    return {name: value for name, value in candidates.items() if value and name not in reported}


def _source_ip(block: HeaderBlock) -> str:
    """The address that handed the mail over to the reporter's system: of the newest hop from outside."""
    for hop in block.received[:20]:
        if hop.ip is not None and not _is_inside(hop.ip):
            return hop.ip
    return ""


def _is_inside(ip: str) -> bool:
    """Whether an address cannot be anybody's outside the reporter's own network."""
    address = ipaddress.ip_address(ip)
    return any(address.version == network.version and address in network for network in _INSIDE)


def _arrival_date(block: HeaderBlock) -> str:
    moments = [hop.date for hop in block.received[:1] if hop.date is not None]
    moment = moments[0] if moments else block.date
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else ""


def _recipient(block: HeaderBlock, first: Mapping[str, str]) -> str:
    for name in ("x-original-to", "delivered-to", "envelope-to", "x-hmxmroriginalrecipient"):
        if name in first:
            return first[name]
    return next((hop.for_ for hop in block.received[:20] if hop.for_), "")


def _domain(from_: str) -> str:
    address = from_.rpartition("<")[2].partition(">")[0]
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


def _is_masked(raw: bytes) -> bool:
    """Whether the reporter's system took addresses out (RFC 6590)."""
    head = raw[:8_192].lower()
    return any(mask in head for mask in _MASKS)
