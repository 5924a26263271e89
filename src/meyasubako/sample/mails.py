"""A sample mail: the n-th of a run, with the truth about it.

``generate`` is the way in for tests and benchmarks; ``writing`` puts a run into a folder. A mail follows from seed,
size of the run, months and its number alone, so that any part of a run can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from meyasubako.errors import UsageError
from meyasubako.sample.bodies import Body, Written, write_body, write_words
from meyasubako.sample.campaigns import LAWFUL_SHARE, Campaign, Group, Schedule
from meyasubako.sample.chains import Way, find_way, message_id
from meyasubako.sample.charsets import header_text
from meyasubako.sample.draws import DIGITS, Draws
from meyasubako.sample.hops import civil_day, date_text, unix_date_text
from meyasubako.sample.labels import OPT_IN
from meyasubako.sample.providers import Mailbox, monitors, reporting_providers
from meyasubako.sample.signing import draw_signature, signed
from meyasubako.sample.timeline import Moment, Months, Timeline, parse_months
from meyasubako.sample.trends import load_trends, month_name
from meyasubako.sample.zones import VOID, expected_dmarc, expected_spf

ZONES = {"JP": 540, "KR": 540, "CN": 480, "TW": 480, "PH": 480, "HK": 480, "TH": 420, "VN": 420, "IN": 330, "RU": 180, "TR": 120, "BR": -180, "AR": -180, "US": -300}  # fmt: skip


class Truth(NamedTuple):
    """What is so about a mail, whatever the mail says. One row of ``truth.jsonl``.

    ``number`` is its place in the run; ``class_`` is pc or mobile; ``received_at`` the boundary's clock in UTC (ISO 8601), ``month`` its month in Japan;
    ``origin_ip`` the address that handed the mail over; ``pool`` that it is of a dynamic pool and sent straight to
    the receiver; ``forged`` that hops or the greeting lie, ``sender_forged`` that the From domain is another's;
    ``spf`` the result for the envelope sender in the sample's own DNS (``zones``), ``dkim`` that of the sender's own
    signature, ``dmarc`` what follows from both for the From domain.
    ``consent`` is none, given, transaction or not-needed; ``labels`` and ``marker`` as ``labels.LabelBlock`` has them.
    """

    number: int
    sha256: str
    size: int
    channel: str
    monitor: str | None
    class_: str
    carrier: str | None
    receiver: str
    received_at: str
    month: str
    origin_ip: str
    country: str
    pool: bool
    route: str
    helo: str
    forged: bool
    spf: str
    dkim: str
    dmarc: str
    campaign: str | None
    category: str
    spam: bool
    language: str
    charset: str
    charset_label: str | None
    layout: str
    subject: str
    from_address: str
    sender_forged: bool
    link: str | None
    attachments: int
    advertising: bool
    consent: str
    labels: dict[str, str]
    marker: str | None

    def row(self) -> dict[str, object]:
        """The row for JSON: fields as they are, ``class_`` as ``class``."""
        return {name.rstrip("_"): value for name, value in zip(self._fields, self, strict=True)}


class SampleMail(NamedTuple):
    """A mail as bytes (LF line ends), the text a reader sees, its mbox ``From `` line's end, and the truth."""

    raw: bytes
    text: str
    envelope: str
    unix_date: str
    truth: Truth


class Run:
    """All mails of one seed, size and span of months."""

    def __init__(self, seed: int, mails: int, months: Months) -> None:
        if mails < 1:
            raise UsageError(str(mails), "is no number of mails; at least 1 is needed")
        self.seed = seed
        self.mails = mails
        self.timeline = Timeline(seed, mails, months)
        self.schedule = Schedule(seed, self.timeline)

    def mail(self, index: int) -> SampleMail:
        """Mail ``index`` (0 to ``mails`` - 1) of the run."""
        draws = Draws(self.seed, "mail", index)
        moment = self.timeline.moment(index, draws)
        trends = load_trends()
        channel = "report" if draws.chance(trends.report_share.at(moment.month)) else "monitor"
        kind = "mobile" if draws.chance(trends.mobile_share.at(moment.month)) else "pc"
        mailbox = draw_mailbox(channel, kind, draws)
        country, group = self._draw_group(channel, kind, moment.month, draws)
        campaign = self.schedule.campaign(group, moment.month, moment.day, index, draws)
        words = write_words(campaign, mailbox.address.partition("@")[0], draws)
        body = write_body(campaign, words, draws)
        name, address, envelope, domain = draw_sender(campaign, draws)
        route = draw_route(campaign, country, moment.month, draws)
        way = find_way(country, route, domain, mailbox, envelope, moment.seconds, draws)  # fmt: skip
        fields = write_fields(campaign, words, way, mailbox, name, address, envelope, moment, draws)
        raw = fields + body.fields + b"\n" + body.data
        if not raw.endswith(b"\n"):
            raw += b"\n"
        dkim = "none"
        if campaign.sender == "own" and route == "server":
            dkim = draw_signature(campaign.domain, moment.month, draws)
            raw = signed(raw, campaign.domain, dkim, moment.seconds - 90)
        truth = tell_truth(
            index, raw, channel, kind, mailbox, moment, way, campaign, words, body, address, envelope, dkim
        )
        return SampleMail(raw, body.text, envelope, unix_date_text(moment.seconds), truth)

    def _draw_group(self, channel: str, kind: str, month: int, draws: Draws) -> tuple[str, Group]:
        """Country of origin, and the campaigns that may send this mail."""
        if draws.chance(LAWFUL_SHARE[channel]):
            return "JP", Group(kind, "ja" if kind == "mobile" or draws.chance(0.9) else "en", True)
        trends = load_trends()
        country = "JP"
        if draws.chance(trends.overseas[kind].at(month)):
            country = draws.weighted(*trends.countries(month))
        if kind == "mobile" and draws.chance(0.9):
            return country, Group(kind, "ja", False)
        return country, Group(kind, draws.weighted(*trends.languages(country)), False)


def generate(
    seed: int, mails: int, months: str, *, start: int = 0, stop: int | None = None
) -> Iterator[SampleMail]:
    """The mails ``start`` to ``stop`` (not meant itself; None: to the end) of a run, oldest first.

    ``months`` is FROM..TO as in ``2008-04..2009-03``. Raises UsageError for a span or a number that makes no sense.
    """
    run = Run(seed, mails, parse_months(months))
    return map(run.mail, range(start, mails if stop is None else min(stop, mails)))


def draw_mailbox(channel: str, kind: str, draws: Draws) -> Mailbox:
    """Where the mail arrives: a monitor, or the mailbox of one of many who report."""
    if channel == "monitor":
        return draws.pick(monitors(kind))
    provider = draws.pick(reporting_providers(kind))
    return Mailbox(None, f"{draws.word(draws.between(4, 9))}@reader.example", provider)


def draw_sender(campaign: Campaign, draws: Draws) -> tuple[str, str, str, str]:
    """Display name, From address, envelope sender, and the domain its servers bear."""
    if campaign.sender == "own":
        address = (
            f"{'info' if campaign.group.lawful else draws.pick(('info', 'news', 'mail'))}@{campaign.domain}"
        )
        return campaign.company, address, f"bounce-{draws.word(6, DIGITS)}@{campaign.domain}", campaign.domain
    local = f"{draws.word(draws.between(4, 8))}{draws.word(2, DIGITS)}"
    domain = (
        draws.pick(("freemail.example", "webmail.example"))
        if campaign.sender == "freemail"
        else draws.pick(("bank.example", "shop.example", "example.com", "example.net", "mobile.example"))
    )
    address = f"{local}@{domain}"
    envelope = address if draws.chance(0.7) else f"{draws.word(7)}@{draws.word(6)}.{VOID}"
    return campaign.person, address, envelope, campaign.domain


def draw_route(campaign: Campaign, country: str, month: int, draws: Draws) -> str:
    """Which way the mail takes; from Japanese pools less and less comes straight (OP25B)."""
    if campaign.group.lawful:
        return "relay" if campaign.category == "personal" else "server"
    share = load_trends().direct_from_pool.at(month) if country == "JP" else 0.78
    if draws.chance(share * campaign.direct * 1.4):
        return "direct"
    return draws.pick(("server", "server", "server", "relay", "relay", "webmail"))


def write_fields(
    campaign: Campaign, words: Written, way: Way, mailbox: Mailbox,
    name: str, address: str, envelope: str, moment: Moment, draws: Draws,
) -> bytes:  # fmt: skip
    """All header fields but those of the content, in the order mail software writes them."""
    sent = moment.seconds - draws.between(2, 90)
    if draws.chance(0.03) and not campaign.group.lawful:
        sent += draws.pick((-400, -30, -2, 1, 3)) * 86_400
    lines = [b"Return-Path: <" + envelope.encode("ascii") + b">\n"]
    lines += [b"Received: " + value.encode("ascii") + b"\n" for value in way.received]
    lines += [value.encode("ascii") + b"\n" for value in way.notes]
    shown = header_text(name, campaign.charset)
    if name.isascii():
        shown = b'"' + shown + b'"'
    head = f"Message-ID: {message_id(way.helo, sent, draws)}\n"
    if way.claimed:
        head += f"X-Originating-IP: [{way.claimed}]\n"
    tail = f"Date: {date_text(sent, ZONES.get(way.place.country, 60))}\nMIME-Version: 1.0\n"
    if campaign.mailer:
        tail += f"X-Mailer: {campaign.mailer}\n"
    if campaign.category == "newsletter":
        tail += f"List-Unsubscribe: <http://www.{campaign.domain}/unsubscribe?m={draws.hex(10)}>\n"
    lines += [
        head.encode("ascii"),
        b"From: " + shown + b" <" + address.encode("ascii") + b">\n",
        b"To: " + mailbox.address.encode("ascii") + b"\n",
        b"Subject: " + header_text(words.subject, campaign.charset) + b"\n",
        tail.encode("ascii"),
    ]
    return b"".join(lines)


def consent_of(campaign: Campaign, channel: str) -> str:
    """Whether the recipient agreed (Act Art 3(1)): a monitor never did."""
    if not campaign.advertising:
        return "transaction" if campaign.category == "notice" else "not-needed"
    return "given" if campaign.group.lawful and channel == "report" else "none"


def tell_truth(
    index: int, raw: bytes, channel: str, kind: str, mailbox: Mailbox, moment: Moment, way: Way,
    campaign: Campaign, words: Written, body: Body, address: str, envelope: str,
    dkim: str,
) -> Truth:  # fmt: skip
    """The truth about a mail that has just been made."""
    iso = stamp_iso(moment.seconds)
    author, sender = address.rpartition("@")[2], envelope.rpartition("@")[2]
    spf = expected_spf(sender, way.place.ip)
    charset = campaign.charset
    linked = campaign.category != "personal" or "href=" in body.text
    return Truth(
        index, sha256(raw).hexdigest(), len(raw), channel, mailbox.monitor, kind, mailbox.provider.carrier,
        mailbox.provider.name, iso, month_name(moment.month), way.place.ip, way.place.country,
        way.place.pool and way.route == "direct", way.route, way.helo, way.forged, spf, dkim, expected_dmarc(author, sender, spf, dkim),
        campaign.name, campaign.category, not campaign.group.lawful, campaign.group.language,
        charset.codec, charset.label, campaign.layout, words.subject, address, campaign.sender == "forged",
        words.url if linked else None, 1 if campaign.file else 0, campaign.advertising,
        consent_of(campaign, channel), campaign.block.states, campaign.block.marker if moment.month < OPT_IN or campaign.block.marker == "correct" else None,
    )  # fmt: skip


def stamp_iso(seconds: int) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    year, month, day = civil_day(seconds // 86_400)
    rest = seconds % 86_400
    return f"{year}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"
