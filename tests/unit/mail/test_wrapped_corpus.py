"""Every sample of ``tests/corpus/wrapped``: a report of our own writing, and what must come out of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from meyasubako.mail import parse
from meyasubako.mail.wrapped import LOST, REASONS, WrappedMail, unwrap

CORPUS = Path(__file__).resolve().parent.parent.parent / "corpus" / "wrapped"
SAMPLES = sorted(CORPUS.glob("*.eml"))


def check_mail(mail: WrappedMail, wanted: dict[str, Any]) -> None:
    """Hold one mail against the sample's expectation."""
    read = parse(mail.raw)
    assert mail.how == wanted["how"]
    assert read.from_ is not None
    assert {"name": read.from_.name, "address": read.from_.address} == wanted["from"]
    assert [box.address or box.name for box in read.to] == wanted["to"]
    assert [box.address for box in read.cc] == wanted["cc"]
    assert read.subject == wanted["subject"]
    assert read.date == datetime.fromisoformat(wanted["date"])
    assert wanted["text"] in read.text
    assert [link.url for link in read.links] == wanted["links"]
    assert [file.name for file in read.attachments] == wanted["files"]
    assert dict(mail.derived) == wanted["derived"]
    assert list(mail.lost) == wanted["lost"]
    if mail.how.startswith("inline:") and mail.how not in ("inline:source", "inline:spamcop"):
        assert read.values("X-Meyasubako-Rebuilt") == [f" {mail.how}".encode()]
        assert [defect.code for defect in read.defects if "charset" in defect.code] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_taken_apart(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text())
    found = unwrap(path.read_bytes())
    assert (found.kind, found.reason) == (wanted["kind"], wanted.get("reason", ""))
    assert len(found.mails) == len(wanted.get("mails", ()))
    for mail, expected in zip(found.mails, wanted.get("mails", ()), strict=True):
        check_mail(mail, expected)
        if "absent" in wanted:
            assert wanted["absent"] not in parse(mail.raw).text
    for name, value in wanted.get("reported", {}).items():
        assert found.reported[name] == value
    for name, value in wanted.get("derived", {}).items():
        assert found.derived[name] == value
    assert len(found.returned) == wanted.get("returned", 0)


def test_every_sample_is_whole_and_every_code_has_words() -> None:
    assert len(SAMPLES) >= 45
    for path in SAMPLES:
        assert path.with_suffix(".json").is_file()
        assert path.with_suffix(".readme").read_text().strip()
        found = unwrap(path.read_bytes())
        assert found.reason in REASONS or found.kind not in ("none", "bounce")
        assert {code for mail in found.mails for code in mail.lost} | set(found.lost) <= set(LOST)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_same_bytes_give_the_same_answer_whatever_ends_their_lines(path: Path) -> None:
    raw = path.read_bytes()
    assert unwrap(raw) == unwrap(raw)
    if b"\r" in raw:
        return
    crlf = unwrap(raw.replace(b"\n", b"\r\n"))
    assert (crlf.kind, crlf.reason, len(crlf.mails)) == (
        (found := unwrap(raw)).kind,
        found.reason,
        len(found.mails),
    )
