"""Everything that writes reports and petitions. Others of the centre import from here."""

from meyasubako.centre.reports.services.filing import report_file, submitted
from meyasubako.centre.reports.services.holding import (
    NotAnswerableError,
    report_answer,
    report_close,
    report_hold,
    report_refile,
    report_reopen,
    report_rerun,
    report_sort,
)
from meyasubako.centre.reports.services.identity import (
    PurposeError,
    outer_mail_read,
    petitioner_identity_read,
    reporter_identity_read,
    statement_read,
)
from meyasubako.centre.reports.services.outcomes import report_outcome_record
from meyasubako.centre.reports.services.petitions import (
    IncompletePetitionError,
    petition_notice_sent,
    petition_receive,
)
from meyasubako.centre.reports.services.rates import rate_forget, rate_take
from meyasubako.centre.reports.services.receiving import report_lay_down, report_receive
from meyasubako.centre.reports.services.withdrawing import (
    UnknownLinkError,
    erasure_decide,
    report_erase,
    report_withdraw,
)

__all__ = [
    "IncompletePetitionError",
    "NotAnswerableError",
    "PurposeError",
    "UnknownLinkError",
    "erasure_decide",
    "outer_mail_read",
    "petition_notice_sent",
    "petition_receive",
    "petitioner_identity_read",
    "rate_forget",
    "rate_take",
    "report_answer",
    "report_close",
    "report_erase",
    "report_file",
    "report_hold",
    "report_lay_down",
    "report_outcome_record",
    "report_receive",
    "report_refile",
    "report_reopen",
    "report_rerun",
    "report_sort",
    "report_withdraw",
    "reporter_identity_read",
    "statement_read",
    "submitted",
]
