"""``meyasu figures``: the month's figures, as a table for people or as JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json

if TYPE_CHECKING:
    from meyasubako.engines.figures import FigureBook

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
    from meyasubako.engines.figures import FigureBook
    from meyasubako.engines.local import LocalEngine
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    engine = LocalEngine()
    try:
        book = FigureBook(home, engine, from_observations=from_observations)
        found = book.months(month)
        if has_register(home.path):
            found = with_register(found, book, month)
    finally:
        engine.close()
    if as_json:
        print_json(found[0] if month is not None else found)
    else:
        show(found)


def has_register(home: Path) -> bool:
    """Whether there is a relational database that reports may be in; none is made to find out."""
    return (home / "centre.sqlite3").exists() or bool(os.environ.get("MEYASU_DATABASE_URL"))


def with_register(found: list[dict[str, Any]], book: FigureBook, month: str | None) -> list[dict[str, Any]]:
    """The figures with the reports that no table counts, of one month or of all."""
    from meyasubako.centre.config.startup import start

    start()
    from meyasubako.centre.reports.counting import reports_joined
    from meyasubako.centre.reports.selectors import month_counts

    counts = [count for count in month_counts() if month in (None, count.month)]
    return reports_joined(found, counts, lambda name: book.months(name)[0])


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
