"""Chart specifications (Vega-Lite through Altair), without colours of their own.

Colours are names of CSS custom properties: the browser's SVG follows light, dark and printed pages without
being drawn again. :func:`printable` puts the light values in where no style sheet is at hand. Altair is
imported when the first chart is made, it is slow to load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

PALETTE = {
    "var(--ink)": "#1d2733",
    "var(--ink-soft)": "#55606e",
    "var(--rule)": "#d9d5cc",
    "var(--chart-1)": "#24507f",
    "var(--chart-2)": "#d08a1d",
    "var(--chart-3)": "#a7adb5",
    "var(--chart-4)": "#b8452f",
    "var(--chart-5)": "#4f8a6d",
}
SERIES = ("var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)", "var(--chart-5)")
FONT = '"Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, system-ui, sans-serif'
MONTH_LABEL = (
    "datum.index === 0 || slice(datum.value, 5) === '01'"
    " ? [toNumber(slice(datum.value, 5)) + '', slice(datum.value, 0, 4)]"
    " : toNumber(slice(datum.value, 5)) + ''"
)
Spec = dict[str, Any]


def _finish(chart: Any, *, height: int) -> Spec:
    """Common looks, and the plain dictionary."""
    chart = chart.properties(
        height=height,
        width="container",
        autosize={"type": "fit-x", "contains": "padding"},
        background="transparent",
    )
    text = {"labelColor": "var(--ink-soft)", "titleColor": "var(--ink-soft)", "labelFontSize": 12}
    chart = chart.configure(font=FONT).configure_view(stroke=None)
    chart = chart.configure_axis(
        **text,
        titleFontSize=12,
        titleFontWeight="normal",
        gridColor="var(--rule)",
        domainColor="var(--rule)",
        tickColor="var(--rule)",
    )
    chart = chart.configure_legend(
        **text, orient="top", title=None, symbolType="square", symbolSize=120, labelLimit=240, columns=3
    )
    spec: Spec = chart.to_dict()
    return spec


def month_axis(*, compact: bool) -> Any:
    """The time axis: month numbers, the year under the first month and every January."""
    import altair as alt

    return alt.X(
        "month:O",
        title=None,
        axis=alt.Axis(
            labelAngle=0, labelExpr=MONTH_LABEL, labelOverlap="parity", ticks=False, labelPadding=6
        ),
        scale=alt.Scale(paddingInner=0.3, paddingOuter=0.1) if not compact else alt.Scale(paddingInner=0.25),
    )


def count_axis(field: str, *, stack: bool | None = None) -> Any:
    """A vertical axis of counts from zero."""
    import altair as alt

    axis = alt.Axis(format=",d", tickCount=5, domain=False)
    return alt.Y(f"{field}:Q", title=None, stack=stack, axis=axis)


def series_colour(labels: Sequence[str], colours: Sequence[str]) -> Any:
    """Colour by the field ``series`` with a legend in the order given."""
    import altair as alt

    return alt.Color("series:N", scale=alt.Scale(domain=list(labels), range=list(colours[: len(labels)])))


def tooltips(headings: Mapping[str, str], **formats: str) -> list[Any]:
    """What hovering over a part of a split month tells: month, series, and each field in its number format."""
    import altair as alt

    return [
        alt.Tooltip("label:N", title=headings["month"]),
        alt.Tooltip("series:N", title=headings["series"]),
        *(alt.Tooltip(f"{field}:Q", title=headings[field], format=text) for field, text in formats.items()),
    ]


def bars_and_line(
    rows: Sequence[dict[str, Any]], bars: str, line: str, headings: dict[str, str], *, compact: bool
) -> Spec:
    """Monthly bars of one count with a line of another on the same axis. Rows: month, label, ``bars``, ``line``."""
    import altair as alt

    labels = [headings["bars"], headings["line"]]
    tooltip = [
        alt.Tooltip("label:N", title=headings["month"]),
        alt.Tooltip(f"{bars}:Q", title=labels[0], format=",d"),
        alt.Tooltip(f"{line}:Q", title=labels[1], format=",d"),
    ]
    colour = series_colour(labels, SERIES)
    base = alt.Chart({"values": list(rows)}).encode(x=month_axis(compact=compact), tooltip=tooltip)
    first = base.transform_calculate(series=json.dumps(labels[0])).mark_bar()
    second = base.transform_calculate(series=json.dumps(labels[1])).mark_line(
        strokeWidth=2, point=alt.OverlayMarkDef(size=28, filled=True)
    )
    layers = alt.layer(
        first.encode(y=count_axis(bars), color=colour), second.encode(y=count_axis(line), color=colour)
    )
    return _finish(layers, height=150 if compact else 320)


def stacked_shares(
    rows: Sequence[dict[str, Any]],
    labels: Sequence[str],
    headings: dict[str, str],
    *,
    colours: Sequence[str] = SERIES,
    compact: bool,
) -> Spec:
    """Monthly bars of 100 % split by ``series``. Rows: month, label, series, rank, mails, share."""
    import altair as alt

    chart = (
        alt.Chart({"values": list(rows)})
        .mark_bar()
        .encode(
            x=month_axis(compact=compact),
            y=alt.Y(
                "share:Q",
                title=None,
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=3 if compact else 5, domain=False),
            ),
            color=series_colour(labels, colours),
            order=alt.Order("rank:Q"),
            tooltip=tooltips(headings, mails=",d", share=".1%"),
        )
    )
    return _finish(chart, height=150 if compact else 280)


def share_lines(
    rows: Sequence[dict[str, Any]], labels: Sequence[str], headings: dict[str, str], *, compact: bool
) -> Spec:
    """A line of shares a series over the months. Rows: month, label, series, mails, share."""
    import altair as alt

    chart = (
        alt.Chart({"values": list(rows)})
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=28, filled=True))
        .encode(
            x=month_axis(compact=compact).scale(padding=0.5),  # lines stand on points, not on bands
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=5, domain=False)),
            color=series_colour(labels, SERIES),
            tooltip=tooltips(headings, mails=",d", share=".1%"),
        )
    )
    return _finish(chart, height=150 if compact else 280)


def ranked_bars(
    rows: Sequence[dict[str, Any]],
    order: Sequence[str],
    labels: Sequence[str],
    headings: dict[str, str],
    *,
    colours: Sequence[str] = SERIES,
    compact: bool,
) -> Spec:
    """Horizontal bars in the order given, split by ``series``. Rows: name, series, rank, mails, share."""
    import altair as alt

    tooltip = [
        alt.Tooltip("name:N", title=headings["name"]),
        alt.Tooltip("mails:Q", title=headings["mails"], format=",d"),
        alt.Tooltip("share:Q", title=headings["share"], format=".1%"),
    ]
    if len(labels) > 1:
        tooltip.insert(1, alt.Tooltip("series:N", title=headings["series"]))
    chart = (
        alt.Chart({"values": list(rows)})
        .mark_bar()
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=list(order),
                axis=alt.Axis(labelLimit=170, ticks=False, domain=False, labelPadding=8),
                scale=alt.Scale(paddingInner=0.32),
            ),
            x=alt.X(
                "mails:Q", title=None, stack="zero", axis=alt.Axis(format=",d", tickCount=4, domain=False)
            ),
            color=series_colour(labels, colours) if len(labels) > 1 else alt.value(colours[0]),
            order=alt.Order("rank:Q"),
            tooltip=tooltip,
        )
    )
    return _finish(chart, height=(22 if compact else 26) * max(len(order), 1) + 8)


def stacked_counts(
    rows: Sequence[dict[str, Any]],
    labels: Sequence[str],
    headings: dict[str, str],
    *,
    colours: Sequence[str] = SERIES,
    compact: bool,
) -> Spec:
    """Monthly bars of counts split by ``series``. Rows: month, label, series, rank, count."""
    import altair as alt

    chart = (
        alt.Chart({"values": list(rows)})
        .mark_bar()
        .encode(
            x=month_axis(compact=compact),
            y=count_axis("count", stack=True),
            color=series_colour(labels, colours),
            order=alt.Order("rank:Q"),
            tooltip=tooltips(headings, count=",d"),
        )
    )
    return _finish(chart, height=150 if compact else 320)


def legend(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Labels and names of colours (``chart-1``) of a chart with several series, for a legend that wraps."""
    layer = spec["layer"][0] if "layer" in spec else spec
    scale = layer["encoding"]["color"].get("scale")
    if scale is None:
        return []
    return [
        (label, colour.removeprefix("var(--").removesuffix(")"))
        for label, colour in zip(scale["domain"], scale["range"], strict=True)
    ]


def as_text(spec: Mapping[str, Any]) -> str:
    """The specification as one text, the same for the same chart."""
    return json.dumps(spec, ensure_ascii=False, sort_keys=True)


def printable(spec: Spec, *, width: int = 760) -> Spec:
    """The same chart on white, with fixed width and colours, for a picture without a style sheet."""
    text = json.dumps(spec)
    for name, value in PALETTE.items():
        text = text.replace(name, value)
    fixed: Spec = json.loads(text)
    return {**fixed, "width": width, "background": "white", "padding": 16}


def svg(spec: Spec) -> str:
    """The chart as an SVG picture, drawn here (vl-convert); about 60 ms once its engine is loaded."""
    import vl_convert

    picture: str = vl_convert.vegalite_to_svg(printable(spec))
    return picture
