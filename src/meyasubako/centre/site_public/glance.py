"""The figures at a glance on the first page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from meyasubako.centre.site_public.countries import country_name
from meyasubako.centre.site_public.formats import NOTHING, change_text, count_text, share_text
from meyasubako.centre.site_public.statistics.model import Selection


@dataclass(frozen=True, slots=True)
class Glance:
    """A figure with what it counts, and a remark; ``slug`` is the statistic it comes from."""

    label: str
    value: str
    remark: str
    slug: str


def overseas(selection: Selection, monitor_class: str, label: str) -> Glance:
    """The overseas share of one class of monitors."""
    ratio = selection.chosen.monitors[monitor_class]
    share, unknown = ratio.share("overseas"), ratio.share("unknown")
    if share is None or unknown is None:
        return Glance(label, NOTHING, gettext("no mail in this month"), "origins")
    return Glance(
        label,
        share_text(share),
        gettext("origin unknown: %(share)s") % {"share": share_text(unknown)},
        "origins",
    )


def figures_at_a_glance(selection: Selection) -> list[Glance]:
    """Four figures of the chosen month."""
    chosen, before = selection.chosen, selection.before
    top = next((row for row in chosen.countries if row.country is not None), None)
    if top is None or top.share is None:
        country = Glance(gettext("First country"), NOTHING, gettext("no mail in this month"), "countries")
    else:
        remark = gettext("%(share)s of the spam") % {"share": share_text(top.share)}
        if top.japanese_share is not None:
            remark = gettext("%(share)s of the spam, %(japanese)s of it in Japanese") % {
                "share": share_text(top.share),
                "japanese": share_text(top.japanese_share),
            }
        country = Glance(gettext("First country"), country_name(top.country), remark, "countries")
    return [
        Glance(
            gettext("Reports received"),
            count_text(chosen.reports),
            change_text(chosen.reports, before.reports if before else None),
            "reports",
        ),
        overseas(selection, "pc", gettext("From overseas, to PCs")),
        overseas(selection, "mobile", gettext("From overseas, to mobiles")),
        country,
    ]
