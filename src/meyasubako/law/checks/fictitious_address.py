"""Mail to fictitious addresses (Act Art 6): both made by a program that generates many, and used by nobody.

Not limited to advertising since 2005. Both limbs of Act Art 2(iv) are needed; where one is not known the answer is no
more than ``likely``.
"""

from __future__ import annotations

from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict


def check(matter: Matter, rule: Rule) -> Finding | None:
    """Was it sent to a fictitious address; None where nothing is known of the address."""
    address = matter.facts.fictitious
    if address is None or (address.generated is None and address.unused is None):
        return None
    if address.generated is False or address.unused is False:
        return matter.finding(
            rule,
            Verdict.OK,
            "あて先は架空電子メールアドレスに当たらない",
            "The recipient's address is not a fictitious one.",
        )
    if address.generated and address.unused:
        return matter.finding(
            rule,
            Verdict.BREACH,
            "プログラムで作成され、利用者のないアドレスにあてて送信されている",
            "It was sent to an address that a program made and nobody uses.",
        )
    return matter.finding(
        rule,
        Verdict.LIKELY,
        "架空電子メールアドレスの要件の一方のみが確認されている",
        "Only one of the two limbs of a fictitious address is established.",
    )
