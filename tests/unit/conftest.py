"""Unit tests reach no network: every socket is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Refuse sockets for the length of one test (Unix sockets stay, the event loop needs them)."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
