"""``meyasu sample``: make a sample of spam and lawful mail, and take it in when asked to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, progress
from meyasubako.errors import StorageError, UsageError

if TYPE_CHECKING:
    from meyasubako.receivers.ingest import Source
    from meyasubako.sample import Summary


def command(
    seed: Annotated[int, typer.Option(help="The same seed, size and months give the same bytes.")] = 1,
    mails: Annotated[int, typer.Option(help="How many mails the whole run has.")] = 20_000,
    months: Annotated[
        str, typer.Option(metavar="FROM..TO", help="First and last month, both meant.")
    ] = "2008-04..2009-03",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to (default: `sample` in the data folder).")
    ] = None,
    take_in: Annotated[
        bool, typer.Option("--ingest", help="Take the mails in as well, and return when they are observed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write monitors' and reporters' mboxes, routes.json and truth.jsonl."""
    from meyasubako.tables.home import Home

    folder = out or Home.from_environment().path / "sample"
    summary = write_sample(seed, mails, months, folder)
    taken = ingest_sample(folder, summary.mails) if take_in else None
    if as_json:
        document = {"folder": str(folder), "seed": seed, "months": months, **summary._asdict()}
        print_json(document if taken is None else {**document, "taken": taken})
        return
    typer.echo(
        f"{summary.mails:,} mails ({summary.monitor:,} at monitors, {summary.report:,} reported), "
        f"{summary.size / 1e6:,.1f} MB, in {folder}"
    )
    if taken is not None:
        typer.echo(f"{taken:,} of them newly taken in")


def write_sample(seed: int, mails: int, months: str, folder: Path) -> Summary:
    """Make a run and write it under ``folder``, with a progress bar; refuses a folder that holds other things."""
    from meyasubako.sample import generate, write_run

    if folder.exists():
        if not folder.is_dir() or (any(folder.iterdir()) and not (folder / "truth.jsonl").is_file()):
            raise UsageError(str(folder), "holds something else; name an empty folder")
        remove_earlier(folder)
    run = generate(seed, mails, months)
    with progress() as display:
        task = display.add_task("sample", total=mails)
        summary = write_run(run, folder, lambda done: display.update(task, completed=done))
        display.update(task, completed=mails)
    return summary


def remove_earlier(folder: Path) -> None:
    """Take an earlier run's files away, so that none of its months stays beside the new ones."""
    try:
        for name in ("monitor", "report"):
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
        for name in ("routes.json", "truth.jsonl"):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(str(folder), f"an earlier sample cannot be removed: {error.strerror}") from error


def sample_sources(folder: Path) -> Iterator[Source]:
    """The folders of a written sample and how their mail came in, monitors first."""
    from meyasubako.receivers.batch import Intake
    from meyasubako.receivers.ingest import Source
    from meyasubako.sample import routes

    known = routes()["monitors"]
    for monitor in sorted((folder / "monitor").iterdir()):
        route = known[monitor.name]
        yield Source((monitor,), Intake("monitor", monitor.name, route["class"], route["carrier"]))
    if (folder / "report").is_dir():
        yield Source((folder / "report",), Intake("report", None, None, None))


def ingest_sample(folder: Path, mails: int) -> int:
    """Take a written sample into the data folder; how many mails were not there yet.

    The DNS of the sample's world answers for its senders. The sample's routes become the data folder's where it has
    none.
    """
    from meyasubako.engines.local import workers_from_environment
    from meyasubako.receivers.capturing import SenderCapture
    from meyasubako.receivers.ingest import ingest_sources
    from meyasubako.sample.resolver import SampleResolver
    from meyasubako.tables.home import Home

    home = Home.from_environment().path
    if not (home / "routes.json").exists():
        shutil.copyfile(folder / "routes.json", home / "routes.json")
    with progress() as display:
        task = display.add_task("mails observed", total=mails)
        done = ingest_sources(
            list(sample_sources(folder)),
            home=home,
            workers=workers_from_environment(),
            asking=lambda trust: SenderCapture.of_resolver(trust, SampleResolver(), "sample"),
            progress=lambda _committed, observed: display.update(task, completed=observed),
        )
        display.update(task, completed=mails)
    return done.taken
