"""The third origin: the inert HTML of one mail, to be framed by the staff site alone.

Three fences, each of which would do: the markup is inert (``reading.markup``), the policy allows nothing but one style
sheet by its nonce, and the frame is a sandbox with an origin of its own that nobody is logged in to.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.permissions import can_read_mail
from meyasubako.centre.site_staff.mails.tables import tables
from meyasubako.centre.site_staff.mails.tokens import Framed, framed_by

WORDS = {
    "ja": {
        "image": "画像",
        "title": "メールのHTML（無害化）",
        "cut": "長いため、途中までを表示しています。",
        "failed": "安全に組み立てられないHTMLのため、ソースを文字として表示しています。",
        "gone": "このメールは表示できません。ページを再読み込みしてください。",
    },
    "en": {
        "image": "image",
        "title": "HTML of the mail, made inert",
        "cut": "Too long: the beginning is shown.",
        "failed": "This HTML cannot be put together safely: its source is shown as text.",
        "gone": "This mail cannot be shown. Load the page again.",
    },
}


@require_safe
def mail_frame(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """The HTML of the mail that a token names, while its account may read mail."""
    framed = framed_by(token)
    if framed is None or not still_may(framed):
        return page("", WORDS["ja" if framed is None else framed.language]["gone"], status=403)
    kept = tables().find(framed.arrival_id)
    words = WORDS[framed.language]
    if kept is None or kept.raw is None:
        return page("", words["gone"], language=framed.language, status=404)
    from meyasubako.centre.site_staff.reading.markup import inert_markup
    from meyasubako.centre.site_staff.reading.pieces import mask_of
    from meyasubako.centre.site_staff.reading.view import recipients
    from meyasubako.mail.parse import parse

    mail = parse(kept.raw)
    mask = mask_of(recipients(mail, kept.envelope)) if framed.hide_recipients else None
    inert = inert_markup(mail.html, image=words["image"], mask=mask)
    note = words["failed"] if inert.failed else words["cut"] if inert.cut else ""
    return page(inert.markup, note, language=framed.language)


def still_may(framed: Framed) -> bool:
    """Whether the account that the token was made for is open and may read mail now."""
    account = Account.objects.filter(pk=framed.account_id, is_active=True).first()
    return account is not None and can_read_mail(account.viewer())


def page(markup: str, note: str, *, language: str = "ja", status: int = 200) -> HttpResponse:
    """A page around inert markup, with its policy."""
    nonce = secrets.token_urlsafe(18)
    shown = {
        "markup": markup,
        "note": note,
        "nonce": nonce,
        "language": language,
        "title": WORDS[language]["title"],
    }
    response = HttpResponse(render_to_string("site_staff/mails/frame.html", shown), status=status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'none'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {' '.join(settings.STAFF_ORIGINS)}; sandbox"
    )
    response.headers["Cache-Control"] = "no-store, private"
    return response


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """For every other address."""
    return page("", WORDS["ja"]["gone"], status=404)


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - called by this name
    """500, without asking anything."""
    return HttpResponse("error\n", status=500, content_type="text/plain")
