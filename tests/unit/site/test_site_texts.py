"""Texts: every English one has a Japanese one, with the same blanks, and none is left over."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import meyasubako.centre.site_public as site_public

SITE = Path(site_public.__file__).parent
ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
BLANK = re.compile(r"%\((\w+)\)s|%%")


def joined(quoted: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', quoted))


def catalogue(path: Path) -> dict[str, str]:
    """English text -> Japanese text."""
    texts: dict[str, str] = {}
    for block in path.read_text("utf-8").split("\n\n"):
        found = {name: joined(quoted) for name, quoted in ENTRY.findall(block)}
        if found.get("msgid"):
            texts[found["msgid"]] = found.get("msgstr") or found.get("msgstr[0]", "")
    return texts


def test_the_catalogue_is_complete(tmp_path: Path) -> None:
    copy = tmp_path / "site_public"
    shutil.copytree(SITE, copy, ignore=shutil.ignore_patterns("*.mo", "*.po", "__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "ja", "--no-location"],
        cwd=copy,
        check=True,
        capture_output=True,
        timeout=60,
    )
    used = catalogue(copy / "locale" / "ja" / "LC_MESSAGES" / "django.po")
    kept = catalogue(SITE / "locale" / "ja" / "LC_MESSAGES" / "django.po")
    assert len(used) > 80
    assert sorted(kept) == sorted(used)
    assert [text for text, japanese in kept.items() if not japanese] == []


def test_the_catalogue_has_no_doubtful_entries_and_keeps_the_blanks() -> None:
    path = SITE / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    text = path.read_text("utf-8")
    assert "fuzzy" not in text
    assert "#~" not in text
    for english, japanese in catalogue(path).items():
        assert sorted(BLANK.findall(english)) == sorted(BLANK.findall(japanese)), english
