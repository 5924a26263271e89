"""From a form that was filled in to the submission that ``reports`` takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from meyasubako.centre.reports.domain.contents import FoundMail, pasted_source
from meyasubako.centre.reports.domain.kinds import Channel, Kind, Place
from meyasubako.centre.reports.types import Reporter, Submission, SubmittedMail
from meyasubako.centre.site_public.reporting.forms import ReportForm
from meyasubako.centre.site_public.reporting.tokens import content_key

DOOR = "form"
_PLACES = {
    Kind.AFTER_OPT_OUT: (
        ("first_source", "first_files", Place.FIRST),
        ("opt_out_text", "opt_out_files", Place.OPT_OUT),
        ("source", "mail_files", Place.LATER),
    )
}
_ONE = (("source", "mail_files", Place.REPORTED),)
_PERSON = frozenset({"reporter_name", "reporter_address"})


def submission_of(form: ReportForm, nonce: str, language: str) -> Submission:
    """What a valid form says. A pasted source becomes a mail, any other text stays a text."""
    cleaned = form.cleaned_data
    mails: list[SubmittedMail] = []
    statement: dict[str, str] = {}
    for pasted, files, place in () if form.kind is Kind.SMS else _PLACES.get(form.kind, _ONE):
        typed = cleaned.get(pasted) or ""
        source = pasted_source(typed)
        if source is not None:
            mails.append(_placed(source, place))
        elif typed.strip():
            statement[pasted] = typed
        mails += [_placed(found, place) for found in cleaned.get(files) or ()]
    for name, value in cleaned.items():
        if name not in _PERSON and not name.endswith(("source", "files")) and name != "opt_out_text":
            statement[name] = _text(value)
    reporter = Reporter(cleaned.get("reporter_name") or "", cleaned.get("reporter_address") or "")
    return Submission(
        channel=Channel.FORM,
        kind=form.kind,
        key=content_key(DOOR, nonce, _contents(form, mails, statement, reporter)),
        mails=tuple(mails),
        statement={name: text for name, text in statement.items() if text.strip()},
        reporter=reporter,
        language=language,
    )


def _placed(found: FoundMail, place: Place) -> SubmittedMail:
    return SubmittedMail(found.raw, place, found.how, found.lost, found.notes)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value or "")


def _contents(
    form: ReportForm, mails: list[SubmittedMail], statement: dict[str, str], reporter: Reporter
) -> Iterator[bytes]:
    yield form.kind.value.encode()
    for mail in mails:
        yield mail.place.value.encode()
        yield mail.raw
    for name, text in sorted(statement.items()):
        yield f"{name}={text}".encode()
    yield f"{reporter.name}\n{reporter.address}".encode()
