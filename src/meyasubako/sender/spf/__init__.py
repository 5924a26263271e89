"""Sender Policy Framework (RFC 7208): may this address send mail for this domain?"""

from meyasubako.sender.spf.parse import Fault, Record, parse
from meyasubako.sender.spf.verify import Cause, Limits, Spf, Status, check_host, verify

__all__ = ["Cause", "Fault", "Limits", "Record", "Spf", "Status", "check_host", "parse", "verify"]
