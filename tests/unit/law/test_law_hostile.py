"""Whatever a mail says: never an exception, spans inside their texts, and time in step with length."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law import Facts, findings, judge, load_regime, regime_names
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.folding import fold
from meyasubako.law.reading.hidden import visibility
from meyasubako.mail import parse

EMPTY = parse(b"From: news@shop.example\r\nSubject: x\r\n\r\n")
PIECES = st.sampled_from(
    ["株式会社", "㈱", "ｶﾞ", "配信停", "止", "\n", "\r\n", " ", "　", "〒100-0001", "東京都千代田区", "１－２", "http://a.example/", "a@b.example",
     "ＴＥＬ", "03-1234-5678", "こちら", "セール", "無料", "unsubscribe", " ltd", "<b>", "&nbsp;", "\u0301", "İ", "\ufdfa", "\x00", "発行者：", "市", "0"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))
SETTINGS = settings(max_examples=150, deadline=None)


@SETTINGS
@given(subject=st.one_of(st.none(), TEXTS), text=TEXTS, html_text=TEXTS, html=TEXTS)
def test_any_text_is_judged_under_every_law(
    subject: str | None, text: str, html_text: str, html: str
) -> None:
    message = EMPTY._replace(subject=subject, text=text, plain=text, html=html, html_text=html_text)
    sources = {"text": text, "html_text": html_text, "subject": subject or "", "from": ""}
    for name in regime_names():
        for version in load_regime(name).versions:
            for advertising in (None, True):
                for finding in judge(message, Facts(channel="monitor", advertising=advertising), version):
                    for span in finding.spans:
                        assert 0 <= span.start < span.end <= len(sources[span.where]), finding


@SETTINGS
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_judged(raw: bytes) -> None:
    assert findings(parse(raw), day=date(2025, 6, 1))


@SETTINGS
@given(text=TEXTS, data=st.data())
def test_a_folded_place_leads_back_to_what_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = Folded("text", text)
    if not folded.folded:
        return
    start = data.draw(st.integers(0, len(folded.folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded.folded)))
    span = folded.span(start, end)
    assert 0 <= span.start < span.end <= len(text)
    if text.isascii():
        assert fold(text[span.start : span.end]) == folded.folded[start:end]


@pytest.mark.parametrize(
    ("written", "wanted", "expected"),
    [
        ("前㈱めやす", "(株)めやす", "㈱めやす"),
        ("ｶﾞｽ会社", "ガ", "ｶﾞ"),
        ("ＡＢＣ\n株式会社", "株式", "株式"),
        ("か\u3099く", "く", "く"),
        ("a\xa0b ltd", "b ltd", "b ltd"),
    ],
)
def test_spans_name_the_characters_as_written(written: str, wanted: str, expected: str) -> None:
    folded = Folded("text", written)
    at = folded.folded.index(wanted)
    span = folded.span(at, at + len(wanted))
    assert written[span.start : span.end] == expected


@SETTINGS
@given(html=st.one_of(TEXTS, st.text(alphabet="<>/ab=\"'style:;#f0 ", max_size=200)))
def test_any_html_is_looked_at(html: str) -> None:
    seen = visibility(html + "<p style='opacity:0'>x")
    assert seen is None or seen.of("x") in {"shown", "tiny", "hidden"}


UNITS = [
    "〒", "東京都千代田区", "0", "03-", "a@", "http://", "株式会社", "配信停止", "メール停止 ", "<font color=white>", "発行者:", "丸市", "tel 0",
    " ltd", "1 street", "返信 解除", "ｶﾞ", "会社概要 ", "1-", "お問い合わせ ", "株 式 会 社 ", " unsubscribe http://a.b/ ", "&amp;",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_time_keeps_in_step_with_length(unit: str) -> None:
    def seconds(size: int) -> float:
        body = "夏のセール開催中 無料 割引\n" + unit * (size // len(unit))
        message = EMPTY._replace(text=body, plain="", html=body, html_text=body)
        best = 10.0
        for _ in range(3):
            start = time.process_time()
            findings(message, Facts(channel="monitor"), day=date(2025, 6, 1))
            best = min(best, time.process_time() - start)
        return best

    # Eight times the length: 64 times the time would be quadratic. The floor keeps tiny times from being compared.
    assert seconds(160_000) < 30 * max(seconds(20_000), 0.002)
