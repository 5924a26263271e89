"""The archives of real mail, against their manifest: what is taken as a mail, file by file, and why not otherwise.

The manifest's own rule is looser in one place and stricter in another than ours; the tables below hold every
difference, each with the reason, and a difference that stands in no table fails.
"""

from __future__ import annotations

import csv
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from meyasubako.analysis.observe import NO_EVIDENCE
from meyasubako.analysis.stages import FAILED, TOO_SLOW
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.receivers.archives import Mail, read_archives
from meyasubako.receivers.ingest import ingest
from meyasubako.tables.home import Home
from meyasubako.tables.table import Table

NOT_MAILS = {
    # Called messages by the manifest as words of a header stand somewhere in them.
    # (TestNihongo013.wrd is such a list too, but begins with from:, subject: and to:, and passes for a header.)
    "popfile-testmails/engine/tests/TestMails/TestNihongo00?.wrd": "word counts of a classifier",
    "popfile-testmails/engine/tests/TestMails/TestNihongo01[!3].wrd": "word counts of a classifier",
    "popfile-testmails/engine/tests/TestMails/TestNihongo021.wrd": "word counts of a classifier",
    "mime4j-testmsgs/*.xml": "what a parser made of a mail, as XML",
    "cyrus-mime/cassandane/data/custom-notification-template": "a template that begins with text",
    "cyrus-mime/cassandane/data/icalendar/*.ics": "calendars",
    "mimekit-testdata/UnitTests/TestData/tnef/christmas/Untitled Attachment.4": "a TNEF attachment",
    "mimekit-testdata/UnitTests/TestData/tnef/long-filename/message.rtf": "a rich text",
    "spamassassin-testdata/t/data/spam/bsmtp": "an SMTP dialogue, a mail inside it",
}
MAILS = {
    # Called other by the manifest: two or three fields, one of them of a mail.
    "mime4j-testmsgs/*multi-2gifs-base64.msg": "Content-Type and Subject",
    "mime4j-testmsgs/*russian.msg": "Content-Type and Subject",
    "mime4j-testmsgs/*sig-uu.msg": "Content-Type and Subject",
    "mime4j-testmsgs/*bad-newlines-multiple-parts-base64.msg": "Content-Type and Subject",
    "mime4j-testmsgs/*base64-encoded-text.msg": "Content-Type and Subject",
    "mime4j-testmsgs/*russian-headers.msg": "Content-Type and Subject",
    "mimekit-testdata/*delivery-status-multiple-blank-lines.txt": "Received and Content-Type",
    "rspamd-testmessages/*/replyto*.eml": "From and Reply-To",
    "rspamd-testmessages/*/zerofont.eml": "From and Content-Type",
    "stalwart-mail-parser/*/rfc/007.eml": "Subject and Content-Type",
    "stalwart-mail-parser/*/thirdparty/007.eml": "From and Content-Type",
}
SEVERAL = {
    # One file, several mails.
    "sisimai-set-of-emails/mailbox/mbox-0": 37,
    "sisimai-set-of-emails/maildir/bsd/rfc3464-28.eml": 2,
    "sisimai-set-of-emails/maildir/*/rhost-cox-01.eml": 2,
    "sisimai-set-of-emails/maildir/not/rb-issue-368-bug.eml": 2,  # quotes another after a From line
    "mime4j-testmsgs/mbox/src/test/resources/test-1/mbox.rlug": 5,
    "mimekit-testdata/UnitTests/TestData/mbox/content-length-summary.txt": 29,
    "mimekit-testdata/UnitTests/TestData/mbox/content-length.mbox.txt": 27,
    "mimekit-testdata/UnitTests/TestData/mbox/issue1189*.txt": 4,
    "mimekit-testdata/UnitTests/TestData/mbox/jwz-summary.txt": 152,
    "mimekit-testdata/UnitTests/TestData/mbox/unmunged.mbox.txt": 2,
    "spamassassin-testdata/t/data/nice.mbox": 3,
}
ARCHIVES = (
    "auth-vectors", "japanese", "mailing-lists-2019-2026", "malformed-mime", "phishing-2019-2025",
    "reports-and-bounces", "spam-ham-2001-2002",
)  # fmt: skip


def manifest(shared_data: Path, archive: str) -> dict[str, str]:
    """Kind of each file of an archive, by path."""
    with (shared_data / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["path"]: row["kind"] for row in rows if row["archive"] == archive}


def triaged(path: str, table: dict[str, str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in table)


def several(path: str) -> int:
    return next((count for pattern, count in SEVERAL.items() if fnmatch(path, pattern)), 1)


class Reading(NamedTuple):
    """What came of the files of one archive: mails a file, and reasons of those that gave none."""

    mails: Counter[str]
    unreadable: dict[str, str]


def read_all(shared_data: Path, archive: str, kinds: dict[str, str]) -> Reading:
    """The archive read once, by the paths of its manifest."""
    found = Reading(Counter(), {})
    source = shared_data / f"{archive}.tar.xz"
    for item in read_archives([source]):
        path = item.path.removeprefix(f"{source}!")
        while path not in kinds:  # a member of an archive within, a mail of an mbox
            path = path[: max(path.rfind("!"), path.rfind("#"))]
        if isinstance(item, Mail):
            found.mails[path] += 1
        else:
            found.unreadable[path] = item.reason
    return found


@pytest.mark.parametrize("archive", ARCHIVES)
def test_every_file_is_a_mail_or_named(shared_data: Path, archive: str) -> None:
    kinds = manifest(shared_data, archive)
    found = read_all(shared_data, archive, kinds)
    assert sorted({*found.mails, *found.unreadable}) == sorted(kinds)
    wrong = []
    for path, kind in kinds.items():
        expected = (kind == "message" and not triaged(path, NOT_MAILS)) or triaged(path, MAILS)
        count = several(path) if expected else 0
        if found.mails[path] != count or (path in found.unreadable) == expected:
            wrong.append((path, kind, found.mails[path], found.unreadable.get(path)))
    assert wrong == []


def test_ingested_they_add_up_to_the_manifest(shared_data: Path, tmp_path: Path) -> None:
    kinds = Counter(kind for archive in ARCHIVES for kind in manifest(shared_data, archive).values())
    not_mails, extra_mails, more_in_mboxes = 124, 14, 259
    done = ingest([shared_data / f"{archive}.tar.xz" for archive in ARCHIVES], home=tmp_path, workers=2)
    assert done.taken + done.duplicate == kinds["message"] - not_mails + extra_mails + more_in_mboxes
    assert len(done.unreadable) == kinds["other"] + not_mails - extra_mails
    failed = [
        row["sha256"]
        for batch in Table.open(Home.at(tmp_path), OBSERVATIONS_LAYOUT).scan(["sha256", "defects"])
        for row in batch.to_pylist()
        if {defect["code"] for defect in row["defects"]} & {FAILED, TOO_SLOW, NO_EVIDENCE}
    ]
    assert failed == []
    assert Table.open(Home.at(tmp_path), OBSERVATIONS_LAYOUT).count() == done.taken
