"""What runs by itself for the audit log."""

from __future__ import annotations

from datetime import datetime

from meyasubako.centre.audit.chain import chain_seal
from meyasubako.centre.audit.heads import publish_head
from meyasubako.tables.home import Home


def step_chain_seal(now: datetime) -> int:
    """Close the chain over what was recorded since; gives how many events."""
    return chain_seal(now)


def step_head_publish(now: datetime) -> int:
    """Sign the head of the chain, once a day, into ``audit-heads/``; 1 when there is one of today."""
    return int(publish_head(Home.from_environment(), now=now).is_file())
