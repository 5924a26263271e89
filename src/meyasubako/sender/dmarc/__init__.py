"""DMARC (RFC 9989; RFC 7489 for mail of its time): is the author's domain the one that was authenticated?"""

from meyasubako.sender.dmarc.parse import Policy, Record, parse
from meyasubako.sender.dmarc.verify import Cause, Discovery, Dmarc, Status, verify
from meyasubako.sender.dmarc.walk import Walk, walk

__all__ = ["Cause", "Discovery", "Dmarc", "Policy", "Record", "Status", "Walk", "parse", "verify", "walk"]
