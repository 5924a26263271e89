"""Makes trace chains with known origins: thirty receivers, honest and forged sender sides, all seeded.

A chain is built from the sender up, as mail travels: fields the sender wrote (true or forged), then the edge hop
its connection really made, then the receiver's inner hops. Addresses of senders are reserved ones; inner addresses are
private or the receiver's listed ranges. Nothing here knows how origins are found.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

START = datetime(2024, 3, 5, 3, 0, tzinfo=UTC)


class Receiver(NamedTuple):
    """``edge`` is the field its MX writes about the sender; ``inner`` those above it, oldest first. ``own`` is a name
    of its own a forger would use, ``names_client`` whether the edge writes a looked-up name."""

    key: str
    edge: str
    inner: tuple[str, ...]
    own: str
    names_client: bool = True


class Chain(NamedTuple):
    """Field values newest first, the true origin, whether its sender side is forged in a provable way, how."""

    receiver: str
    values: list[bytes]
    ip: str
    helo: str
    forged: bool
    kind: str


POSTFIX = "from {helo} ({rdns} [{ip6}]) by {own} (Postfix) with ESMTPS id {id} for <m@example.jp>"
AMAVIS = "from localhost (localhost [127.0.0.1]) by {own} (Postfix) with ESMTP id {id}"
EXIM = "from {exim} by {own} with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) id {id} for m@example.jp"
SENDMAIL = "from {helo} ({rdns} [{ip6}]) by {own} (8.15.2/8.15.2) with ESMTP id {id}"
BARE = "from {helo} ([{ip}]) by {own} with ESMTP id {id} for <m@example.jp>"
IRONPORT = "from {qmail} (HELO {helo}) ([{ip}]) by {own} with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384"
QMAIL = "from {qmail} (HELO {helo}) ({ip}) by {own} with SMTP"
LMTP = "from {own} ([127.0.0.1]) by {own} with LMTP id {id}"
EXCHANGE = "from {helo} ({ip}) by {own} (10.167.242.9) with Microsoft SMTP Server id 15.20.7202.16 via Frontend Transport"


def _private(host: str, by: str) -> str:
    return f"from {host} ({host} [10.{{b}}.{{c}}.{{d}}]) by {by} with ESMTP id {{id}}"


RECEIVERS = (
    Receiver("docomo", "from {helo} ({rdns} [{ip}]) by mfsmax1.docomo.ne.jp (DOCOMO Mail Server Ver2.0) with ESMTP id {id}",
             (), "mfsmax1.docomo.ne.jp"),
    Receiver("au", "from {helo} ({rdns} [{ip}]) by lsean.ezweb.ne.jp (EZweb Mail) with ESMTP id {id} for <n@ezweb.ne.jp>",
             ("by lsean.ezweb.ne.jp (EZweb Mail) id {id}",), "lsean.ezweb.ne.jp"),
    Receiver("softbank", BARE, ("from tgm42.softbank.ne.jp ([172.26.9.110]) by tgm14.softbank.ne.jp with ESMTP id <{id}@x>",),
             "tgm42.softbank.ne.jp", names_client=False),
    Receiver("yahoo-japan", "from {ip} (EHLO {helo}) ({ip}) by {own} with SMTP", (),
             "mta508.mail.kks.yahoo.co.jp", names_client=False),
    Receiver("ocn", POSTFIX, ("from mfgw216.ocn.ad.jp (mfgw216.ocn.ad.jp [192.0.2.216]) by mfbox3.ocn.ad.jp (Postfix) with ESMTP id {id}",),
             "mfgw216.ocn.ad.jp"),
    Receiver("so-net", SENDMAIL, (_private("ms-imx01.so-net.ne.jp", "ms-box02.so-net.ne.jp"),), "ms-imx01.so-net.ne.jp"),
    Receiver("nifty", SENDMAIL, (_private("mxg501.nifty.com", "mbox1.nifty.com"),), "mxg501.nifty.com"),
    Receiver("biglobe", SENDMAIL, ("from rcpt-impgw.biglobe.ne.jp by biglobe.ne.jp (RCPT_GW) id {id}",), "rcpt-impgw.biglobe.ne.jp"),
    Receiver("iij", POSTFIX, (AMAVIS,), "mx-x01.iij.ad.jp"),
    Receiver("sakura", POSTFIX, ("from www1.sakura.ne.jp (localhost [127.0.0.1]) by www1.sakura.ne.jp (8.16.1/8.16.1) with ESMTP id {id}",),
             "www1.sakura.ne.jp"),
    Receiver("xserver", QMAIL, ("(qmail 31221 invoked by uid 89)", "(qmail 31224 invoked from network)"), "sv1.xserver.jp"),
    Receiver("gmail", "from {helo} ({rdns}. [{ip}]) by {own} with ESMTPS id {id} for <m@example.jp> (version=TLS1_3 cipher=X bits=256/256)",
             ("by 2002:a05:6500:1::1 with SMTP id {id}",), "mx.google.com"),
    Receiver("microsoft", EXCHANGE,
             ("from SN1PEPF01.mail.protection.outlook.com (2603:10b6:a03:14b:cafe::8a) by BY1CA0061.outlook.office365.com with Microsoft SMTP Server id 1",
              "from BY1CA0061.namprd06.prod.outlook.com (2603:10b6:a03:14b::38) by SJ1MB0531.NAMP223.PROD.OUTLOOK.COM with HTTPS"),
             "SN1PEPF01.mail.protection.outlook.com", names_client=False),
    Receiver("yahoo", "from {ip} (EHLO {helo}) ({ip}) by {own} with SMTPS", ("from 10.217.136.93 by atlas116.free.mail.ne1.yahoo.com with HTTPS",),
             "mta4101.mail.ne1.yahoo.com", names_client=False),
    Receiver("icloud", POSTFIX, (_private("mr21p00im-mx01.me.com", "ms30511.mac.com"),), "mr21p00im-mx01.me.com"),
    Receiver("gmx", BARE.replace(" by {own}", " by {own} (mxgmx016 [212.227.15.9])"), (), "mx-ha.gmx.net", names_client=False),
    Receiver("mail.ru", "from [{ip}] (port=58540 helo={helo}) by {own} with esmtp id {id}", (), "mx113.mail.ru", names_client=False),
    Receiver("yandex", SENDMAIL.replace("8.15.2/8.15.2", "mxfront/Yandex"), (LMTP,), "mxfront1h.mail.yandex.net"),
    Receiver("qq", "from {helo} (unknown [{ip}]) by {own} (NewMX) with SMTP id {id}", (), "newxmmxszb6.qq.com", names_client=False),
    Receiver("netease", "from {helo} (unknown [{ip}]) by {own} (Coremail) with SMTP id {id}", (), "mx41.163.com", names_client=False),
    Receiver("naver", "from {helo} ({rdns} [{ip}]) by {own} with ESMTP id {id}", (), "crcvmail15.nm.naver.com"),
    Receiver("daum", BARE, (_private("mx-f.daum.net", "smail.daum.net"),), "mx-f.daum.net", names_client=False),
    Receiver("ironport", IRONPORT, (), "esa2.example.iphmx.com"),
    Receiver("zoho", "from {helo} ({rdns} [{ip}]) by {own} with SMTPS id {id}", (), "mx.zohomail.com"),
    Receiver("fastmail", POSTFIX, ("from mx1 ([10.202.2.200]) by compute5.messagingengine.com (LMTPProxy)",), "mx1.messagingengine.com"),
    Receiver("proton", POSTFIX, (), "mailin001.protonmail.ch"),
    Receiver("unlisted, postfix", POSTFIX, (AMAVIS, _private("mx.example.jp", "store.example.jp")), "mx.example.jp"),
    Receiver("unlisted, two public relays", POSTFIX,
             ("from mx.example.jp (mx.example.jp [192.0.2.25]) by inner.example.jp (Postfix) with ESMTP id {id}",), "mx.example.jp"),
    Receiver("unlisted, exim", EXIM, ("from mail by mx.example.org with local (Exim 4.96) id {id} for m@example.org",), "mx.example.org"),
    Receiver("unlisted, qmail", QMAIL, ("(qmail 11 invoked from network)",), "mx.example.net"),
    Receiver("fetched by pop", SENDMAIL, ("from pop.example.org [192.0.2.84] by localhost with POP3 (fetchmail-6.3.17) for me@localhost (single-drop)",
                                          "from localhost (localhost [127.0.0.1]) by home (Postfix) with ESMTP id {id}"), "pop.example.org"),
)  # fmt: skip

KINDS = ("direct", "relayed", "forged-own", "forged-provider", "forged-future", "forged-helo", "pool")


def chains(seed: int, count: int) -> Iterator[Chain]:
    """``count`` chains, the receivers and kinds in turn."""
    dice = random.Random(seed)
    for number in range(count):
        receiver = RECEIVERS[number % len(RECEIVERS)]
        yield chain(receiver, KINDS[(number // len(RECEIVERS)) % len(KINDS)], dice)


def chain(receiver: Receiver, kind: str, dice: random.Random) -> Chain:
    """One chain of a kind."""
    ip = _address(dice)
    helo = f"mail{dice.randrange(100)}.sender{dice.randrange(50)}.example"
    rdns = helo if dice.random() < 0.6 else dice.choice(["unknown", f"srv{dice.randrange(9)}.host.example"])
    below: list[str] = []
    taken = START + timedelta(seconds=dice.randrange(10**7))
    forged = kind.startswith("forged")
    if kind == "relayed":
        below = [
            f"from pc ([192.168.1.{dice.randrange(2, 250)}]) by {helo} with ESMTPSA id {_id(dice)}; {_date(taken - timedelta(seconds=3))}"
        ]
    elif kind == "forged-own":
        forged_ip = _address(dice)
        below = [
            f"from bank.example (bank.example [{forged_ip}]) by {receiver.own} (Postfix) with ESMTP id {_id(dice)}; {_date(taken - timedelta(minutes=1))}"
        ]
    elif kind == "forged-provider":
        writer = "mx.google.com" if receiver.key != "gmail" else "mx.zohomail.com"
        below = [
            f"from bank.example (bank.example. [{_address(dice)}]) by {writer} with ESMTPS id {_id(dice)}; {_date(taken - timedelta(seconds=40))}"
        ]
    elif kind == "forged-future":
        below = [
            f"from bank.example (bank.example [{_address(dice)}]) by {helo} with ESMTP id {_id(dice)}; {_date(taken + timedelta(days=2))}"
        ]
    elif kind == "forged-helo":
        helo, rdns = receiver.own, "unknown"
        below = [
            f"from bank.example ([{_address(dice)}]) by {receiver.own} with ESMTP id {_id(dice)}; {_date(taken - timedelta(minutes=2))}"
        ]
    elif kind == "pool":
        rdns = f"{ip.replace('.', '-')}.dynamic.isp.example" if ":" not in ip else "unknown"
        helo = f"user{dice.randrange(99)}"
    written = [receiver.edge, *receiver.inner]
    values = []
    for number, template in enumerate(reversed(written)):
        moment = taken + timedelta(seconds=len(written) - 1 - number)
        values.append(f"{_fill(template, receiver, ip, helo, rdns, dice)}; {_date(moment)}")
    folded = [f" {value}".replace(" by ", "\r\n\tby ", 1).encode() for value in values + below]
    return Chain(receiver.key, folded, ip, helo, forged, kind)


def _fill(template: str, receiver: Receiver, ip: str, helo: str, rdns: str, dice: random.Random) -> str:
    exim = f"{rdns} ([{ip}] helo={helo})" if rdns != "unknown" else f"[{ip}] (helo={helo})"
    return template.format(
        ip=ip, ip6=f"IPv6:{ip}" if ":" in ip else ip, helo=helo, rdns=rdns, qmail=rdns, exim=exim, own=receiver.own,
        id=_id(dice), b=dice.randrange(256), c=dice.randrange(256), d=dice.randrange(256),
    )  # fmt: skip


def _address(dice: random.Random) -> str:
    if dice.random() < 0.15:
        return f"2001:db8:{dice.randrange(1, 65536):x}::{dice.randrange(1, 65536):x}"
    return f"{dice.choice(['198.51.100', '203.0.113'])}.{dice.randrange(1, 255)}"


def _id(dice: random.Random) -> str:
    return f"{dice.getrandbits(48):012X}"


def _date(moment: datetime) -> str:
    return (moment + timedelta(hours=9)).strftime("%a, %d %b %Y %H:%M:%S +0900")
