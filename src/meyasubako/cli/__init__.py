"""The command ``meyasu``: one verb a file, imported only when it is called.

Each verb lives in ``meyasubako.cli.<verb>`` as ``command``: one function with annotated typer options, or a group
of them (``meyasu monitor add``). Exit codes:
0 done, 1 the thing asked for is not so (a lint that found something), 2 usage, 3 bad input, 4 storage,
5 something needed is unavailable, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from meyasubako.cli.verbs import VERBS


class VerbGroup(TyperGroup):
    """Knows every verb by name and one line of help, and imports a verb's module when it runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order a mail takes."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb's command, imported now; None for an unknown one."""
        if cmd_name not in VERBS:
            return None
        from importlib import import_module

        module = import_module(f"meyasubako.cli.{cmd_name.replace('-', '_')}")
        if isinstance(module.command, typer.Typer):
            actions = typer.main.get_command(module.command)
            actions.name, actions.help = cmd_name, VERBS[cmd_name]
            return actions
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        app.command(cmd_name, help=VERBS[cmd_name])(module.command)
        return typer.main.get_command(app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of verbs in ``--help``, from the table alone: no verb is imported for it."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


app = typer.Typer(
    cls=VerbGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Meyasubako (目安箱): an anti-spam centre as software. MEYASU_HOME names the data folder, MEYASU_WORKERS the worker processes.",
)


def print_version(asked: bool) -> None:
    """Print the version and stop, when it was asked for."""
    if asked:
        from meyasubako import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    _version: bool = typer.Option(
        False, "--version", is_eager=True, callback=print_version, help="Print the version and stop."
    ),
) -> None:
    """Options that stand before every verb."""


def main() -> None:
    """Run the command line; turn an error a person can act on into one line and an exit code."""
    from meyasubako.errors import MeyasuError

    try:
        app()
    except MeyasuError as error:
        print(f"meyasu: {error}", file=sys.stderr)  # noqa: T201 - the one place that prints an error
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("meyasu: interrupted", file=sys.stderr)  # noqa: T201 - the same place
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`meyasu explain ... | head`): not an error of ours.
        sys.stderr.close()
        sys.exit(0)
