"""``meyasu sample``: make a sample of spam and lawful mail, and take it in when asked to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, progress
from meyasubako.errors import UsageError

if TYPE_CHECKING:
    from meyasubako.sample import Summary

MonthsOption = Annotated[str, typer.Option(metavar="FROM..TO", help="First and last month, both meant.")]


def command(
    seed: Annotated[int, typer.Option(help="The same seed, size and months give the same bytes.")] = 1,
    mails: Annotated[int, typer.Option(help="How many mails the whole run has.")] = 20_000,
    months: MonthsOption = "2008-04..2009-03",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to (default: `sample` in the data folder).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write monitors' and reporters' mboxes, routes.json and truth.jsonl; see docs/sample.md."""
    from meyasubako.tables.home import Home

    folder = out or Home.from_environment().path / "sample"
    summary = write_sample(seed, mails, months, folder)
    if as_json:
        print_json({"folder": str(folder), "seed": seed, "months": months, **summary._asdict()})
    else:
        typer.echo(
            f"{summary.mails:,} mails ({summary.monitor:,} at monitors, {summary.report:,} reported), "
            f"{summary.size / 1e6:,.1f} MB, in {folder}"
        )


def write_sample(seed: int, mails: int, months: str, folder: Path) -> Summary:
    """Make a run and write it under ``folder``, with a progress bar; refuses a folder that holds other things."""
    from meyasubako.sample import generate, write_run

    if folder.exists() and any(folder.iterdir()) and not (folder / "truth.jsonl").is_file():
        raise UsageError(str(folder), "holds something else; name an empty folder")
    run = generate(seed, mails, months)
    with progress() as display:
        task = display.add_task("sample", total=mails)
        return write_run(run, folder, lambda done: display.update(task, completed=done))
