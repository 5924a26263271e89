"""The sections of the staff site in the order of the navigation. A new one: its ``SECTION``, and a line here."""

from __future__ import annotations

from meyasubako.centre.site_staff.auditing.section import SECTION as AUDITING
from meyasubako.centre.site_staff.mails.section import SECTION as MAILS
from meyasubako.centre.site_staff.monitoring.section import KEYS, MONITORS, UNKNOWN
from meyasubako.centre.site_staff.people.section import ACCOUNTS, ORGANISATIONS
from meyasubako.centre.site_staff.reporting.section import PETITIONS, REPORTS
from meyasubako.centre.site_staff.section import Section

SECTIONS: tuple[Section, ...] = (
    REPORTS,
    PETITIONS,
    MAILS,
    MONITORS,
    UNKNOWN,
    ACCOUNTS,
    ORGANISATIONS,
    KEYS,
    AUDITING,
)
