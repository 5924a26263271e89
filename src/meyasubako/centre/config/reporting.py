"""What the environment says about reports from people: the relay for answers, retention, proxies, asking the DNS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import unquote, urlsplit

from meyasubako.errors import UsageError

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes the centre's own mail: how it is spoken to, where it is, who we are to it."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


def mail_relay(environment: Mapping[str, str]) -> Relay | None:
    """``MEYASU_MAIL_RELAY``: ``smtp://``, ``smtp+starttls://`` or ``smtps://``, then ``[user:password@]host[:port]``.

    None where it is not set: nothing is sent then. Raises UsageError.
    """
    url = environment.get("MEYASU_MAIL_RELAY", "")
    if not url:
        return None
    parts = urlsplit(url if "://" in url else f"smtp://{url}")
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError("MEYASU_MAIL_RELAY", "the port is no number") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise UsageError("MEYASU_MAIL_RELAY", "expected smtp://, smtp+starttls:// or smtps://, and a host")
    return Relay(
        parts.scheme,
        parts.hostname,
        port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def report_addresses(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses to which people forward mail: ``MEYASU_REPORT_ADDRESSES``, separated by commas."""
    said = (address.strip().lower() for address in environment.get("MEYASU_REPORT_ADDRESSES", "").split(","))
    found = tuple(filter(None, said))
    for address in found:
        if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
            raise UsageError("MEYASU_REPORT_ADDRESSES", f"{address} is no address")
    return found


def days(environment: Mapping[str, str], name: str, default: int) -> int:
    """A retention in days, 1 or more. Raises UsageError."""
    said = environment.get(name, "")
    if not said:
        return default
    if not said.isdecimal() or int(said) < 1:
        raise UsageError(name, f"{said!r} is no number of days")
    return int(said)


def proxies(environment: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks whose ``X-Forwarded-For`` is believed: ``MEYASU_PROXIES``, separated by commas. Raises UsageError."""
    said = [network.strip() for network in environment.get("MEYASU_PROXIES", "").split(",")]
    try:
        return tuple(ip_network(network) for network in said if network)
    except ValueError as error:
        raise UsageError("MEYASU_PROXIES", str(error)) from error


def site_url(environment: Mapping[str, str]) -> str:
    """Where people reach the site: ``MEYASU_SITE_URL``, without a last slash; "" where it is not said."""
    said = environment.get("MEYASU_SITE_URL", "").rstrip("/")
    if said and urlsplit(said).scheme not in {"http", "https"}:
        raise UsageError("MEYASU_SITE_URL", "expected https://host")
    return said
