"""One site for the tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_site import ApiSite


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    """A site that stays up."""
    made = ApiSite(tmp_path_factory.mktemp("site"))
    made.start()
    made.wait()
    yield made
    made.kill()
