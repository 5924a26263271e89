"""Every file of the archive of reports and bounces is filed rightly, or held with the right reason.

The archive has no labels, but its files have names: each folder and each prefix says what its files are. What a name
does not say stands in ``EXCEPTIONS`` with why. ``meyasu unwrap --summary`` prints the same counts.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from meyasubako.cli.unwrap import report_of
from meyasubako.mail.wrapped import Unwrapped

Answer = tuple[str, str]
Mails = Callable[[str], Iterator[tuple[str, bytes]]]

BY_FOLDER: dict[str, Answer] = {
    "abusehub": ("none", "feed-abuse"),
    "blocklistde": ("none", "xarf-not-mail"),
    "cleanmx": ("none", "feed-abuse"),
    "copyrightcompliance": ("none", "copyright-notice"),
    "cyscon": ("none", "feed-abuse"),
    "feedback-loop": ("arf", ""),
    "google": ("none", "feed-abuse"),
    "ip-echelon": ("none", "copyright-notice"),
    "netcraft": ("none", "xarf-not-mail"),
    "projecthoneypot": ("none", "feed-abuse"),
    "shadowserver": ("none", "feed-shadowserver"),
    "spamexperts": ("arf", ""),
    "webiron": ("none", "feed-abuse"),
    "aggregate": ("none", "dmarc-aggregate"),
    "aggregate_invalid": ("none", "dmarc-aggregate"),
    "extract_report": ("none", "dmarc-aggregate"),
    "failure": ("arf", ""),
    "smtp_tls": ("none", "tls-report"),
}
BY_PREFIX: dict[str, Answer] = {
    "arf": ("arf", ""),
    "lhost": ("bounce", "bounce"),
    "rhost": ("bounce", "bounce"),
    "rfc3464": ("bounce", "bounce"),
    "make": ("bounce", "bounce"),
    "issue": ("bounce", "bounce"),
    "mbox": ("bounce", "bounce"),
    "rfc3834": ("none", "automatic-answer"),
    "json": ("none", "provider-notice"),
    "README": ("none", "not-a-mail"),
    "README.md": ("none", "not-a-mail"),
    "LICENSE": ("none", "not-a-mail"),
    "runall": ("none", "not-a-mail"),
}
EXCEPTIONS: dict[str, Answer] = {
    # Hotmail's own loop: the mail alone, without the report part of RFC 5965.
    "bsd/arf-22.eml": ("attached", ""),
    "bsd/arf-23.eml": ("attached", ""),
    "bsd/arf-24.eml": ("attached", ""),
    # The mail in it is the one word REDACTED.
    "bsd/arf-25.eml": ("none", "arf-without-mail"),
    # A mail program that unsubscribes by itself.
    "bsd/arf-26.eml": ("none", "automatic-answer"),
    # Notices as JSON, about a delivery, a complaint and bounces, and about what an ML program did not take.
    "bsd/lhost-amazonses-09.eml": ("none", "provider-notice"),
    "bsd/lhost-amazonses-10.eml": ("none", "provider-notice"),
    "bsd/lhost-amazonses-11.eml": ("none", "provider-notice"),
    "bsd/lhost-amazonses-12.eml": ("none", "provider-notice"),
    "bsd/lhost-amazonses-13.eml": ("none", "provider-notice"),
    "bsd/lhost-fml-02.eml": ("none", "list-notice"),
    "bsd/lhost-fml-03.eml": ("none", "list-notice"),
    # A person forwards a bounce: what is reported is the bounce.
    "bsd/lhost-sendmail-14.eml": ("inline", ""),
    "err/make-test-36.eml": ("inline", ""),
    "not/is-not-bounce-01.eml": ("none", "no-mail-inside"),
    "not/is-not-bounce-02.eml": ("attached", ""),
    "not/rb-issue-368-bug.eml": ("bounce", "bounce"),
    # Nothing, one line end, "[]"
    "mailbox/size-0": ("none", "empty"),
    "mailbox/size-1": ("none", "empty"),
    "mailbox/size-2": ("none", "not-a-mail"),
    "samples/empty.xml": ("none", "empty"),
    "obsoleted/json-sendgrid-13.json": ("none", "not-a-mail"),
    # X-ARF in name and form.
    "cleanmx/Cleanmx_Example_1.eml": ("none", "xarf-not-mail"),
    "cleanmx/Cleanmx_Example_3.eml": ("none", "xarf-not-mail"),
    # DMARC failures written by a server that knows no RFC 6591: the header pasted into the text.
    "failure/exim_plain_text_only_no_arf_part.eml": ("inline", ""),
    # Compressed, with a name that says nothing: archives are not opened.
    "extract_report/nice-input.xml.gz": ("none", "archive-attached"),
    "extract_report/nice-input.xml.zip": ("none", "archive-attached"),
}


def wanted(path: str) -> Answer:
    """What a file must be taken for, by its exception, its folder or its name."""
    parts = PurePosixPath(path).parts
    if (exception := EXCEPTIONS.get("/".join(parts[-2:]))) is not None:
        return exception
    name = parts[-1]
    return BY_FOLDER.get(parts[-2]) or BY_PREFIX[name.partition("-")[0]]


@pytest.fixture(scope="module")
def filed(archive_mails: Mails) -> dict[str, Unwrapped]:
    """What each file of the archive was taken for."""
    return {path: report_of(path, raw) for path, raw in archive_mails("reports-and-bounces")}


def test_every_file_is_filed_rightly_or_held_with_the_right_reason(filed: dict[str, Unwrapped]) -> None:
    wrong = {
        path: (found.kind, found.reason)
        for path, found in filed.items()
        if (found.kind, found.reason) != wanted(path)
    }
    assert wrong == {}
    assert len(filed) == 1002


def test_no_exception_is_stale(filed: dict[str, Unwrapped]) -> None:
    known = {"/".join(PurePosixPath(path).parts[-2:]) for path in filed}
    assert set(EXCEPTIONS) <= known


def test_what_the_manifest_calls_no_message_is_never_filed(
    shared_data: Path, filed: dict[str, Unwrapped]
) -> None:
    with (shared_data / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        rows = [
            row for row in csv.DictReader(manifest, delimiter="\t") if row["archive"] == "reports-and-bounces"
        ]
    others = [row["path"] for row in rows if row["kind"] == "other"]
    assert len(others) == 58
    assert {filed[path].kind for path in others} == {"none"}
    messages = [row["path"] for row in rows if row["kind"] == "message"]
    assert {filed[path].reason for path in messages}.isdisjoint({"not-a-mail", "empty", "too-large"})


def test_reports_say_who_sent_the_mail_and_bounces_why_they_came(filed: dict[str, Unwrapped]) -> None:
    reports = [found for found in filed.values() if found.kind == "arf"]
    assert all("feedback-type" in found.reported for found in reports)
    with_source = sum("source-ip" in found.reported or "source-ip" in found.derived for found in reports)
    assert with_source >= len(reports) - 1
    bounces = [found for found in filed.values() if found.kind == "bounce"]
    with_status = sum("status" in found.reported or "status" in found.derived for found in bounces)
    assert with_status >= 0.84 * len(bounces)
    assert all(found.mails == () for found in bounces)


def test_the_command_counts_the_same(shared_data: Path, filed: dict[str, Unwrapped]) -> None:
    archive = shared_data / "reports-and-bounces.tar.xz"
    shown = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", "unwrap", "--summary", str(archive)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    counts = Counter(found.reason for found in filed.values() if found.kind == "none")
    for reason, count in counts.items():
        assert f"| none | {reason} | {count} |" in shown
