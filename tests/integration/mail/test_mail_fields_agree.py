"""The quick way through a header and the tolerant one give the same answer on every real mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from meyasubako.mail import Limits
from meyasubako.mail.fields import _split_clean, _split_tolerant


@pytest.mark.parametrize(
    "archive", ["spam-ham-2001-2002", "malformed-mime", "reports-and-bounces", "japanese"]
)
def test_both_ways_agree(archive: str, archive_mails: Callable[[str], Iterator[tuple[str, bytes]]]) -> None:
    quick = 0
    for path, raw in archive_mails(archive):
        clean = _split_clean(raw, Limits(), 0, len(raw))
        if clean is not None:
            quick += 1
            assert (*clean, ()) == _split_tolerant(raw, Limits(), 0, len(raw)), path
    assert quick > 5
