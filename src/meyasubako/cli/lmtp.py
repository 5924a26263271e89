"""``meyasu lmtp``: mail from a mail server in front of us, on the disk before it is answered for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag
from meyasubako.cli.receiving import (
    MEGABYTE,
    CertOption,
    ConnectionsOption,
    FreeOption,
    HostnameOption,
    KeyOption,
    MemoryOption,
    ProxyOption,
    SizeOption,
    SpoolFilesOption,
    SpoolOption,
    certificates_of,
    hostname_of,
    networks,
    run,
)
from meyasubako.errors import UsageError

SMTP_PORT = 25


def command(
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    unix: Annotated[Path | None, typer.Option("--socket", help="Unix socket to listen on.")] = None,
    forwarded_from: Annotated[
        list[str] | None,
        typer.Option(
            "--forwarded-from",
            metavar="NET",
            help="Networks of mail servers whose XFORWARD is believed (default: this machine).",
        ),
    ] = None,
    name: HostnameOption = None,
    tls_cert: CertOption = None,
    tls_key: KeyOption = None,
    proxy_from: ProxyOption = None,
    max_connections: ConnectionsOption = 2_500,
    max_size: SizeOption = 100,
    spool_max: SpoolOption = 4_096,
    spool_files: SpoolFilesOption = 10_000,
    disk_free: FreeOption = 256,
    memory: MemoryOption = 256,
    as_json: JsonFlag = False,
) -> None:
    """Take mail over LMTP until interrupted: an answer for each recipient, no queue of our own."""
    from meyasubako.receivers.smtp.admission import Quotas
    from meyasubako.receivers.smtp.limits import Limits
    from meyasubako.receivers.smtp.protocol import Dialect
    from meyasubako.receivers.smtp.room import Depths
    from meyasubako.receivers.smtp.server import Settings, listen_tcp, listen_unix

    if port is None and unix is None:
        raise UsageError("--port, --socket", "one of them must say where to listen")
    if port == SMTP_PORT:
        raise UsageError("--port 25", "is SMTP's; LMTP must not be spoken there (RFC 2033)")
    settings = Settings(
        hostname_of(name),
        Dialect.LMTP,
        limits=Limits(size=int(max_size * MEGABYTE)),
        quotas=Quotas(max_connections, 0, 0),
        depths=Depths(
            int(spool_max * MEGABYTE), spool_files, int(disk_free * MEGABYTE), int(memory * MEGABYTE)
        ),
        proxies=networks("--proxy-from", proxy_from),
        forwarders=networks("--forwarded-from", forwarded_from or ["127.0.0.0/8", "::1"]),
        certificates=certificates_of(tls_cert, tls_key),
    )
    listeners = [listen_unix(unix)] if unix is not None else []
    if port is not None:
        listeners.append(listen_tcp(host, port))
    run(listeners, settings, as_json=as_json)
