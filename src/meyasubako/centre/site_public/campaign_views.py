"""The pages of the month's largest campaigns: the list, one campaign with its findings, and their open data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from meyasubako.centre.site_public import campaigns
from meyasubako.centre.site_public.countries import country_name
from meyasubako.centre.site_public.formats import count_text, month_text
from meyasubako.centre.site_public.languages import language_name
from meyasubako.centre.site_public.law_texts import CHECK_NAMES, article_text, check_text, verdict_text
from meyasubako.centre.site_public.statistics.findings import check_slug
from meyasubako.centre.site_public.views import asked_month, page, running_month

SHOWN = 3
"""Values of a kind that the list shows of a campaign."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value and how many mails have it."""

    text: str
    mails: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What a check saw in a campaign's mails; ``slug`` is the page of its rule."""

    article: str
    check: str
    verdict: str
    mails: str
    slug: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign in the page's language; ``language`` is the code of its own."""

    id: str
    rank: int
    subject: str
    language: str
    mails: str
    monitor_mails: str
    senders: str
    first_seen: str
    last_seen: str
    languages: list[Line]
    countries: list[Line]
    domains: list[Line]
    findings: list[FindingLine]


def in_words(one: Mapping[str, Any]) -> Shown:
    """A campaign with its codes as words."""
    return Shown(
        id=one["id"],
        rank=one["rank"],
        subject=one["subject"],
        language=next((row["value"] for row in one["languages"] if row["value"]), ""),
        mails=count_text(one["mails"]),
        monitor_mails=count_text(one["monitor_mails"]),
        senders=count_text(one["senders"]),
        first_seen=one["first_seen"][:10],
        last_seen=one["last_seen"][:10],
        languages=[Line(language_name(row["value"]), count_text(row["mails"])) for row in one["languages"]],
        countries=[Line(country_name(row["value"]), count_text(row["mails"])) for row in one["countries"]],
        domains=[Line(row["value"], count_text(row["mails"])) for row in one["domains"]],
        findings=[
            FindingLine(
                article_text(row["article"]),
                check_text(row["check"]),
                verdict_text(row["check"], row["verdict"]),
                count_text(row["mails"]),
                check_slug(row["check"]) if row["check"] in CHECK_NAMES else None,
            )
            for row in one["findings"]
        ],
    )


def chosen_month(request: HttpRequest, months: tuple[str, ...]) -> str | None:
    """The month asked for, else the newest that is over, else the newest; 404 for one without campaigns."""
    asked = asked_month(request)
    if asked is not None:
        if asked not in months:
            raise Http404
        return asked
    running = running_month(timezone.now())
    return max((month for month in months if month < running), default=months[-1] if months else None)


def month_choices(months: tuple[str, ...], month: str | None) -> dict[str, Any]:
    """The months to choose from, newest first, by year; and the neighbours of the chosen one."""
    years: dict[str, list[tuple[str, str]]] = {}
    for name in reversed(months):
        years.setdefault(name[:4], []).append((name, month_text(name)))
    place = months.index(month) if month is not None else -1
    return {
        "years": years,
        "earlier": months[place - 1] if place > 0 else None,
        "later": months[place + 1] if month is not None and place + 1 < len(months) else None,
    }


@page
def campaign_list(request: HttpRequest, **_arguments: str) -> HttpResponse:
    """The month's largest campaigns."""
    months = campaigns.shelf().months()
    month = chosen_month(request, months)
    found = campaigns.shelf().month(month) if month is not None else None
    context = {
        "title": campaigns.TITLE,
        "note": campaigns.NOTE,
        "found": found,
        "campaigns": [in_words(one) for one in found.campaigns] if found else [],
        "shown": f":{SHOWN}",
        "selection": {"chosen": {"month": month}} if month else None,
        "months": month_choices(months, month),
    }
    return render(request, "site/campaigns.html", context)


@page
def campaign(request: HttpRequest, **arguments: str) -> HttpResponse:
    """One campaign of a month: numbers, languages, countries, domains, findings that lead to their rules."""
    months = campaigns.shelf().months()
    month = chosen_month(request, months)
    found = campaigns.shelf().month(month) if month is not None else None
    one = found.campaign(arguments["name"]) if found else None
    if one is None:
        raise Http404
    context = {
        "title": campaigns.TITLE,
        "note": campaigns.NOTE,
        "found": found,
        "campaign": in_words(one),
        "month": month,
    }
    return render(request, "site/campaign.html", context)


@page
def campaign_data(request: HttpRequest, **arguments: str) -> HttpResponse:
    """The campaigns of every month, or of one, as open data."""
    shelf, month = campaigns.shelf(), asked_month(request)
    months = [shelf.month(name) for name in shelf.months() if month is None or name == month]
    name = "campaigns" if month is None else f"campaigns-{month}"
    if arguments["form"] == "json":
        response = HttpResponse(campaigns.as_json(months), content_type="application/json")
    else:
        response = HttpResponse(campaigns.as_csv(months), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{arguments["form"]}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
