"""Make a data folder ready to be served: key, catalogues, chart bundle, database, static files.

Every step is safe to repeat and does nothing when its result is already there. Run as a process of its own
(``python -m meyasubako.centre.config.prepare``): building the chart bundle starts a script engine whose threads
must not live in a process that forks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from meyasubako.centre.accounts import keyring
from meyasubako.centre.config import environment
from meyasubako.centre.config.startup import Preparing
from meyasubako.errors import MeyasuError, UnavailableError

CENTRE = Path(__file__).resolve().parent.parent
SNIPPET = "window.vegaEmbed = vegaEmbed;"
NOTICE = (
    "/* Vega, Vega-Lite, Vega-Embed and their parts, bundled by vl-convert {version}. BSD-3-Clause,\n"
    "   (c) University of Washington Interactive Data Lab and contributors; https://vega.github.io */\n"
)


def compile_catalogues(centre: Path = CENTRE) -> list[Path]:
    """Compile each app's catalogue whose source is newer than its result; gives the ones compiled.

    Raises UnavailableError where ``msgfmt`` (package gettext) is missing or refuses a catalogue.
    """
    compiled = []
    for source in sorted(centre.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        program = shutil.which("msgfmt")
        if program is None:
            raise UnavailableError("msgfmt", "not found; install the package gettext")
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        done = subprocess.run(
            [program, "--check-format", "-o", str(aside), str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UnavailableError(str(source), done.stderr.strip().replace("\n", "; "))
        aside.replace(target)
        compiled.append(target)
    return compiled


def build_bundle(folder: Path) -> Path:
    """Write Vega, Vega-Lite and Vega-Embed as one script, unless this version of it is there already.

    The page sees one name of it, ``vegaEmbed``.
    """
    target = folder / "site" / "vega.js"
    notice = NOTICE.format(version=version("vl-convert-python"))
    if target.exists() and target.read_text("utf-8").startswith(notice):
        return target
    import vl_convert

    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    aside.write_text(notice + vl_convert.javascript_bundle(SNIPPET), "utf-8")
    aside.replace(target)
    return target


def collect_static(home: Path) -> bool:
    """Collect and compress the static files, unless they are the ones collected last; whether it was done."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    seen = hashlib.sha256(f"{version('django')} {version('whitenoise')}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            seen.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = home / "site" / "collected"
    if stamp.exists() and stamp.read_text("ascii") == seen.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen.hexdigest(), "ascii")
    return True


def prepare(home: Path) -> None:
    """All steps, in order. ``home`` is made when missing."""
    home.mkdir(mode=0o750, parents=True, exist_ok=True)
    environment.ensure_secret_key(home)
    keyring.ensure(environment.field_key_file(os.environ, home))
    compile_catalogues()
    build_bundle(home / "site" / "built")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meyasubako.centre.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    with Preparing(home):
        call_command("migrate", interactive=False, verbosity=0)
    collect_static(home)


def main() -> int:
    """Prepare the folder that ``MEYASU_HOME`` names."""
    try:
        prepare(environment.home_from(os.environ))
    except MeyasuError as error:
        print(f"meyasu: {error}", file=sys.stderr)  # noqa: T201 - a process of its own, its last word
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
