"""Campaigns: who sends what, when, in which words, with which labels; and which of them are alive on a day.

A campaign is made from its name alone, so that any mail can be made without those before it. Single mails, which
belong to no campaign, are made the same way and live for one mail. How one mail differs is in ``bodies``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from meyasubako.sample.attachments import File, draw_file
from meyasubako.sample.charsets import Charset, draw_charset
from meyasubako.sample.draws import DIGITS, Draws, running_sums
from meyasubako.sample.labels import LABELS, LabelBlock, foreign_block, japanese_block
from meyasubako.sample.timeline import Timeline
from meyasubako.sample.trends import load_trends, month_name
from meyasubako.sample.wording import LAWFUL, Text, brand_name, draw_slots, load_categories, word_text
from meyasubako.sample.zones import LAWFUL_ENDING

LIVES = (2, 3, 4, 5, 7, 7, 10, 14, 21, 30, 45)
MAILS_PER_CAMPAIGN = 60
MOST_CAMPAIGNS = 150
MUTATION_RATES = (0.0, 0.0, 0.02, 0.04, 0.06, 0.08, 0.10)
LAWFUL_SHARE = {"monitor": 0.05, "report": 0.12}


class Group(NamedTuple):
    """Campaigns that compete for a mail: to whom (pc or mobile), in which language, spam or lawful."""

    kind: str
    language: str
    lawful: bool


class Campaign(NamedTuple):
    """Everything the mails of a campaign share. ``name`` is None for a single mail.

    ``rate`` caps the characters a mail may change (0 to 0.1 of its text); ``file`` is attached where there is one; ``hidden`` says
    that the labels are set in tiny type of the background's colour;
    ``sender`` is own (domain of its own), freemail or forged (another's domain on every mail).
    """

    name: str | None
    group: Group
    category: str
    advertising: bool
    subject: Text
    paragraphs: tuple[Text, ...]
    details: tuple[str, ...]
    block: LabelBlock
    charset: Charset
    layout: str
    hidden: bool
    file: File | None
    domain: str
    links: tuple[str, ...]
    sender: str
    person: str
    company: str
    rate: float
    shuffles: bool
    tokens: bool
    mailer: str | None
    direct: float


MAILERS = ("Microsoft Outlook Express 6.00.2900.3138", "Microsoft Office Outlook 11", "Becky! ver. 2.48 [ja]", "The Bat! (v3.99)", "PHPMailer 1.73", "Mail Distributor 2.1")  # fmt: skip


def draw_layout(group: Group, category: str, draws: Draws) -> tuple[str, File | None]:
    """How mails are laid out: plain, html, alternative, mixed (with a file) or image (HTML with its picture)."""
    if group.kind == "mobile":
        return ("plain" if draws.chance(0.9) else "html"), None
    place = draws.random()
    if category in ("pharma", "stock", "casino") and place < 0.12:
        return "image", draw_file("png", draws)
    if category in ("advance", "invoice", "notice", "personal", "photos", "stock") and place < 0.22:
        return "mixed", draw_file(draws.pick(("pdf", "zip")), draws)
    if group.language == "ja":
        return ("plain" if place < 0.60 else "html" if place < 0.85 else "alternative"), None
    return ("plain" if place < 0.34 else "html" if place < 0.70 else "alternative"), None


def draw_paragraphs(group: Group, category: str, slots: Mapping[str, str], draws: Draws) -> tuple[Text, ...]:
    """Opening, middle and closing paragraphs in a campaign's own words."""
    phrases = load_categories(group.language)[category]
    joint = "\n" if group.language in ("ja", "zh", "ko") else " "
    most = min(4 if group.kind == "mobile" else 9, len(phrases.body))
    chosen = draws.shuffled(phrases.body)[
        : draws.between(2 if group.kind == "mobile" else min(5, most), most)
    ]
    groups = [[draws.pick(phrases.openers)]]
    while chosen:
        size = draws.between(1, 3)
        groups.append(chosen[:size])
        chosen = chosen[size:]
    groups.append(draws.shuffled(phrases.closers)[: draws.between(1, 2)])
    return tuple(word_text(one, slots, joint, draws) for one in groups)


def draw_details(group: Group, category: str, draws: Draws) -> tuple[str, ...]:
    """A list of made-up goods with prices, which only this campaign has."""
    if group.kind == "mobile" or category in ("personal", "claim", "advance") or draws.chance(0.35):
        return ()
    mark, unit = {"ja": ("■", "円"), "zh": ("■", "元"), "ko": ("■", "원")}.get(group.language, ("*", ""))
    return tuple(
        f"{mark} {brand_name(group.language, draws)} {draws.word(2).upper()}-{draws.word(3, DIGITS)}  {draws.between(12, 990)}00{unit}"
        for _ in range(draws.between(3, 9))
    )


def draw_profile(group: Group, category: str, advertising: bool, draws: Draws) -> str:
    """How far the labels are shown: full, partial or none."""
    if category == "newsletter":
        return "full" if draws.chance(0.92) else "partial"
    if group.lawful:
        return "none"
    if not advertising or group.language != "ja":
        return "partial" if advertising and draws.chance(0.12) else "none"
    place = draws.random()
    return "full" if place < 0.08 else "partial" if place < 0.52 else "none"


def make_campaign(key: tuple[int | str, ...], name: str | None, group: Group, month: int) -> Campaign:
    """The campaign of a key: the same key always gives the same one."""
    draws = Draws(*key)
    categories = [
        one
        for one in load_categories(group.language).values()
        if (one.name in LAWFUL) == group.lawful and (one.name != "phish" or month >= 2008 * 12 + 6)
    ]
    phrases = draws.pick(categories)
    category = phrases.name
    slots = draw_slots(group.language, draws)
    middle = draws.pick(("", "-", ""))
    domain = f"{draws.word(draws.between(4, 7))}{middle}{draws.word(draws.between(3, 5))}"
    domain += LAWFUL_ENDING if group.lawful else ".example"
    profile = draw_profile(group, category, phrases.advertising, draws)
    if group.language == "ja" and phrases.advertising:
        block = japanese_block(slots["service"], domain, month, profile, draws)
    elif phrases.advertising:
        block = foreign_block(slots["service"], domain, profile, draws)
    else:
        block = LabelBlock((), (), dict.fromkeys(LABELS, "missing"), None, "")
    layout, file = draw_layout(group, category, draws)
    lawful = group.lawful
    hidden = not lawful and layout in ("html", "image") and bool(block.after) and draws.chance(0.15)
    if hidden:
        block = block.hide()
    return Campaign(
        name=name,
        group=group,
        category=category,
        advertising=phrases.advertising,
        subject=word_text([draws.pick(phrases.subjects)], slots, "", draws),
        paragraphs=draw_paragraphs(group, category, slots, draws),
        details=draw_details(group, category, draws),
        block=block,
        charset=draw_charset(group.language, month, lawful, draws),
        layout=layout,
        hidden=hidden,
        file=file,
        domain=domain,
        links=(domain,) if lawful else (domain, f"{draws.word(8)}.example", f"{draws.word(6)}.example")[: draws.between(1, 3)],
        sender="own" if lawful else draws.pick(("own", "own", "freemail", "forged", "forged")),
        person=slots["person"],
        company=slots["service"],
        rate=draws.pick(MUTATION_RATES),
        shuffles=not lawful and draws.chance(0.25),
        tokens=not lawful and draws.chance(0.35),
        mailer=draws.pick(MAILERS) if draws.chance(0.6) else None,
        direct=0.0 if lawful else draws.pick((0.3, 0.6, 0.9, 1.0)),
    )  # fmt: skip


class Running(NamedTuple):
    """A campaign on the schedule: number, days it lives (from the first of its month, counted from 0), weight."""

    number: int
    first: int
    last: int
    weight: float


class Schedule:
    """Which campaigns are alive when, for one run. Holds a few months at a time."""

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self.seed = seed
        self.timeline = timeline
        self._started = lru_cache(maxsize=256)(self._start)
        self._alive = lru_cache(maxsize=1024)(self._find_alive)
        self._campaign = lru_cache(maxsize=4096)(self._make)

    def campaign(self, group: Group, month: int, day: int, index: int, draws: Draws) -> Campaign:
        """A campaign for a mail of a group on a day of a month; a single mail now and then, or where none is alive."""
        alive, sums = self._alive(group, month, day)
        if not alive or draws.chance(0.08):
            return make_campaign((self.seed, "single", index), None, group, month)
        started, number = alive[min(bisect_right(sums, draws.random() * sums[-1]), len(alive) - 1)]
        return self._campaign(group, started, number)

    def _make(self, group: Group, month: int, number: int) -> Campaign:
        name = f"{month_name(month)}-{group.kind}-{group.language}-{'lawful' if group.lawful else 'spam'}-{number:03}"
        return make_campaign((self.seed, "campaign", name), name, group, month)

    def _start(self, group: Group, month: int) -> tuple[Running, ...]:
        """The campaigns that start in a month."""
        trends = load_trends()
        overseas = trends.overseas[group.kind].at(month)
        share = trends.mobile_share.at(month) if group.kind == "mobile" else 1 - trends.mobile_share.at(month)
        language = trends.language_shares(month, overseas)[group.language]
        mails = self.timeline.count(month) * share * language * (0.07 if group.lawful else 0.93)
        draws = Draws(self.seed, "start", month, *map(str, group))
        count = max(2, min(MOST_CAMPAIGNS, round(mails / MAILS_PER_CAMPAIGN)))
        starts = [0 if number < 2 else draws.below(30) for number in range(count)]
        return tuple(
            Running(
                number,
                start,
                start + (31 if number < 2 else draws.pick(LIVES)),
                1.0 / (2 + draws.below(count)),
            )
            for number, start in enumerate(starts)
        )

    def _find_alive(self, group: Group, month: int, day: int) -> tuple[list[tuple[int, int]], list[float]]:
        """(month of start, number) of those alive on a day, and running sums of their weights."""
        alive: list[tuple[int, int]] = []
        weights: list[float] = []
        for back in range(3):
            if self.timeline.count(month - back) == 0:
                continue
            today = day - 1 + 30 * back
            for one in self._started(group, month - back):
                if one.first <= today < one.last:
                    alive.append((month - back, one.number))
                    weights.append(one.weight)
        return alive, running_sums(weights)
