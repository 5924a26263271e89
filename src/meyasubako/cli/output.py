"""What the verbs share: JSON on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a text for people.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output, in UTF-8, keys as given."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_lines(values: Iterable[Any]) -> None:
    """One JSON object a line, written as they come."""
    for value in values:
        print_json(value)


def progress() -> Progress:
    """A progress display on standard error, silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def start_in_english() -> None:
    """Set the centre up (database, keys, apps); what it says is English, as all of the command line."""
    from django.utils import translation

    from meyasubako.centre.config.startup import start

    start()
    translation.activate("en")
