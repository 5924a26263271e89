"""``meyasu schedule``: what the centre does by itself, for as long as the process runs, or each thing once."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import UsageError


def command(
    once: Annotated[bool, typer.Option("--once", help="Run each step once and stop.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--step", help="Only this step; repeatable. See --list.")
    ] = None,
    list_steps: Annotated[
        bool, typer.Option("--list", help="Name the steps and what each did last.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Run the steps until interrupted."""
    from meyasubako import logs, metrics
    from meyasubako.centre.config.schedule import STEPS
    from meyasubako.centre.config.startup import start
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    steps = [step for step in STEPS if not only or step.name in only]
    unknown = set(only or ()) - {step.name for step in STEPS}
    if unknown:
        raise UsageError("--step", f"{', '.join(sorted(unknown))}: no such step")
    start()
    logs.configure("schedule")
    from meyasubako.centre.config.scheduling import Scheduler, last_run

    if list_steps:
        runs = {step.name: last_run(home, step) for step in steps}
        for step in steps:
            ran = runs[step.name]
            said = ran._asdict() if ran else None
            if as_json:
                print_json({"step": step.name, "every_seconds": step.every_seconds, "last": said})
            else:
                last = f"{ran.began:%Y-%m-%d %H:%M:%S}Z {ran.error or 'ok'} {ran.done}" if ran else "never"
                typer.echo(f"{step.name:26} every {step.every_seconds:>5} s   last: {last}")
        return
    if not once:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        from meyasubako.centre.config.watching import register_centre

        register_centre(home)
        metrics.listen()
        Scheduler(home, steps).run(stop)
        return
    failed = False
    for name, ran in Scheduler(home, steps).run_all().items():
        failed |= bool(ran and ran.error)
        if as_json:
            print_json({"step": name, **(ran._asdict() if ran else {"error": "at work elsewhere"})})
        else:
            typer.echo(f"{name:26} {(ran.error or f'done: {ran.done}') if ran else 'at work elsewhere'}")
    if failed:
        raise typer.Exit(4)
