"""The words for kinds, states, outcomes and reasons, as the reporter reads them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports.domain.kinds import Kind


class Choice(NamedTuple):
    """A kind of violation: its name, what it means, and whether it is about an SMS."""

    kind: Kind
    name: Any
    meaning: Any


CHOICES = (
    Choice(
        Kind.NO_CONSENT,
        _("Advertising I did not ask for"),
        _("It came without my consent (Article 3)."),
    ),
    Choice(
        Kind.AFTER_OPT_OUT,
        _("Sent after I refused"),
        _("I told the sender to stop, and it came again (Article 3)."),
    ),
    Choice(
        Kind.LABELS,
        _("Labels missing"),
        _("No name, no address, or no way to refuse is shown (Article 4)."),
    ),
    Choice(
        Kind.FORGED_SENDER,
        _("Forged sender"),
        _("Somebody else's name or address was used (Article 5)."),
    ),
    Choice(Kind.SMS, _("SMS"), _("A message to my telephone number.")),
    Choice(Kind.OTHER, _("Something else"), _("Fraud, viruses, or I do not know which.")),
)
KIND_NAMES: dict[str, Any] = {
    **{choice.kind.value: choice.name for choice in CHOICES},
    "unsorted": _("Report by mail"),
}
STATES: dict[str, tuple[Any, Any]] = {
    "received": (_("Received"), _("Your report lies safely with us and will be looked at.")),
    "held": (_("An officer will look at it"), _("No mail could be taken out of it by itself.")),
    "taken": (_("Taken"), _("Your report is part of what we analyse and count.")),
    "closed": (_("Closed"), _("Nothing more will be done with this report.")),
    "withdrawn": (_("Taken back"), _("You took this report back. It is not used any more.")),
}
STEPS: dict[str, Any] = {
    "file": _("taken"),
    "hold": _("put aside for an officer"),
    "rerun": _("looked at again"),
    "refile": _("taken by an officer"),
    "close": _("closed"),
    "reopen": _("opened again"),
    "lapse": _("closed, as what you sent has been deleted in time"),
    "withdraw": _("taken back by you"),
}
OUTCOMES: dict[str, Any] = {
    "joined": _("joined to a campaign of the same mail"),
    "used": _("used in an investigation"),
    "acted": _("action was taken"),
}
ERASURES: dict[str, Any] = {
    "requested": _("The mail you sent us is in evidence; a supervisor decides whether it can be erased."),
    "done": _("The mail you sent us has been erased from evidence."),
    "refused": _("The mail you sent us must be kept as evidence for now."),
}
