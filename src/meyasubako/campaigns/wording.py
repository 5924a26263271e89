"""What the subjects of a campaign have in common: shown instead of any one of them.

Names of recipients, tokens and numbers differ from mail to mail; what differs becomes a gap, so that what is shown
of a campaign is its own and not a recipient's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

GAP = "…"
LONGEST = 200
"""Characters of a subject that are looked at."""
SHORTEST_RUN = 2
"""Characters in a row that subjects must share for them to be shown."""

_ADDRESS = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}")

_LOOSE = re.compile(rf"[\[(<【「]?(?:{GAP})+")
"""Gaps in a row, with the brackets that were opened before them for nothing."""


def common_wording(subjects: Iterable[str]) -> str:
    """The subjects' common wording with ``GAP`` where they differ; addresses are gaps always. "" for none."""
    common: str | None = None
    for subject in subjects:
        shown = _ADDRESS.sub(GAP, " ".join(subject[:LONGEST].split()))
        common = shown if common is None else _shared(common, shown)
    return common or ""


def _shared(one: str, other: str) -> str:
    """What two wordings share, in order."""
    if one == other:
        return one
    found = ""
    end_one = end_other = 0
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        short = block.size < SHORTEST_RUN
        if short and block.a < len(one):
            continue
        if block.a > end_one or block.b > end_other:
            found += GAP
        found += one[block.a : block.a + block.size]
        end_one, end_other = block.a + block.size, block.b + block.size
    return _LOOSE.sub(GAP, found)
