"""Where a mail came from: trust boundary, origin address, country and network, dynamic pools."""

from meyasubako.origin.boundary import boundary_time, find_origin
from meyasubako.origin.dynamic import PoolVerdict, dynamic_pool
from meyasubako.origin.trust import Trust, load_trust
from meyasubako.origin.types import Geography, Network, Origin, Place, Step

__all__ = [
    "Geography",
    "Network",
    "Origin",
    "Place",
    "PoolVerdict",
    "Step",
    "Trust",
    "boundary_time",
    "dynamic_pool",
    "find_origin",
    "load_trust",
]
