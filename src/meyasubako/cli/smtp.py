"""``meyasu smtp``: mail from the network, on the disk before it is answered for."""

from __future__ import annotations

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
    OfSourceOption,
    ProxyOption,
    RateOption,
    SizeOption,
    SpoolFilesOption,
    SpoolOption,
    certificates_of,
    hostname_of,
    networks,
    run,
)


def command(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")],
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Address to listen on (default: 127.0.0.1).")
    ] = None,
    share_port: Annotated[
        bool, typer.Option("--share-port", help="Share the port with others that say so: one process a core.")
    ] = False,
    name: HostnameOption = None,
    tls_cert: CertOption = None,
    tls_key: KeyOption = None,
    proxy_from: ProxyOption = None,
    max_connections: ConnectionsOption = 2_500,
    per_source: OfSourceOption = 50,
    mails_a_minute: RateOption = 3_000,
    max_size: SizeOption = 25,
    spool_max: SpoolOption = 4_096,
    spool_files: SpoolFilesOption = 10_000,
    disk_free: FreeOption = 256,
    memory: MemoryOption = 256,
    as_json: JsonFlag = False,
) -> None:
    """Take mail over SMTP until interrupted. Nothing is ever sent or relayed."""
    from meyasubako.receivers.smtp.admission import Quotas
    from meyasubako.receivers.smtp.limits import Limits
    from meyasubako.receivers.smtp.room import Depths
    from meyasubako.receivers.smtp.server import Settings, listen_tcp

    settings = Settings(
        hostname_of(name),
        limits=Limits(size=int(max_size * MEGABYTE)),
        quotas=Quotas(max_connections, per_source, mails_a_minute),
        depths=Depths(
            int(spool_max * MEGABYTE), spool_files, int(disk_free * MEGABYTE), int(memory * MEGABYTE)
        ),
        proxies=networks("--proxy-from", proxy_from),
        certificates=certificates_of(tls_cert, tls_key),
    )
    listeners = [listen_tcp(one, port, is_shared=share_port) for one in host or ["127.0.0.1"]]
    run(listeners, settings, as_json=as_json)
