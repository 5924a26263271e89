"""What runs by itself for the tables: erasures finished and files put together, campaigns, the day's signed head."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from meyasubako.engines.campaigns import keep_campaigns
from meyasubako.engines.upkeep import keep_up
from meyasubako.tables.home import Home
from meyasubako.tables.seal_heads import publish_head


def step_upkeep(now: datetime) -> int:
    """Finish erasures, compact, remove what nobody needs; files rewritten or removed. Raises UnavailableError.

    ``now`` is not used: the age of files is the disk's own.
    """
    del now
    return sum(done.compaction.files_before + done.removed for done in keep_up(Home.at(settings.HOME)))


def step_campaigns(now: datetime) -> int:
    """Bring the campaigns up to the observations; how many mails were grouped."""
    return keep_campaigns(Home.at(settings.HOME), now=now).mails


def step_seal_head(now: datetime) -> int:
    """Sign the end of the chain of seals, once a day, into ``seal-heads/``; 1 when there is one of today."""
    return int(publish_head(Home.at(settings.HOME), now=now).exists())
