"""The way of a sample mail: from where it really came, and the Received chain that tells of it, true or not.

The boundary hop is always written by the receiving provider and always true; what stands below it may be a real
relay's, or forged. RFC 5321 section 4.4 puts the newest field first.
"""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.sample.draws import ALPHANUMERIC, Draws
from meyasubako.sample.hops import Hop, date_text, write_hop
from meyasubako.sample.networks import Place, host_at, host_place, pool_place, server_address
from meyasubako.sample.providers import Mailbox, load_providers
from meyasubako.sample.zones import LAWFUL_ENDING

ROUTES = ("direct", "server", "relay", "webmail")
FIRST_HOPS = (
    "from {helo} (localhost [127.0.0.1])\n\tby {helo} (Postfix) with ESMTP id {HEX11}\n\tfor <{to}>; {local}",
    "from {helo} (localhost.localdomain [127.0.0.1])\n\tby {helo} (8.13.8/8.13.8) with ESMTP id {sendmail_id}\n\tfor <{to}>; {local}",
    "from root by {helo} with local (Exim 4.69)\n\t(envelope-from <{env}>)\n\tid {exim_id}\n\tfor {to}; {local}",
    "(from apache@localhost)\n\tby {helo} (8.13.8/8.13.8/Submit) id {sendmail_id};\n\t{local}",
    "(qmail {n3}{n2} invoked by uid 48); {utc_day_first}",
    "by {helo} (Postfix, from userid 48)\n\tid {HEX11}; {local}",
)
RELAY_HOPS = (
    "{postfix}\n\tby smtp{n2}.access.example (Postfix) with ESMTP id {HEX11}\n\tfor <{to}>; {local}",
    "{sendmail}\n\tby out{n2}.access.example (8.13.8/8.13.8) with ESMTP id {sendmail_id}\n\tfor <{to}>; {local}",
    "{exim}\n\tby relay{n2}.access.example with esmtpa (Exim 4.69)\n\t(envelope-from <{env}>)\n\tid {exim_id}\n\tfor {to}; {local}",
    "{qmail}\n  by mx{n2}.access.example with SMTP; {utc_day_first}",
    "{plain} by mail{n2}.access.example with Microsoft SMTPSVC(6.0.3790.3959);\n\t {local}",
)
FORGED_HOPS = (
    "from {helo} ([198.51.100.{byte}]) by mx{n2}.freemail.example with SMTP id {sendmail_id};\n\t{local}",
    "from unknown (HELO {helo}) (203.0.113.{byte})\n  by mail{n2}.bank.example with SMTP; {utc_day_first}",
    "from [192.0.2.{byte}] by {helo} with HTTP; {local}",
    "from {helo} (EHLO mail.hotel.example [203.0.113.{byte}])\n\tby smtp{n2}.travel.example (8.12.10/8.12.10) with ESMTP id {HEX9}\n\tfor <{to}>; {local}",
)


class Way(NamedTuple):
    """The truth about a mail's way, and its trace fields, newest first; ``notes`` are the provider's further fields."""

    place: Place
    route: str
    forged: bool
    helo: str
    received: list[str]
    notes: list[str]
    claimed: str | None


def bot_helo(place: Place, draws: Draws) -> tuple[str, bool]:
    """What a machine of a pool calls itself, and whether that is a lie about another's name."""
    kind = draws.below(20)
    if kind < 6:
        return (place.rdns or f"[{place.ip}]"), False
    if kind < 10:
        return draws.word(draws.between(5, 9)), False
    if kind < 12:
        return f"[{place.ip}]", False
    if kind < 14:
        return f"{draws.word(4)}-{draws.hex(8)}", False
    if kind < 15:
        return "localhost", False
    return draws.pick(("mx.freemail.example", "mail.bank.example", "smtp.shop.example", "example.com")), True


def find_way(
    country: str, route: str, domain: str, mailbox: Mailbox, envelope: str, seconds: int, draws: Draws
) -> Way:
    """Send a mail over one of ``ROUTES`` from a country to a mailbox.

    ``domain`` is the one the sender's servers bear, ``seconds`` the boundary's clock.
    """
    below: list[str] = []
    claimed = None
    lie = False
    earlier = seconds - draws.between(1, 40)
    if route == "direct":
        place = pool_place(country, draws)
        helo, lie = bot_helo(place, draws)
    elif route == "server":
        helo = f"mail{draws.between(1, 8)}.{domain}"
        place = host_place(country, draws)
        if domain.endswith(LAWFUL_ENDING):
            place = host_at(server_address(helo), country)
        if draws.chance(0.7):
            below.append(
                write_hop(
                    draws.pick(FIRST_HOPS),
                    Hop(place.ip, helo, helo, envelope, mailbox.address, earlier, draws.below(300)),
                    draws,
                )
            )
    elif route == "relay":
        helo = f"out{draws.between(1, 30):02}.access.example"
        place = host_place(country, draws)
        client = pool_place(country, draws)
        hop = Hop(
            client.ip,
            bot_helo(client, draws)[0],
            client.rdns,
            envelope,
            mailbox.address,
            earlier,
            draws.below(300),
        )
        below.append(write_hop(draws.pick(RELAY_HOPS), hop, draws))
    else:
        helo = f"web{draws.between(101, 899)}.freemail.example"
        place = host_place(country, draws)
        claimed = pool_place(country, draws).ip
        below.append(f"from [{claimed}] by {helo} via HTTP; {date_text(earlier, 540)}")
    forged = route in ("direct", "server") and draws.chance(0.30 if route == "direct" else 0.08)
    if forged:
        below.extend(forged_hops(mailbox, envelope, seconds, draws))
    hop = Hop(place.ip, helo, place.rdns, envelope, mailbox.address, seconds, draws.below(300))
    provider = mailbox.provider
    received = [
        write_hop(style, hop._replace(seconds=seconds + len(provider.inner) - number), draws)
        for number, style in enumerate(provider.inner)
    ]
    received.append(write_hop(provider.boundary, hop, draws))
    notes = [write_hop(style, hop, draws) for style in provider.notes]
    return Way(place, route, forged or lie, helo, received + below, notes, claimed)


def forged_hops(mailbox: Mailbox, envelope: str, seconds: int, draws: Draws) -> list[str]:
    """One to three invented hops: reserved addresses, sometimes another country's, sometimes a provider's name."""
    hops = []
    for _ in range(draws.between(1, 3)):
        clock = seconds + draws.pick((-86_400, -7200, -3600, -600, 300, 5400))
        name = draws.word(draws.between(4, 8)) + ".example"
        address = f"198.51.100.{draws.between(1, 254)}"
        if draws.chance(0.25):
            address = pool_place(draws.pick(("JP", "US", "CN", "BR", "RU")), draws).ip
        hop = Hop(address, name, name, envelope, mailbox.address, clock, draws.below(300))
        if draws.chance(0.12):
            hops.append(write_hop(draws.pick(load_providers()).boundary, hop, draws))
        else:
            hops.append(write_hop(draws.pick(FORGED_HOPS), hop, draws))
    return hops


def message_id(helo: str, seconds: int, draws: Draws) -> str:
    """A Message-ID in one of several programs' manners."""
    host = helo.strip("[]") or "localhost"
    kind = draws.below(4)
    if kind == 0:
        return f"<{draws.hex(12)}${draws.hex(8)}${draws.hex(8)}@{host}>"
    if kind == 1:
        return f"<{seconds}.{draws.between(1000, 99_999)}@{host}>"
    if kind == 2:
        return f"<{draws.hex(8).upper()}.{draws.between(1_000_000, 9_999_999)}@{host}>"
    return f"<{draws.word(16, ALPHANUMERIC)}@{host}>"
