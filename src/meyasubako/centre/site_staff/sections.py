"""The sections of the staff site in the order of the navigation. A new one: its ``SECTION``, and a line here."""

from __future__ import annotations

from meyasubako.centre.site_staff.auditing.section import SECTION as AUDITING
from meyasubako.centre.site_staff.people.section import ACCOUNTS, ORGANISATIONS
from meyasubako.centre.site_staff.section import Section

SECTIONS: tuple[Section, ...] = (
    ACCOUNTS,
    ORGANISATIONS,
    AUDITING,
)
