"""What the environment says, and what is made ready before the site runs."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from meyasubako.centre.config import environment, prepare
from meyasubako.errors import UnavailableError, UsageError


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = environment.ensure_secret_key(tmp_path)
    key = environment.secret_key(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) > 60
    assert environment.ensure_secret_key(tmp_path) == path
    assert environment.secret_key(tmp_path) == key
    assert [file.name for file in tmp_path.iterdir()] == [environment.KEY_FILE]


def test_reading_makes_no_key(tmp_path: Path) -> None:
    assert environment.secret_key(tmp_path) != environment.secret_key(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_hosts_are_those_named_and_loopback() -> None:
    assert environment.allowed_hosts({}) == ["localhost", "127.0.0.1", "[::1]"]
    named = environment.allowed_hosts({"MEYASU_HOSTS": "spam.example, www.spam.example,"})
    assert named[:2] == ["spam.example", "www.spam.example"]
    assert "*" not in named


def test_a_database_by_its_address(tmp_path: Path) -> None:
    own = environment.database({}, tmp_path)
    assert own["NAME"] == str(tmp_path / "centre.sqlite3")
    assert own["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    url = "postgresql://centre:p%40ss@db.example:5433/meyasu"
    other = environment.database({"MEYASU_DATABASE_URL": url}, tmp_path)
    assert [other[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "meyasu",
        "centre",
        "p@ss",
        "db.example",
        "5433",
    ]


@pytest.mark.parametrize("url", ["mysql://db.example/x", "postgresql://db.example", "x"])
def test_a_database_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="MEYASU_DATABASE_URL"):
        environment.database({"MEYASU_DATABASE_URL": url}, tmp_path)


def test_a_switch_is_0_or_1() -> None:
    assert [environment.switched_on({"X": said}, "X") for said in ("", "0", "1")] == [False, False, True]
    assert not environment.switched_on({}, "X")
    with pytest.raises(UsageError, match="X: 'yes'"):
        environment.switched_on({"X": "yes"}, "X")


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path: Path) -> None:
    source = tmp_path / "site" / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Month"\nmsgstr "年月"\n'
    )
    assert prepare.compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert prepare.compile_catalogues(tmp_path) == []
    source.write_text(source.read_text() + '\n#, python-format\nmsgid "%(a)s"\nmsgstr "%(b)s"\n')
    os.utime(source, ns=(2**62, 2**62))
    with pytest.raises(UnavailableError, match=r"django\.po"):
        prepare.compile_catalogues(tmp_path)


def test_the_bundle_names_its_makers_and_is_built_once(tmp_path: Path) -> None:
    bundle = prepare.build_bundle(tmp_path)
    written = bundle.stat().st_mtime_ns
    text = bundle.read_text("utf-8")
    assert "BSD-3-Clause" in text[:300]
    assert "window.vegaEmbed" in text
    assert prepare.build_bundle(tmp_path).stat().st_mtime_ns == written
