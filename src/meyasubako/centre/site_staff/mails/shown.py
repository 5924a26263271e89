"""One mail in the words of the page: what ``reading`` gives, with codes as sentences of the page's language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from meyasubako.centre.site_staff.reading import words
from meyasubako.centre.site_staff.reading.pieces import plain
from meyasubako.law.types import Certainty, Verdict
from meyasubako.law.words import CERTAINTY_WORDS, CHECK_WORDS, SCOPE_WORDS, VERDICT_WORDS, article_said

if TYPE_CHECKING:
    from meyasubako.analysis.context import Context
    from meyasubako.centre.site_staff.reading.hops import Hop
    from meyasubako.centre.site_staff.reading.view import FindingShown
    from meyasubako.engines.mail_store import KeptMail
    from meyasubako.mail.types import Defect

SCOPE = "advertising"
ACCUSING = frozenset({Verdict.BREACH, Verdict.LIKELY, Verdict.MISSING, Verdict.WRONG_PLACE})
MOST_DEFECTS = 50


class FindingLine(NamedTuple):
    """A finding in words. ``weight`` is a class of the style sheet."""

    number: int
    article: str
    check: str
    verdict: str
    weight: str
    certainty: str
    sentence: str
    version: str
    places: tuple[tuple[str, str], ...]


class HopLine(NamedTuple):
    """A hop in words."""

    number: int
    hop: Hop
    worth: str
    delay: str
    by: str
    helo: str
    rdns: str


class DefectLine(NamedTuple):
    """Something a mail did wrong, in words, and the code it is known by."""

    code: str
    words: str
    where: str
    guessed: str


def page_of(
    kept: KeptMail,
    context: Context,
    *,
    english: bool,
    page: int,
    html_page: int,
    hide_recipients: bool,
) -> dict[str, Any]:
    """Everything that the page of a mail shows of it. ``kept.raw`` must be there."""
    from meyasubako.centre.site_staff.reading.hop_drawing import draw
    from meyasubako.centre.site_staff.reading.view import read_mail
    from meyasubako.sender import Answers

    answers = Answers.from_rows(kept.answers) if kept.answers is not None else None
    view = read_mail(
        kept.raw or b"",
        kept.envelope,
        context,
        answers,
        page=page,
        html_page=html_page,
        hide_recipients=hide_recipients,
    )
    seen = view.seen
    drawing = draw(view.way)
    return {
        "view": view,
        "drawing": drawing,
        "arrow_delays": [delay_text(arrow.delay, english=english) for arrow in drawing.arrows]
        if drawing
        else [],
        "reason": words.said(words.REASONS, view.origin.reason, english=english),
        "channel": words.said(words.CHANNELS, kept.envelope.channel, english=english),
        "time_source": words.said(words.TIME_SOURCES, kept.envelope.received_at_source, english=english),
        "pool": words.said(words.POOLS, seen.dynamic_pool, english=english),
        "forged_address": words.said(words.FORGERY_VERDICTS, seen.forged_address, english=english),
        "forged_equipment": words.said(words.FORGERY_VERDICTS, seen.forged_equipment, english=english),
        "findings": [finding_line(found, english=english) for found in view.findings],
        "hops": [hop_line(place, hop, english=english) for place, hop in enumerate(view.way.hops)],
        "defects": [defect_line(one, english=english) for one in seen.defects[:MOST_DEFECTS]],
        "grounds": [
            (ground.weight.value, plain(ground.en if english else ground.ja)) for ground in view.grounds
        ],
        "claims": [plain(f"{one.server} {one.method}={one.result}"[:200]).strip() for one in view.claims],
        "origin_names": [plain(name) for name in dict.fromkeys((seen.origin_rdns, seen.origin_helo)) if name],
        "campaign_subject": plain(kept.campaign["subject"]) if kept.campaign else "",
    }


def finding_line(found: FindingShown, *, english: bool) -> FindingLine:
    """A finding with its codes as words."""
    finding = found.finding
    verdicts = SCOPE_WORDS if finding.check == SCOPE else VERDICT_WORDS
    verdict = verdicts.get(finding.verdict, VERDICT_WORDS[finding.verdict])
    check = CHECK_WORDS.get(finding.check)
    certainty = CERTAINTY_WORDS[Certainty(finding.certainty)]
    accuses = finding.verdict in ACCUSING and finding.check != SCOPE
    return FindingLine(
        number=found.number,
        article=article_said(finding.article, english=english),
        check=finding.check if check is None else check.en if english else check.ja,
        verdict=verdict.en if english else verdict.ja,
        weight="off" if accuses and finding.verdict is Verdict.BREACH else "warn" if accuses else "calm",
        certainty=certainty.en if english else certainty.ja,
        sentence=plain(finding.en if english else finding.ja),
        version=finding.version,
        places=found.places,
    )


def hop_line(place: int, hop: Hop, *, english: bool) -> HopLine:
    """A hop with its codes as words; its names with their hidden characters marked."""
    if hop.standing == "trusted":
        worth = words.said(words.HOP_VERDICTS, hop.verdict, english=english)
    else:
        said = words.FORGED if hop.standing == "forged" else words.UNVERIFIED
        worth = said.en if english else said.ja
    return HopLine(
        number=place + 1,
        hop=hop,
        worth=worth,
        delay=delay_text(hop.delay, english=english),
        by=plain(hop.by or ""),
        helo=plain(hop.helo or ""),
        rdns=plain(hop.rdns or ""),
    )


def defect_line(defect: Defect, *, english: bool) -> DefectLine:
    """A defect in words."""
    said = words.said(words.DEFECTS, defect.code, english=english)
    return DefectLine(defect.code, said, plain(defect.where), plain(defect.guessed or ""))


def delay_text(delay: timedelta | None, *, english: bool) -> str:
    """A span of time in its two largest units: "1 h 2 min", 「1時間2分」; with its sign where clocks disagree."""
    if delay is None:
        return ""
    seconds = int(abs(delay).total_seconds())
    units = ((86_400, " d", "日"), (3_600, " h", "時間"), (60, " min", "分"), (1, " s", "秒"))
    parts = []
    for size, short, kanji in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{short if english else kanji}")
    text = (" " if english else "").join(parts[:2]) or ("0 s" if english else "0秒")
    return f"−{text}" if delay < timedelta(0) else f"+{text}"
