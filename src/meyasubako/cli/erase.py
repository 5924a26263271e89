"""``meyasu erase``: take the bytes of a mail, and what was read from them, out of every table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from meyasubako.tables.home import Home


def command(
    sha256: Annotated[str | None, typer.Option("--sha256", help="The bytes, by their sha256 (hex).")] = None,
    arrival: Annotated[str | None, typer.Option("--arrival", help="The bytes of this arrival.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for good.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who decided it; kept for good.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Erase; the arrival stays counted, and its seal stays valid."""
    from datetime import UTC, datetime

    from meyasubako.engines.erasure import erase, sha256_of
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    if (sha256 is None) == (arrival is None):
        raise UsageError("erase", "one of --sha256 and --arrival is needed")
    named = sha256 if sha256 is not None else sha256_of(home, str(arrival))
    now = datetime.now(UTC)
    done = erase(home, sha256=named, reason=reason, by=by, now=now, arrival_id=arrival)
    _tell_reports(home, done.tombstone.sha256, now)
    if as_json:
        print_json({**done.tombstone._asdict(), "rows": done.rows, "waiting": done.waiting})
        return
    rows = ", ".join(f"{table} {count}" for table, count in done.rows.items())
    typer.echo(f"消去しました / erased: {done.tombstone.sha256}")
    typer.echo(f"書き換えた行 / rows blanked: {rows}")
    if done.waiting:
        typer.echo(
            f"{done.waiting} 個の古いファイルが残っています（読み終わり次第 meyasu compact が削除） / "
            f"{done.waiting} old files wait for readers or followers; the next upkeep removes them"
        )


def _tell_reports(home: Home, sha256: str, now: datetime) -> None:
    """Note in the register of reports that the bytes are gone, where there is one: tables may stand alone."""
    if not (os.environ.get("MEYASU_DATABASE_URL") or (home.path / "centre.sqlite3").is_file()):
        return
    from meyasubako.centre.config.startup import start

    start()
    from meyasubako.centre.reports.services.withdrawing import evidence_erased

    evidence_erased(sha256s=[sha256], now=now)
