"""Origins from the environment: what may frame mail must be an origin and nothing that breaks out of a policy."""

from __future__ import annotations

import pytest

from meyasubako.centre.config.environment import origins
from meyasubako.errors import UsageError

NAME = "MEYASU_STAFF_ORIGINS"


def test_origins_are_read() -> None:
    said = {NAME: "https://staff.example, http://127.0.0.1:8001 ,https://[2001:db8::1]:8443"}
    assert origins(said, NAME, "x") == [
        "https://staff.example",
        "http://127.0.0.1:8001",
        "https://[2001:db8::1]:8443",
    ]
    assert origins({}, NAME, "http://localhost:8002") == ["http://localhost:8002"]


@pytest.mark.parametrize(
    "said", ["staff.example", "https://staff.example/", "https://a b", "https://a; script-src *", "ftp://a", "https://", "'self'"]
)  # fmt: skip
def test_what_is_no_origin_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        origins({NAME: said}, NAME, "x")
