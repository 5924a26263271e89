"""Forged sender information (Act Art 5): the sending address, or the signs of the sending equipment.

The verdict comes from outside, with its grounds (authentication, HELO and reverse name, an impossible chain): this
check only puts it under the article.
"""

from __future__ import annotations

from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict


def check(matter: Matter, rule: Rule) -> Finding | None:
    """The forgery verdict as a finding; None where nobody judged it."""
    forged = matter.facts.forged
    if forged is None:
        return None
    grounds = ", ".join(forged.grounds)
    tail_ja, tail_en = (f"（根拠: {grounds}）", f" (grounds: {grounds})") if grounds else ("", "")
    if forged.verdict == "forged":
        return matter.finding(
            rule,
            Verdict.BREACH,
            f"送信者情報が偽られている{tail_ja}",
            f"Sender information is forged{tail_en}.",
        )
    if forged.verdict == "likely":
        return matter.finding(
            rule,
            Verdict.LIKELY,
            f"送信者情報が偽られている疑いがある{tail_ja}",
            f"Sender information is likely forged{tail_en}.",
        )
    if forged.verdict == "not forged":
        return matter.finding(
            rule,
            Verdict.OK,
            f"送信者情報に偽りは認められない{tail_ja}",
            f"No forgery of sender information was seen{tail_en}.",
        )
    return matter.finding(
        rule,
        Verdict.UNVERIFIABLE,
        f"送信者情報の真偽は確認できない{tail_ja}",
        f"Whether sender information is true cannot be verified{tail_en}.",
    )
