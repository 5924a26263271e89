"""``meyasu doctor``: is everything there that the centre needs, and what to do where it is not."""

from __future__ import annotations

import typer

from meyasubako.cli.output import JsonFlag, print_json

SIGNS = {"ok": "✓", "warn": "!", "fail": "✗"}
FAILED = 4


def command(as_json: JsonFlag = False) -> None:
    """Look at everything; exit 4 when something fails. Warnings alone exit 0."""
    import os
    from datetime import UTC, datetime

    import django

    from meyasubako.centre.config.startup import SETTINGS
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    # Not startup.start(): it would make what is to be looked for.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()
    from meyasubako.centre.config.doctor import Examined, Level, examine, worst

    found = examine(Examined(home, os.environ, datetime.now(UTC)))
    for name, one in found.items():
        if as_json:
            print_json(
                {
                    "check": name,
                    "level": one.level.value,
                    "ja": one.ja,
                    "en": one.en,
                    "do_ja": one.do_ja,
                    "do_en": one.do_en,
                }
            )
            continue
        typer.echo(f"{SIGNS[one.level.value]} {name:10} {one.ja} / {one.en}")
        if one.do_ja:
            same = one.do_ja == one.do_en
            typer.echo(f"{'':13}→ {one.do_ja if same else f'{one.do_ja} / {one.do_en}'}")
    if worst(found) is Level.FAIL:
        raise typer.Exit(FAILED)
