"""The public pages: parse the request, ask for the figures, render. No counting here."""

from __future__ import annotations

import re
from datetime import datetime
from functools import wraps
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meyasubako.centre.site_public import charts, glance, opendata
from meyasubako.centre.site_public.errors import unavailable
from meyasubako.centre.site_public.figures import Book
from meyasubako.centre.site_public.formats import month_text
from meyasubako.centre.site_public.law_texts import explanation
from meyasubako.centre.site_public.pictures import chart_picture
from meyasubako.centre.site_public.shown import shown_panels
from meyasubako.centre.site_public.source import current_book
from meyasubako.centre.site_public.statistics import STATISTICS, below, statistic
from meyasubako.centre.site_public.statistics.model import Selection, Statistic, select
from meyasubako.errors import MeyasuError

JAPAN = ZoneInfo("Asia/Tokyo")
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])\Z")


class View(Protocol):
    """A view with its arguments from the address."""

    def __call__(self, request: HttpRequest, **arguments: str) -> HttpResponse: ...


def page(view: View) -> View:
    """Safe methods only, revalidated on each visit, and a 503 of our own where the figures cannot be read."""

    @require_safe
    @cache_control(public=True, max_age=0, must_revalidate=True)
    @wraps(view)
    def answer(request: HttpRequest, **arguments: str) -> HttpResponse:
        try:
            return view(request, **arguments)
        except MeyasuError as error:
            return unavailable(request, error)

    return answer


def running_month(now: datetime) -> str:
    """The present month in Japan, whose figures are still growing."""
    return f"{now.astimezone(JAPAN):%Y-%m}"


def asked_month(request: HttpRequest) -> str | None:
    """``?month=YYYY-MM``; None when absent, 404 when it is no month."""
    month = request.GET.get("month") or None
    if month is not None and MONTH.match(month) is None:
        raise Http404
    return month


def selection_for(request: HttpRequest, book: Book) -> Selection | None:
    """What the page shows; 404 for a month without figures, None where there are no figures at all."""
    month = asked_month(request)
    selection = select(book, month, running_month(timezone.now()))
    if selection is None and month is not None:
        raise Http404
    return selection


def known_statistic(slug: str) -> Statistic:
    """The statistic at this address, or 404."""
    known = statistic(slug)
    if known is None:
        raise Http404
    return known


@page
def home(request: HttpRequest, **_arguments: str) -> HttpResponse:
    """The figures at a glance, and each statistic with a small chart."""
    book = current_book()
    selection = selection_for(request, book)
    cards = [(known, shown_panels(known, selection, compact=True)) for known in STATISTICS]
    context = {
        "selection": selection,
        "figures": glance.figures_at_a_glance(selection) if selection else [],
        "cards": cards,
        "months": month_choices(book, selection),
        "specs": {f"{known.slug}-{panel.key}": panel.spec for known, panels in cards for panel in panels},
    }
    return render(request, "site/home.html", context)


@page
def statistic_page(request: HttpRequest, **arguments: str) -> HttpResponse:
    """One statistic: charts, tables, source, provenance, downloads."""
    known = known_statistic(arguments["slug"])
    book = current_book()
    selection = selection_for(request, book) if known.series is None else None
    panels = shown_panels(known, selection)
    context: dict[str, Any] = {
        "statistic": known,
        "panels": panels,
        "selection": selection,
        "months": month_choices(book, selection),
        "geography_is_far": known.geographic and selection is not None and selection.chosen.geography_is_far,
        "terms": known.terms() if known.terms else [],
        "below": below(known),
        "above": statistic(known.parent) if known.parent else None,
        "explanation": explanation(known.rule) if known.rule else None,
        "specs": {f"{known.slug}-{panel.key}": panel.spec for panel in panels},
    }
    return render(request, "site/statistic.html", context)


@page
def about(request: HttpRequest, **_arguments: str) -> HttpResponse:
    """How the figures are counted and what they cannot say."""
    return render(request, "site/about.html")


@page
def picture(request: HttpRequest, **arguments: str) -> HttpResponse:
    """A chart as an SVG picture: for readers without scripts, and for print and slides."""
    known = known_statistic(arguments["slug"])
    book = current_book()
    selection = selection_for(request, book) if known.series is None else None
    panel = next((panel for panel in shown_panels(known, selection) if panel.key == arguments["panel"]), None)
    if panel is None:
        raise Http404
    response = HttpResponse(chart_picture(charts.as_text(panel.spec)), content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@page
def data(request: HttpRequest, **arguments: str) -> HttpResponse:
    """A statistic as open data, for any site to read."""
    known = known_statistic(arguments["slug"])
    book, month = current_book(), asked_month(request)
    name = known.slug if month is None else f"{known.slug}-{month}"
    if arguments["form"] == "json":
        response = HttpResponse(opendata.as_json(known, book, month), content_type="application/json")
    else:
        response = HttpResponse(opendata.as_csv(known, book, month), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{arguments["form"]}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers; it reads nothing, so that a slow disk does not restart the site."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Everything may be indexed but the data files."""
    return HttpResponse("User-agent: *\nDisallow: /data/\n", content_type="text/plain")


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old name are sent to the SVG."""
    return HttpResponse(status=302, headers={"Location": static("site/favicon.svg")})


def month_choices(book: Book, selection: Selection | None) -> dict[str, Any]:
    """The months to choose from, newest first, by year; and the neighbours of the chosen one."""
    names = [figures.month for figures in book.months]
    years: dict[str, list[tuple[str, str]]] = {}
    for name in reversed(names):
        years.setdefault(name[:4], []).append((name, month_text(name)))
    place = names.index(selection.chosen.month) if selection else -1
    return {
        "years": years,
        "earlier": names[place - 1] if place > 0 else None,
        "later": names[place + 1] if selection and place + 1 < len(names) else None,
    }
