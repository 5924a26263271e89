"""Who asks: the value that every selector and service of the centre takes, and the kinds of organisations.

No model is imported here, so that lower parts and pure code may use these names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ORGANISATION_KINDS = ("centre", "mic", "caa", "carrier", "sender", "partner")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account (None for a key of the API and for a step) and the organisation in whose name it acts."""

    account_id: int | None
    organisation_id: int
    organisation_kind: str
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_system(self) -> bool:
        """Whether this is a step that runs by itself, which acts for the installation as a whole."""
        return self.account_id is None and self.organisation_id == SYSTEM_ORGANISATION

    @property
    def by_account(self) -> int | None:
        """The account for the audit event; None for a step or a key."""
        return self.account_id

    @property
    def by_organisation(self) -> int | None:
        """The organisation for the audit event; None for a step."""
        return None if self.is_system else self.organisation_id


SYSTEM_ORGANISATION = 0
SYSTEM = Viewer(account_id=None, organisation_id=SYSTEM_ORGANISATION, organisation_kind="centre")
