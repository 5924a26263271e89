"""What ``meyasu smtp`` and ``meyasu lmtp`` share: options to settings, what is said at the start and at the end."""

from __future__ import annotations

import resource
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import print_json
from meyasubako.errors import UsageError

if TYPE_CHECKING:
    from meyasubako.receivers.smtp.admission import Network
    from meyasubako.receivers.smtp.server import Server, Settings
    from meyasubako.receivers.smtp.tls import Certificates

MEGABYTE = 1024 * 1024

HostnameOption = Annotated[
    str | None, typer.Option("--name", help="What the server calls itself (default: this machine's name).")
]
CertOption = Annotated[
    Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM): STARTTLS is offered with it.")
]
KeyOption = Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).")]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option("--proxy-from", metavar="NET", help="Networks whose PROXY header (v1, v2) is demanded."),
]
ConnectionsOption = Annotated[int, typer.Option(min=0, help="Most connections at once; 0: no limit.")]
OfSourceOption = Annotated[int, typer.Option(min=0, help="Most of one /24 or /64; 0: no limit.")]
RateOption = Annotated[int, typer.Option(min=0, help="Most mails a minute of one /24 or /64; 0: no limit.")]
SizeOption = Annotated[float, typer.Option("--max-size", min=0.001, max=200, help="Largest mail, in MB.")]
SpoolOption = Annotated[
    float,
    typer.Option("--spool-max", min=0.01, help="Most MB in the spool; beyond it mail is put off (452)."),
]
SpoolFilesOption = Annotated[int, typer.Option(min=1, help="Most files in the spool.")]
FreeOption = Annotated[
    float, typer.Option("--disk-free", min=0, help="MB that stay free on the spool's disk, for the tables.")
]
MemoryOption = Annotated[float, typer.Option("--memory", min=1, help="Most MB of mail held in memory.")]


def hostname_of(said: str | None) -> str:
    """The name in greetings. Raises UsageError for one that is none."""
    name = said or socket.gethostname()
    if not name.isascii() or not name.replace("-", "").replace(".", "").isalnum():
        raise UsageError(f"--name {name!r}", "no host name")
    return name


def networks(option: str, said: Sequence[str] | None) -> tuple[Network, ...]:
    """Networks of an option. Raises UsageError."""
    from meyasubako.receivers.smtp.server import networks_of

    try:
        return networks_of(said or ())
    except ValueError as error:
        raise UsageError(option, str(error)) from error


def certificates_of(chain: Path | None, key: Path | None) -> Certificates | None:
    """What TLS needs, or None. Raises UsageError for half of it, MeyasuError for files that do not serve."""
    from meyasubako.receivers.smtp.tls import Certificates

    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise UsageError("--tls-cert, --tls-key", "one is of no use without the other")
    return Certificates(chain, key)


def run(listeners: Sequence[socket.socket], settings: Settings, *, as_json: bool) -> None:
    """Serve until SIGTERM or Ctrl-C; say where, for whom, and in the end what came."""
    from meyasubako import logs, metrics
    from meyasubako.receivers.smtp.measured import ServerCollector
    from meyasubako.receivers.smtp.server import serve
    from meyasubako.tables.home import Home

    logs.configure(settings.dialect.name.lower())
    _allow_connections()
    home = Home.from_environment()
    places = [_shown(listener) for listener in listeners]

    def announce(server: Server) -> None:
        routes = server.desk.routes
        metrics.registry.register(ServerCollector(server))
        metrics.needs("room", lambda: server.why_not_ready)
        metrics.listen()
        addresses = len(routes.recipients) + len(routes.catch_all)
        if as_json:
            said: dict[str, Any] = {
                "listening": places,
                "protocol": settings.dialect.name.lower(),
                "addresses": addresses,
                "takes_every_address": routes.takes_every_address,
                "starttls": settings.certificates is not None,
                "home": str(home.path),
            }
            print_json(said)
        else:
            typer.echo(
                f"{settings.dialect.name}: {', '.join(places)}  (data folder {home.path}; stop with Ctrl-C)"
            )
            if routes.takes_every_address:
                typer.echo("モニターが登録されていないため、すべての宛先のメールを受け取ります。")
                typer.echo("No monitor is registered: mail is taken for every address.")
        sys.stdout.flush()

    counts = serve(home, listeners, settings, started=announce)
    if as_json:
        print_json(counts)
    else:
        typer.echo(
            f"{counts['mails']:,} mails in {counts['connections']:,} connections, {counts['put_off']:,} put off"
        )


def _shown(listener: socket.socket) -> str:
    address = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return str(address)
    host = f"[{address[0]}]" if listener.family == socket.AF_INET6 else address[0]
    return f"{host}:{address[1]}"


def _allow_connections() -> None:
    """As many open files as the system grants: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
