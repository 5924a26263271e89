"""The checks: one a file, and the file's name is the check's name in findings, in law files and in the docs.

A check is a pure function ``check(matter, rule) -> Finding | None``; None means that the check has nothing to say
about such a mail (no opt-out is on record, say), never that all is well.
"""

from __future__ import annotations

from collections.abc import Callable

from meyasubako.law.checks import (
    advertising,
    consent,
    fictitious_address,
    forged_sender,
    incidental,
    label_contact,
    label_name,
    label_opt_out,
    label_opt_out_notice,
    label_postal_address,
    label_sender_address,
    sent_after_opt_out,
    subject_marker,
)
from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding

Check = Callable[[Matter, Rule], Finding | None]

CHECKS: dict[str, Check] = {
    "advertising": advertising.check,
    "incidental": incidental.check,
    "consent": consent.check,
    "sent_after_opt_out": sent_after_opt_out.check,
    "subject_marker": subject_marker.check,
    "label_name": label_name.check,
    "label_opt_out": label_opt_out.check,
    "label_opt_out_notice": label_opt_out_notice.check,
    "label_postal_address": label_postal_address.check,
    "label_contact": label_contact.check,
    "label_sender_address": label_sender_address.check,
    "forged_sender": forged_sender.check,
    "fictitious_address": fictitious_address.check,
}
"""Every check by name, in the order in which findings stand."""
