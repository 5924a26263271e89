"""``meyasu seals``: are the arrivals what was sealed? Check them, sign the end of the chain, prove one arrival."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import UsageError

CHANGED = 3
SAYINGS = {
    "chain": "封印の連なりが合いません / the chain is broken",
    "row missing": "封印された受信がなくなっています / a sealed arrival is missing",
    "row changed": "封印された受信が書き換えられています / a sealed arrival says something else",
    "commit": "封印された一まとまりが書き換えられています / a sealed commit says something else",
    "row added": "封印のない受信が紛れています / an arrival was put in without a seal",
    "head": "外に控えた印と合いません / the head held outside is not in the chain",
}


class Action(Enum):
    """What to do with the seals."""

    VERIFY = "verify"
    HEAD = "head"
    PROVE = "prove"
    CHECK = "check"


def command(
    action: Annotated[
        Action, typer.Argument(help="verify, head (signed), prove ARRIVAL_ID, check PROOF_FILE.")
    ],
    subject: Annotated[str | None, typer.Argument(help="The arrival, or the file with its proof.")] = None,
    anchored: Annotated[
        list[Path] | None, typer.Option("--head", help="A signed head kept outside, that must hold.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The public key signed heads must bear.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check, sign or prove; exit 3 when something is not as it was sealed."""
    heads = [_read(path) for path in anchored or []]
    if action is Action.VERIFY:
        _verify(heads, key, as_json)
    elif action is Action.HEAD:
        _head()
    elif action is Action.PROVE:
        _prove(_needed(subject, "ARRIVAL_ID"))
    else:
        _check(_read(Path(_needed(subject, "PROOF_FILE"))), heads, key)


def _needed(subject: str | None, name: str) -> str:
    if subject is None:
        raise UsageError(name, "is missing")
    return subject


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(str(path), f"cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(str(path), "is no JSON object")
    return document


def _verify(heads: list[dict[str, Any]], key: str | None, as_json: bool) -> None:
    from meyasubako.tables.home import Home
    from meyasubako.tables.seal_checks import verify_seals
    from meyasubako.tables.seal_heads import check_head

    found = verify_seals(Home.from_environment(), anchored=[check_head(head, key=key) for head in heads])
    if as_json:
        difference = found.difference._asdict() if found.difference else None
        print_json({**found._asdict(), "head": found.head._asdict(), "difference": difference})
    else:
        typer.echo(f"{found.seals:,} seals over {found.rows:,} arrivals, {found.unsealed:,} not sealed yet")
        typer.echo(f"head {found.head.sequence}: {found.head.head}")
    if found.difference is not None:
        different = found.difference
        if not as_json:
            where = f"seal {different.sequence}, arrivals version {different.arrivals_version}"
            typer.echo(f"{SAYINGS[different.what]}: {where}, arrival {different.arrival_id}")
        raise typer.Exit(CHANGED)
    if not as_json:
        typer.echo("封印はすべて合っています / everything is as it was sealed")


def _head() -> None:
    from datetime import UTC, datetime

    from meyasubako.tables.home import Home
    from meyasubako.tables.seal_heads import signed_head

    print_json(signed_head(Home.from_environment(), now=datetime.now(UTC)))


def _prove(arrival_id: str) -> None:
    from meyasubako.tables.home import Home
    from meyasubako.tables.seal_checks import prove

    print_json(prove(Home.from_environment(), arrival_id))


def _check(proof: dict[str, Any], heads: list[dict[str, Any]], key: str | None) -> None:
    from meyasubako.tables.seal_checks import check_proof
    from meyasubako.tables.seal_heads import check_head

    holds = check_proof(proof)
    for document in heads:
        holds = holds and check_head(document, key=key).head == proof["head"]
    typer.echo(
        "証明は成り立ちます / the proof holds" if holds else "証明は成り立ちません / the proof does not hold"
    )
    if not holds:
        raise typer.Exit(CHANGED)
