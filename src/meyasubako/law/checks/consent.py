"""Whether the recipient may be mailed at all (Act Art 3(1)): consent, notified or published address, dealings.

No mail shows its own consent. A monitor's address never consented, was notified to nobody and is published nowhere;
a reporter's word is a claim; a sender's claim without a record is one too.
"""

from __future__ import annotations

from meyasubako.law.matter import Matter
from meyasubako.law.schema import Rule
from meyasubako.law.types import Basis, Consent, Finding, Verdict

NAMES = {
    Basis.CONSENT: ("あらかじめの同意", "prior consent"),
    Basis.NOTIFIED: ("自己のアドレスの通知", "an address notified by its holder"),
    Basis.RELATIONSHIP: ("取引関係", "dealings with the advertised business"),
    Basis.PUBLISHED: ("公表されたアドレス", "a published address"),
}


def check(matter: Matter, rule: Rule) -> Finding:
    """Was there a ground to mail this recipient."""
    consent = matter.facts.consent
    if consent is None and matter.facts.channel == "monitor":
        return matter.finding(
            rule,
            Verdict.BREACH,
            "モニター用アドレスは同意も通知も公表もしておらず、送信の根拠がない",
            "A monitor's address never consented, was notified to nobody and is not published: there was no ground to mail it.",
        )
    if consent is None:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "同意その他の根拠の有無は電子メールからは確認できない",
            "Whether there was consent or another ground cannot be verified from the mail.",
        )
    if consent.basis is Basis.NONE:
        return without_ground(matter, rule, proven=consent.proven)
    return with_ground(matter, rule, consent)


def without_ground(matter: Matter, rule: Rule, *, proven: bool) -> Finding:
    """No ground: known, or said by somebody."""
    if proven:
        return matter.finding(
            rule,
            Verdict.BREACH,
            "同意その他の根拠がないことが確認されている",
            "It is established that there was no consent and no other ground.",
        )
    return matter.finding(
        rule,
        Verdict.LIKELY,
        "受信者は同意していないと申し立てている（申立てであり、証明ではない）",
        "The recipient says there was no consent (a claim, not proof).",
    )


def with_ground(matter: Matter, rule: Rule, consent: Consent) -> Finding:
    """A ground is named: is it one of the law's, does it hold, and is there a record."""
    ja, en = NAMES[consent.basis]
    if refused := reason_void(matter, consent):
        return matter.finding(rule, Verdict.BREACH, *refused)
    unclear = (
        consent.basis is Basis.NOTIFIED and consent.in_writing is None and matter.facts.incidental is None
    )
    if not consent.proven or unclear or consent.basis.value not in rule.values["bases"]:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            f"{ja}があるとされるが、確認できる記録がない",
            f"There is said to be {en}, but no record that shows it as the law asks.",
        )
    return matter.finding(rule, Verdict.OK, f"{ja}を示す記録がある", f"A record shows {en}.")


def reason_void(matter: Matter, consent: Consent) -> tuple[str, str] | None:
    """Why a ground does not count: Ordinance Art 2(1) wants writing, Art 3 no published refusal."""
    if (
        consent.basis is Basis.NOTIFIED
        and consent.in_writing is False
        and matter.facts.incidental is None
        and matter.version.regime == "jp"
    ):
        return (
            "アドレスの通知が書面によっておらず、根拠とならない",
            "The address was not notified in writing and is no ground.",
        )
    if consent.basis is Basis.PUBLISHED and consent.refusal_published:
        return (
            "アドレスの公表に広告メール拒否の文言が併記されており、根拠とならない",
            "A refusal of advertising stands beside the published address: it is no ground.",
        )
    return None
