"""Authenticated Received Chain (RFC 8617): what forwarders saw, if their chain of seals holds."""

from meyasubako.sender.arc.parse import ArcSet, Seal, parse_chain
from meyasubako.sender.arc.verify import Arc, Cause, Status, verify

__all__ = ["Arc", "ArcSet", "Cause", "Seal", "Status", "parse_chain", "verify"]
