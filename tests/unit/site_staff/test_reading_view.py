"""A mail as a page shows it: hops, headers, findings in their places, and recipients kept back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.analysis.types import Envelope
from meyasubako.centre.site_staff.mails.shown import delay_text
from meyasubako.centre.site_staff.reading.hop_drawing import BOX, GAP, MARGIN, draw
from meyasubako.centre.site_staff.reading.hops import CONNECTION, MOST, Way, way_of
from meyasubako.centre.site_staff.reading.markup import inert_markup
from meyasubako.centre.site_staff.reading.pieces import Piece, mask_of, plain
from meyasubako.centre.site_staff.reading.source import PAGE_BYTES, source_page
from meyasubako.centre.site_staff.reading.view import MailView, read_mail
from meyasubako.mail.types import Received
from meyasubako.origin.types import Origin, Step

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
REPORTER = "hanako.yamada@mail.example"
RECEIVED = (
    b"Received: from mx.isp.example (mx.isp.example [10.0.0.5]) by store.isp.example; Tue, 24 Nov 2026 11:00:09 +0900\r\n"
    b"Received: from liar (bot.spam.example [192.0.2.9]) by mx.isp.example; Tue, 24 Nov 2026 11:00:02 +0900\r\n"
    b"Received: from inner (localhost [203.0.113.5]) by bot.spam.example; Tue, 24 Nov 2026 10:59:00 +0900\r\n"
)
MAIL = (
    RECEIVED
    + (
        "From: =?utf-8?b?5pyf6ZaT6ZmQ5a6a?= <shop@spam.example>\r\nTo: someone@reader.example\r\nSubject: =?utf-8?q?=E7=84=A1=E6=96=99?=\r\n"
        "Date: Tue, 24 Nov 2026 10:58:00 +0900\r\nMessage-ID: <1@spam.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "期間限定で無料です。\r\nhttps://spam.example/a\r\n"
    ).encode()
)


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(ContextSpec())


def envelope(**changes: object) -> Envelope:
    given: dict[str, object] = {
        "arrival_id": "01a20d6a-ef9b-7680-8133-ba5110cc36e7", "sha256": "0" * 64, "received_at": NOW,
        "received_at_source": "boundary", "month": "2026-11", "channel": "monitor", "monitor": "pc-1", "monitor_class": "pc",
    }  # fmt: skip
    return Envelope(**{**given, **changes})  # type: ignore[arg-type]


def every_piece(view: MailView) -> Iterator[Piece]:
    yield from chain(view.subject, *view.sender, view.text.pieces)
    if view.html_text is not None:
        yield from view.html_text.pieces
    for field in view.fields:
        yield from chain(field.decoded, field.raw)
    for link in view.links:
        yield from link.words or ()


def everything_said(view: MailView) -> str:
    """All words that the page may show of a mail."""
    words = [piece.text for piece in every_piece(view)]
    words += [link.target for link in view.links] + [file.name for file in view.attachments]
    words += [words for found in view.findings for _, words in found.places]
    return "\n".join(words)


def test_a_mail_is_read(context: Context) -> None:
    view = read_mail(MAIL, envelope(), context)
    assert plain("".join(piece.text for piece in view.subject)) == "無料"
    assert [field.name for field in view.fields[:4]] == ["Received", "Received", "Received", "From"]
    author = view.fields[3]
    assert "".join(piece.text for piece in author.decoded) == "期間限定 <shop[@]spam.example>"
    assert "=?utf-8?b?" in "".join(piece.text for piece in author.raw)
    assert [link.target for link in view.links] == ["hxxps[:]//spam[.]example/a"]
    assert view.law_day == "2026-11-24"


def test_findings_are_marked_where_they_were_seen(context: Context) -> None:
    view = read_mail(MAIL, envelope(), context)
    advertising = next(found for found in view.findings if found.finding.check == "advertising")
    marked = [piece.text for piece in view.text.pieces if advertising.number in piece.found]
    in_text = [words for where, words in advertising.places if where == "text"]
    assert marked
    assert sorted(marked) == sorted(in_text)


def test_hops_say_what_they_are_worth(context: Context) -> None:
    way = read_mail(MAIL, envelope(), context).way
    assert [hop.standing for hop in way.hops] == ["trusted", "trusted", "unverified"]
    assert [hop.is_origin for hop in way.hops] == [False, True, False]
    assert [hop.delay for hop in way.hops] == [timedelta(seconds=7), timedelta(seconds=62), None]
    assert way.boundary == 2
    assert way.hops[1].verdict == "boundary"


def test_our_own_connection_is_the_first_hop(context: Context) -> None:
    way = read_mail(MAIL, envelope(client_ip="198.51.100.4", helo="evil.example"), context).way
    assert way.hops[0].place == CONNECTION
    assert way.hops[0].is_origin
    assert [hop.standing for hop in way.hops[1:]] == ["unverified"] * 3
    assert way.boundary == 1


def test_forged_hops_are_marked(context: Context) -> None:
    forged = MAIL.replace(b"10:59:00 +0900", b"10:59:00 -1200").replace(
        b"24 Nov 2026 10:59", b"30 Nov 2026 10:59"
    )
    way = read_mail(forged, envelope(), context).way
    assert [hop.standing for hop in way.hops] == ["trusted", "trusted", "forged"]


def test_the_picture_has_its_border_below_the_trusted_hops(context: Context) -> None:
    drawing = draw(read_mail(MAIL, envelope(), context).way)
    assert drawing is not None
    assert [box.y for box in drawing.boxes] == [MARGIN + place * (BOX + GAP) for place in range(4)]
    assert drawing.border is not None
    assert drawing.boxes[1].y + BOX < drawing.border < drawing.boxes[2].y
    assert [box.is_origin for box in drawing.boxes] == [False, False, True, False]
    assert drawing.boxes[2].title == "192.0.2.9"
    assert draw(Way((), 0, 0)) is None


@given(st.lists(st.builds(
    Received, ip=st.none() | st.just("192.0.2.1"), helo=st.none() | st.text(max_size=90), rdns=st.none() | st.text(max_size=9),
    by=st.none() | st.text(max_size=9), with_=st.none(), id=st.none(), for_=st.none(),
    date=st.none() | st.datetimes(timezones=st.just(UTC)), tls=st.none(), index=st.just(0),
), max_size=MOST + 3))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_trace_can_be_drawn(fields: list[Received]) -> None:
    trace = [field._replace(index=place) for place, field in enumerate(fields)]
    steps = (Step(0, None, None, "boundary"),) if trace else ()
    origin = Origin(None, None, None, None, 0 if trace else None, 0.5, "boundary", None, None, False, steps)
    way = way_of(trace, origin)
    drawing = draw(way)
    assert (drawing is None) == (not trace)
    assert way.left_out == max(0, len(trace) - MOST)
    if drawing is not None:
        assert len(drawing.boxes) == len(drawing.arrows) + 1
        assert all(len(box.title) <= 44 for box in drawing.boxes)


def test_delays_are_told_in_two_units() -> None:
    assert delay_text(timedelta(hours=1, minutes=2, seconds=3), english=True) == "+1 h 2 min"
    assert delay_text(timedelta(hours=1, minutes=2, seconds=3), english=False) == "+1時間2分"
    assert delay_text(timedelta(seconds=-5), english=True) == "−5 s"
    assert delay_text(timedelta(0), english=False) == "+0秒"
    assert delay_text(None, english=True) == ""


def test_the_source_is_shown_by_pages_and_whole() -> None:
    raw = b"".join(b"line %d \xff\x00\r\n" % number for number in range(9_000))
    pages = source_page(raw).pages
    seen = [source_page(raw, number) for number in range(1, pages + 1)]
    assert seen[0].start == 0
    assert seen[-1].end == len(raw)
    assert [one.end for one in seen[:-1]] == [one.start for one in seen[1:]]
    assert all(raw[one.start - 1 : one.start] == b"\n" for one in seen[1:])
    assert Piece("mark", "U+0000", "U+0000") in seen[0].pieces
    assert any("\\xff" in piece.text for piece in seen[0].pieces)
    assert source_page(raw, 999).number == pages
    assert source_page(b"x" * (PAGE_BYTES + 1), 2).start == PAGE_BYTES
    assert source_page(b"").pages == 1


def reported(text: str, html: str, *, name: str = "") -> bytes:
    mail = EmailMessage()
    mail["Received"] = (
        f"from a.example ([192.0.2.9]) by mx.isp.example for <{REPORTER}>; Tue, 24 Nov 2026 11:00:02 +0900"
    )
    mail["Delivered-To"] = REPORTER
    mail["Return-Path"] = f"<bounce+{REPORTER.replace('@', '=')}@spam.example>"
    mail["From"] = "Shop <shop@spam.example>"
    mail["To"] = f"{name} <{REPORTER}>"
    mail["Subject"] = f"Dear {REPORTER}"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{REPORTER}.pdf")
    return mail.as_bytes()


FORMS = st.sampled_from([
    REPORTER, REPORTER.upper(), REPORTER.replace("@", "="), REPORTER.replace("@", "%40"), REPORTER.replace("@", "＠"),
    f"https://spam.example/u?to={REPORTER}", f"<a href='https://spam.example/?m={REPORTER}'>{REPORTER}</a>", f"mailto:{REPORTER}",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(FORMS | st.text(alphabet="ab 無料\n.@", max_size=8), max_size=8))
def test_who_reported_is_nowhere(context: Context, parts: list[str]) -> None:
    text = " ".join(parts)
    raw = reported(text, f"<p>{text}</p>", name="Hanako Yamada")
    view = read_mail(raw, envelope(channel="report", envelope_to=REPORTER), context, hide_recipients=True)
    mask = mask_of([REPORTER])
    markup = inert_markup(f"<p>{text}</p>", mask=mask).markup
    for shown in (everything_said(view), markup):
        plainly = shown.casefold().replace("[@]", "@").replace("[.]", ".")
        assert "hanako" not in plainly
        assert "yamada" not in plainly


def test_opened_whole_the_recipients_are_there(context: Context) -> None:
    view = read_mail(reported("x", "<p>x</p>"), envelope(channel="report"), context)
    assert "hanako.yamada[@]mail.example" in everything_said(view)
