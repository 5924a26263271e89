"""Who really sent it: SPF, DKIM, DMARC, ARC behind a Resolver protocol, and the verdict on forged senders. Pure.

``authenticate`` composes the mechanisms, ``forged`` weighs what they found (Act Art 5), ``claims`` reads what
others say they verified. Asking the DNS is left to whoever fills the ``Answers``.
"""

from meyasubako.sender.authentication import (
    Authentication,
    Columns,
    authenticate,
    author_domains,
    to_columns,
    to_json,
)
from meyasubako.sender.claims import Claim, claims
from meyasubako.sender.forgery import Forgery, Ground, Verdict, forged, is_relayed
from meyasubako.sender.resolver import Answer, Answers, Rcode, Resolver

__all__ = [
    "Answer",
    "Answers",
    "Authentication",
    "Claim",
    "Columns",
    "Forgery",
    "Ground",
    "Rcode",
    "Resolver",
    "Verdict",
    "authenticate",
    "author_domains",
    "claims",
    "forged",
    "is_relayed",
    "to_columns",
    "to_json",
]
