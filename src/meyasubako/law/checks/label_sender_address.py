"""The sending address shown where the sender's address is displayed, in the years that named it (Act of 2002, Art 3(iii))."""

from __future__ import annotations

from meyasubako.law.labels import Label, absent
from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict

LABEL = Label("送信に用いた電子メールアドレス", "the sending address")


def check(matter: Matter, rule: Rule) -> Finding:
    """Does the From field show an address; whether it is the true one is the business of ``forged_sender``."""
    sender = matter.message.from_
    if matter.facts.medium == "mail" and (sender is None or "@" not in sender.address):
        return absent(matter, rule, LABEL)
    if rule.check in matter.facts.incorrect:
        return matter.finding(
            rule,
            Verdict.BREACH,
            f"{LABEL.ja}の表示が正しくないことが判明している",
            f"It shows {LABEL.en}, but an investigation found it untrue.",
        )
    return matter.finding(rule, Verdict.OK, f"{LABEL.ja}が表示されている", f"It shows {LABEL.en}.")
