"""The public process as a reader meets it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.fixture(autouse=True)
def public_process(settings: Settings) -> None:
    """Static files by their names, hosts of tests, reports taken."""
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STATIC_ROOT = settings.PACKAGE
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.REPORTING = True


@pytest.fixture
def token_of(client: Client) -> Callable[[str], str]:
    """The token of the form at an address."""

    def read(address: str) -> str:
        found = re.search(r'name="token" value="([^"]+)"', client.get(address).content.decode())
        assert found is not None
        return found[1]

    return read


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """``later(60)``: a minute passes for signed times."""
    real = time.time
    passed = [0.0]
    monkeypatch.setattr("django.core.signing.time.time", lambda: real() + passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


@pytest.fixture
def send(
    client: Client, token_of: Callable[[str], str], later: Callable[[float], None]
) -> Callable[..., Any]:
    """``send("/ja/report/other/", source="...")``: fill the form in as a person does and send it."""

    def fill(address: str, /, **boxes: Any) -> Any:
        token = boxes.pop("token", None) or token_of(address)
        later(5)
        return client.post(address, {"token": token, "website": "", "work": "", **boxes})

    return fill
