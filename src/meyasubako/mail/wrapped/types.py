"""What a report turns out to hold once it has been taken apart: frozen values, no behaviour.

A report is a mail about mail. What is reported is never the outer mail, which carries the reporter, but the
mails wrapped in it. What the report itself does not say but its mail does is ``derived``; what the way of
wrapping threw away is ``lost``, in the words of ``reasons.LOST``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["arf", "xarf", "attached", "msg", "inline", "bounce", "none"]
"""How the mails came: ARF (RFC 5965), X-ARF, attached files, Outlook's .msg, quoted in the text; a bounce; not."""


@dataclass(frozen=True, slots=True)
class WrapLimits:
    """Caps for hostile reports. What lies beyond a cap is left out, and ``lost`` names it.

    ``mails`` in one report, ``depth`` of reports in reports, ``mail_bytes`` of one mail, ``total_bytes`` of all
    mails of a report together.
    """

    mails: int = 200
    depth: int = 6
    mail_bytes: int = 50 * 1024 * 1024
    total_bytes: int = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrappedMail:
    """One mail that was found in a report.

    ``raw`` is the mail: byte for byte where it was attached whole, else put together again, always the same
    way. ``how`` says how it was wrapped (``message/rfc822``, ``file:eml``, ``message/rfc822-headers``, ``arf``,
    ``xarf``, ``msg``, ``tnef``, ``inline:gmail`` ...). ``derived`` names fields of ``raw`` that were concluded, not copied,
    each with what was concluded (``date`` -> ``+0900 assumed``). ``lost`` are codes of ``reasons.LOST``.
    """

    raw: bytes
    how: str
    derived: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What a mail to the report address holds.

    ``kind`` "none" means that nothing can be filed without a person: ``reason`` (a code of ``reasons.REASONS``)
    says why. A "bounce" is filed as such; its ``reason`` is ``bounce`` too. For all other kinds ``reason`` is "".
    ``reported`` are the machine-readable fields of the report in lower case (``feedback-type``, ``source-ip``,
    ``status``, ``final-recipient`` ...), as it says them. ``derived`` are those it left out and one of its mails
    says. ``returned`` are the mails a bounce sent back: they are nobody's report. ``lost`` are codes of
    ``reasons.LOST`` about the report as a whole.
    """

    kind: Kind
    mails: tuple[WrappedMail, ...] = ()
    reason: str = ""
    reported: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    returned: tuple[WrappedMail, ...] = ()
