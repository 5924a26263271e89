"""The checks on real mail: nothing raises, spans lie in their texts, and advertising is told from what is not."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from meyasubako.law import Facts, Verdict, judge, load_regime
from meyasubako.mail import parse

Mails = Callable[[str], Iterator[tuple[str, bytes]]]
EVERY = 5


def test_any_real_mail_is_judged_under_every_version(archive_mails: Mails) -> None:
    versions = [version for name in ("jp", "au") for version in load_regime(name).versions]
    seen = 0
    for archive in ("japanese", "malformed-mime", "phishing-2019-2025"):
        for number, (path, raw) in enumerate(archive_mails(archive)):
            if archive.startswith("phishing") and number % 10:
                continue
            message = parse(raw)
            sources = {
                "text": message.text,
                "html_text": message.html_text,
                "subject": message.subject or "",
                "from": message.from_.name if message.from_ else "",
            }
            for version in versions:
                found = judge(message, Facts(channel="monitor", advertising=True), version)
                assert len(found) >= 6, path
                for finding in found:
                    for span in finding.spans:
                        assert 0 <= span.start < span.end <= len(sources[span.where]), (path, finding)
            seen += 1
    assert seen > 1_500


def test_advertising_is_told_from_other_mail(archive_mails: Mails, shared_data: Path) -> None:
    with (shared_data / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        labels = {row["path"]: row["label"] for row in csv.DictReader(manifest, delimiter="\t")}
    version = load_regime("jp").on(date(2025, 6, 1))
    assert version is not None
    counts: Counter[tuple[str, bool]] = Counter()
    for number, (path, raw) in enumerate(archive_mails("spam-ham-2001-2002")):
        label = labels.get(path)
        if number % EVERY or label not in {"spam", "ham"}:
            continue
        scope = judge(parse(raw), Facts(), version)[0]
        counts[label, scope.verdict is Verdict.LIKELY] += 1
    spam = counts["spam", True] / (counts["spam", True] + counts["spam", False])
    ham = counts["ham", True] / (counts["ham", True] + counts["ham", False])
    # English only, and much of the lawful mail there is newsletters, which do advertise.
    assert spam > 0.70
    assert ham < 0.15
