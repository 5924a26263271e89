"""Who may open which page of the staff site: a line a page, each caller named. Nothing here is read from the code.

A page that has no line makes ``test_role_matrix.py`` red, and so does a line without a page. Callers are roles of
the centre (``officer``), roles elsewhere (``officer@mic``), ``nobody`` (no role), ``no_factor`` (a session whose
account lost its second factor), ``half`` (password shown, code still owed) and ``anonymous``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

ROLES = ("officer", "reader", "identity_reader", "supervisor", "administrator", "auditor")
ELSEWHERE = (
    "officer@mic",
    "supervisor@caa",
    "identity_reader@mic",
    "administrator@carrier",
    "auditor@sender",
    "officer@partner",
)
SIGNED_IN = (*ROLES, "nobody", *ELSEWHERE)
OUTSIDE = ("anonymous", "half", "no_factor")
CALLERS = (*SIGNED_IN, *OUTSIDE)


@dataclass(frozen=True)
class Page:
    """``allowed``: the callers that get ``status``; others who are signed in get 403, outsiders the login page.

    ``post``: what is sent by POST (None: the page is asked with GET). ``arguments``: of the address, from the
    records that the test made.
    """

    allowed: tuple[str, ...]
    status: int = 200
    post: dict[str, Any] | None = None
    arguments: Callable[[Any], dict[str, Any]] = field(default=lambda _records: {})


def an_account(records: Any) -> dict[str, Any]:
    return {"pk": records.account.pk}


def an_organisation(records: Any) -> dict[str, Any]:
    return {"pk": records.organisation.pk}


def a_report(records: Any) -> dict[str, Any]:
    return {"report_id": records.report}


def a_petition(records: Any) -> dict[str, Any]:
    return {"petition_id": records.petition}


def a_notice(records: Any) -> dict[str, Any]:
    return {"petition_id": records.petition, "notice_id": records.notice}


def no_mail(_records: Any) -> dict[str, Any]:
    return {"arrival_id": UUID(int=0)}


def no_monitor(_records: Any) -> dict[str, Any]:
    return {"name": "none"}


def no_campaign(_records: Any) -> dict[str, Any]:
    return {"campaign": UUID(int=0), "month": "2026-03"}


READS_REPORTS = ("officer", "reader", "supervisor", "officer@mic", "supervisor@caa")
READS_MAIL = ("officer", "supervisor", "officer@mic", "supervisor@caa")
FILES = ("officer", "supervisor")
SUPERVISOR = ("supervisor",)
PURPOSE = {"purpose": "case/2026-1"}
ADMINISTRATOR = ("administrator",)
AUDITOR = ("auditor",)
READS_MONITORS = ("officer", "supervisor", "administrator")
EVERYBODY = CALLERS

PAGES: dict[str, Page] = {
    # Open to all: logging in, and what machines ask
    "healthz": Page(EVERYBODY),
    "robots": Page(EVERYBODY),
    "root": Page(EVERYBODY, 302),
    "login": Page(EVERYBODY),
    "invitation": Page(EVERYBODY, 404, arguments=lambda _records: {"token": "nonsense"}),
    "logout": Page(EVERYBODY, 302, post={}),
    # The second step: for who has shown the password; everybody else is sent to the first
    "login_code": Page(EVERYBODY, 302),
    "login_second_factor": Page(EVERYBODY, 302),
    # Every account
    "home": Page(SIGNED_IN),
    "own_account": Page(SIGNED_IN),
    "own_password": Page(SIGNED_IN),
    "own_recovery_codes": Page(SIGNED_IN),
    # Accounts and organisations
    "accounts": Page(ADMINISTRATOR),
    "account": Page(ADMINISTRATOR, arguments=an_account),
    "account_invite": Page(ADMINISTRATOR),
    "account_roles": Page(ADMINISTRATOR, 302, post={"roles": ["reader"]}, arguments=an_account),
    "account_disable": Page(ADMINISTRATOR, 302, post={}, arguments=an_account),
    "account_enable": Page(ADMINISTRATOR, 302, post={}, arguments=an_account),
    "account_unlock": Page(ADMINISTRATOR, 302, post={}, arguments=an_account),
    "account_invite_again": Page(ADMINISTRATOR, post={}, arguments=an_account),
    "account_reset_second_factor": Page(ADMINISTRATOR, post={}, arguments=an_account),
    "organisations": Page(ADMINISTRATOR),
    "organisation": Page(ADMINISTRATOR, arguments=an_organisation),
    "organisation_add": Page(ADMINISTRATOR),
    # Monitors, mail to unknown recipients, keys of the API; here of monitors and keys that are not there
    "monitors": Page(READS_MONITORS),
    "monitors_csv": Page(READS_MONITORS),
    "monitor": Page(READS_MONITORS, 404, arguments=no_monitor),
    "monitor_add": Page(ADMINISTRATOR),
    "monitors_import": Page(ADMINISTRATOR),
    "monitor_retire": Page(ADMINISTRATOR, 404, post={"last_day": "2026-04-01"}, arguments=no_monitor),
    "unknown_recipients": Page(READS_MONITORS),
    "unknown_recipients_csv": Page(READS_MONITORS),
    "unknown_recipients_json": Page(READS_MONITORS),
    "api_keys": Page(ADMINISTRATOR),
    "api_key_add": Page(ADMINISTRATOR),
    "api_key_revoke": Page(ADMINISTRATOR, 404, post={}, arguments=lambda _records: {"public_id": "none"}),
    # The audit log
    "audit": Page(AUDITOR),
    "audit_chain": Page(AUDITOR),
    # Reports: the queue, one report, what lies sealed with it
    "reports": Page(READS_REPORTS),
    "reports_bulk": Page(FILES, 302, post={"act": "close"}),
    "report": Page(READS_REPORTS, arguments=a_report),
    "report_act": Page(FILES, 302, post={"act": "close"}, arguments=a_report),
    "report_open": Page(FILES, post={**PURPOSE, "part": "statement"}, arguments=a_report),
    "report_inside": Page(FILES, 302, post={**PURPOSE, "inside-kind": "other"}, arguments=a_report),
    "erasures": Page(SUPERVISOR),
    "report_erasure": Page(SUPERVISOR, 404, post={"reason": "used-in-case"}, arguments=a_report),
    # Petitions; who petitions is for those who read reports and identities, which no single role does
    "petitions": Page(READS_REPORTS),
    "petition": Page(READS_REPORTS, arguments=a_petition),
    "petitioner": Page((), post=PURPOSE, arguments=a_petition),
    "petition_notice": Page(FILES, 302, post={}, arguments=a_notice),
    # Mails: here of an arrival that is not there, which only those who may look are told
    "mails": Page(READS_MAIL),
    "mail": Page(READS_MAIL, 404, arguments=no_mail),
    "mail_campaign": Page(READS_MAIL, 404, arguments=no_campaign),
    "mail_source": Page(READS_MAIL, 404, arguments=no_mail),
    "mail_open": Page(READS_MAIL, 404, post=PURPOSE, arguments=no_mail),
}

# The API: an operation and the scope that a key needs for it. No role of the staff site opens any of them.
OPERATIONS: dict[str, str] = {
    "POST /api/v1/reports": "reports:write",
    "POST /api/v1/reports/batch": "reports:write",
    "GET /api/v1/reports/{number}": "reports:read",
    "POST /api/v1/petitions": "petitions:write",
    "GET /api/v1/figures": "figures:read",
}
