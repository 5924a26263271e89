"""Texts: every English one has a Japanese one, with the same blanks, and none is left over."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import meyasubako.centre as centre

CENTRE = Path(centre.__file__).parent
APPS = sorted(folder.name for folder in CENTRE.iterdir() if (folder / "apps.py").is_file())
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


def used_texts(app: str, folder: Path) -> dict[str, str]:
    """The texts that the code and templates of an app mark for translation."""
    copy = folder / app
    shutil.copytree(CENTRE / app, copy, ignore=shutil.ignore_patterns("*.mo", "*.po", "__pycache__"))
    (copy / "locale").mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-P", "-m", "django", "makemessages", "-l", "ja", "--no-location"],
        cwd=copy,
        check=True,
        capture_output=True,
        timeout=60,
    )
    path = copy / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    return catalogue(path) if path.exists() else {}


@pytest.mark.parametrize("app", APPS)
def test_the_catalogue_is_complete(app: str, tmp_path: Path) -> None:
    used = used_texts(app, tmp_path)
    path = CENTRE / app / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    kept = catalogue(path) if path.exists() else {}
    assert sorted(kept) == sorted(used)
    assert [text for text, japanese in kept.items() if not japanese] == []


def test_the_public_site_has_its_texts(tmp_path: Path) -> None:
    assert len(used_texts("site_public", tmp_path)) > 80


@pytest.mark.parametrize(
    "path", sorted(CENTRE.glob("*/locale/ja/LC_MESSAGES/django.po")), ids=lambda path: path.parts[-5]
)
def test_the_catalogue_has_no_doubtful_entries_and_keeps_the_blanks(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "fuzzy" not in text
    assert "#~" not in text
    for english, japanese in catalogue(path).items():
        assert sorted(BLANK.findall(english)) == sorted(BLANK.findall(japanese)), english


def test_no_two_apps_translate_a_text_in_two_ways() -> None:
    # Django lays all catalogues over each other: the first app would change what the others say.
    said: dict[str, set[str]] = {}
    for path in CENTRE.glob("*/locale/ja/LC_MESSAGES/django.po"):
        for english, japanese in catalogue(path).items():
            said.setdefault(english, set()).add(japanese)
    assert {english: texts for english, texts in said.items() if len(texts) > 1} == {}
