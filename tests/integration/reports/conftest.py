"""A data folder with keys, and an SMTP server that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings
from relay_sink import LocalRelay, Sink, free_port

from meyasubako.centre.accounts import keyring
from meyasubako.tables.home import Home


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Home:
    """The data folder of the test, with keys."""
    settings.HOME = tmp_path / "home"
    settings.FIELD_KEY_FILE = settings.HOME / "field-key"
    home = Home.at(settings.HOME)
    keyring.ensure(settings.FIELD_KEY_FILE)
    return home


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """An SMTP server as the centre's relay."""
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ident="sink")
    controller.start()
    settings.MAIL_RELAY = LocalRelay(controller.port)
    settings.MAIL_FROM = "meiwaku@centre.example"
    settings.SITE_URL = "https://centre.example"
    yield handler
    controller.stop()
