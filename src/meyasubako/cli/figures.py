"""``meyasu figures``: the month's figures, as a table for people or as JSON."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json

TOP = 10


def command(
    month: Annotated[
        str | None, typer.Option("--month", help="One month, YYYY-MM; else every month.")
    ] = None,
    from_observations: Annotated[
        bool, typer.Option("--from-observations", help="Count the observations themselves, not the roll-up.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Print the figures."""
    from meyasubako.engines.figures import figures
    from meyasubako.engines.local import LocalEngine
    from meyasubako.tables.home import Home

    engine = LocalEngine()
    try:
        found = figures(Home.from_environment(), engine, month, from_observations=from_observations)
    finally:
        engine.close()
    if as_json:
        print_json(found[0] if month is not None else found)
    else:
        show(found)


def show(found: list[dict[str, Any]]) -> None:
    """The figures as two tables: a line a month, then the countries over all of them."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not found:
        console.print("No figures yet: take mail in with `meyasu ingest`.")
        return
    months = Table("month", title="Mails a month (monitors: domestic / overseas / unknown)")
    for heading in ("reports", "mails in them", "PC monitors", "mobile monitors"):
        months.add_column(heading, justify="right")
    for figure in found:
        reports, monitors = figure["reports"], figure["monitors"]
        months.add_row(
            figure["month"],
            f"{reports['reports']:,}",
            f"{reports['mails']:,}",
            *(
                " / ".join(f"{monitors[name][origin]:,}" for origin in monitors[name])
                for name in ("pc", "mobile")
            ),
        )
    console.print(months)
    console.print(country_table(found))
    provenance = found[-1]["provenance"]
    console.print(
        f"Generation {provenance['generation']}; analysis {provenance['analysis_version']}; "
        f"geography of {provenance['geography_date']}.",
        highlight=False,
    )


def country_table(found: list[dict[str, Any]]) -> Any:
    """The ten countries that most monitor mail came from, over the months given."""
    from rich.table import Table

    mails: dict[str | None, int] = {}
    japanese: dict[str | None, float] = {}
    for figure in found:
        for row in figure["countries"]:
            mails[row["country"]] = mails.get(row["country"], 0) + row["mails"]
            part = row["japanese_share"] * row["mails"]
            japanese[row["country"]] = japanese.get(row["country"], 0.0) + part
    total = sum(mails.values())
    table = Table("country", title="Where monitors' mail came from")
    for heading in ("mails", "share", "in Japanese"):
        table.add_column(heading, justify="right")
    for country in sorted(mails, key=lambda name: -mails[name])[:TOP]:
        count = mails[country]
        table.add_row(
            country or "unknown", f"{count:,}", f"{count / total:.1%}", f"{japanese[country] / count:.1%}"
        )
    return table
