"""DomainKeys Identified Mail (RFC 6376, RFC 8301, RFC 8463): did this domain sign these bytes?"""

from meyasubako.sender.dkim.parse import Signature, parse_signature
from meyasubako.sender.dkim.verify import Cause, Dkim, Limits, Status, verify, verify_canonical

__all__ = ["Cause", "Dkim", "Limits", "Signature", "Status", "parse_signature", "verify", "verify_canonical"]
