"""Our parser on generated mail: it must find what the truth says, whatever charset the mail claims."""

from __future__ import annotations

from meyasubako.mail.parse import parse
from meyasubako.sample import generate

MAILS = 3000


def test_the_parser_finds_the_truth() -> None:
    wrong_words: list[tuple[int, str | None]] = []
    for mail in generate(11, MAILS, "2008-04..2009-03"):
        truth, message = mail.truth, parse(mail.raw)
        assert message.from_ is not None
        assert message.from_.address == truth.from_address
        assert len(message.attachments) == truth.attachments
        assert len(message.received) == mail.raw.partition(b"\n\n")[0].count(b"Received:")
        if truth.link:
            assert truth.link in [link.url for link in message.links]
        if message.subject != truth.subject or message.text.split() != mail.text.split():
            wrong_words.append((truth.number, truth.charset_label))
            assert truth.language == "ja", "only Japanese is mislabelled"
            assert truth.charset_label != {
                "iso2022_jp": "ISO-2022-JP",
                "cp932": "Shift_JIS",
                "utf_8": "UTF-8",
                "euc_jp": "EUC-JP",
            }.get(truth.charset), f"rightly labelled mail {truth.number} was misread"
    assert len(wrong_words) <= 0.015 * MAILS, wrong_words
