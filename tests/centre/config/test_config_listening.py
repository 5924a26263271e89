"""Where `meyasu serve` listens, as other verbs find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from meyasubako.centre.config.listening import FILE_NAME, ports_keep, ports_of


def test_services_that_run_apart_keep_each_others_ports(tmp_path: Path) -> None:
    assert ports_of(tmp_path) == {}
    ports_keep(tmp_path, {"site": 8400, "staff": 8401})
    ports_keep(tmp_path, {"smtp": 2800})
    ports_keep(tmp_path, {"staff": 8411})
    assert ports_of(tmp_path) == {"site": 8400, "staff": 8411, "smtp": 2800}


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"null", b'{"staff": "8401", "smtp": 0, "lmtp": true}']
)
def test_a_broken_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert ports_of(tmp_path) == {}
