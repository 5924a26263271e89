"""``meyasu smtp``, ``lmtp`` and ``commit``: options that make no sense are one line and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from meyasubako.cli import commit, lmtp, receiving
from meyasubako.errors import MeyasuError, UnavailableError, UsageError
from meyasubako.receivers.smtp.server import networks_of
from meyasubako.tables.home import Home


@pytest.mark.parametrize("name", ["mx example", "mx\r\n250 OK", "例え.example", "a_b"])
def test_a_name_for_greetings_is_a_host_name(name: str) -> None:
    with pytest.raises(UsageError):
        receiving.hostname_of(name)
    assert receiving.hostname_of(None)
    assert receiving.hostname_of("mx-1.example.org") == "mx-1.example.org"


def test_tls_needs_both_files(tmp_path: Path) -> None:
    assert receiving.certificates_of(None, None) is None
    with pytest.raises(UsageError):
        receiving.certificates_of(tmp_path / "cert", None)
    with pytest.raises(MeyasuError, match="cannot be used for TLS"):
        receiving.certificates_of(tmp_path / "cert", tmp_path / "key")
    (tmp_path / "cert").write_text("nonsense")
    (tmp_path / "key").write_text("nonsense")
    with pytest.raises(MeyasuError, match="cannot be used for TLS"):
        receiving.certificates_of(tmp_path / "cert", tmp_path / "key")


def test_networks() -> None:
    assert receiving.networks("--proxy-from", ["192.0.2.1/24", "2001:db8::/32"]) == networks_of(
        ["192.0.2.0/24", "2001:db8::/32"]
    )
    with pytest.raises(UsageError, match="--proxy-from"):
        receiving.networks("--proxy-from", ["everywhere"])


def test_lmtp_says_where_and_not_on_port_25() -> None:
    with pytest.raises(UsageError, match="--port, --socket"):
        lmtp.command()
    with pytest.raises(UsageError, match="25"):
        lmtp.command(port=25)


def test_without_a_resolver_senders_are_not_asked_for_unless_they_must(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("meyasubako.receivers.capturing.system_servers", lambda: ())
    assert commit._capture(Home.at(home), must=False) is None
    assert "no DNS resolver" in capsys.readouterr().err
    with pytest.raises(UnavailableError):
        commit._capture(Home.at(home), must=True)
