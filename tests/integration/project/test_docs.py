"""The documents say what there is: every verb in the README or a page, every room with its page, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meyasubako.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parents[3]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *ROOT.glob("docs/**/*.md"),
]
TEXTS = {page: page.read_text("utf-8") for page in PAGES}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb: str) -> None:
    assert any(re.search(rf"meyasu {verb}\b", text) for text in TEXTS.values())


@pytest.mark.parametrize(
    "room", ["mail", "origin", "sender", "law", "campaigns", "tables", "receivers", "sample"]
)
def test_every_room_has_a_page(room: str) -> None:
    assert (ROOT / "docs" / f"{room}.md").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_named_in_a_page_exist(page: Path) -> None:
    named = re.findall(r"`((?:docs|src|tests|tools|bench)/[\w./-]+)`", TEXTS[page])
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)\)", TEXTS[page]) if "://" not in link]
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [link for link in linked if not (page.parent / link).exists()]
    assert missing == []


def test_the_way_of_a_mail_fits_on_a_page() -> None:
    assert len((ROOT / "docs" / "flow.md").read_text("utf-8").splitlines()) < 100


def test_the_changelog_has_upgrade_notes_for_every_version() -> None:
    versions = re.split(r"^## ", TEXTS[ROOT / "CHANGELOG.md"], flags=re.MULTILINE)[1:]
    assert versions
    assert all("### Upgrade notes" in version for version in versions)


def test_the_version_is_one() -> None:
    from meyasubako import __version__

    declared = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert declared is not None
    assert declared[1] == __version__
    assert f"## {__version__}" in TEXTS[ROOT / "CHANGELOG.md"]
