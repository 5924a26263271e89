"""Whether the mail is one the Act speaks of: advertising for a business, sent within its reach (Act Art 2(ii)).

This check accuses nobody. ``likely``: it is taken as specified e-mail, and the other checks are made; ``ok``: nothing
brings it under the Act; ``cannot be verified``: what it says stands in a picture or in a script that is not read, or
an older version may not have covered mail to people who had asked for it.
"""

from __future__ import annotations

import cython

from meyasubako.law.matter import Matter
from meyasubako.law.reading.advertising import ENOUGH
from meyasubako.law.schema import Rule
from meyasubako.law.types import Basis, Consent, Facts, Finding, Verdict


def check(matter: Matter, rule: Rule) -> Finding:
    """Does the Act apply: ``likely``, ``ok`` (no) or ``cannot be verified``."""
    facts: Facts = matter.facts
    if outside := reason_outside(facts, rule):
        return matter.finding(rule, Verdict.OK, *outside)
    if facts.consent is not None and asked_for(facts.consent, rule):
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "受信者が求め又は同意しており、当時の法がそのような電子メールを対象としたかは未確認",
            "The recipient had asked for it or agreed; whether the law of the day covered such mail is unverified.",
        )
    if facts.advertising:
        return matter.finding(
            rule,
            Verdict.LIKELY,
            "広告又は宣伝のための電子メールであることが知られている",
            "The mail is known to advertise.",
        )
    if matter.signs.points >= ENOUGH:
        return matter.finding(
            rule,
            Verdict.LIKELY,
            "営業の広告又は宣伝と認められる語句があり、特定電子メールと考えられる",
            "It has words that advertise a business and is likely a specified e-mail.",
            matter.sign_spans(),
        )
    if matter.is_picture_only:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "内容が画像であり、広告かどうかは電子メールの文字からは確認できない",
            "What it says stands in a picture; its text does not show whether it advertises.",
        )
    if matter.is_unread_script():
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "日本語・英語以外の文字で書かれており、広告かどうかは確認できない",
            "It is written in a script that is not read here; whether it advertises cannot be told.",
        )
    return matter.finding(
        rule,
        Verdict.OK,
        "広告又は宣伝と認められる語句は見当たらない",
        "No words were recognised that advertise a business.",
    )


@cython.cfunc
def reason_outside(facts: Facts, rule: Rule) -> tuple[str, str] | None:
    """Why the Act does not reach the mail, as known from outside it."""
    if facts.in_reach is False:
        return (
            "国内の電気通信設備からの送信でも国内への送信でもなく、対象外",
            "It was sent neither from nor to equipment in the country: outside the law.",
        )
    if facts.advertising is False:
        return (
            "広告又は宣伝のための電子メールでないことが知られている",
            "The mail is known not to advertise.",
        )
    if facts.for_profit is False and rule.values["for_profit_only"]:
        return (
            "送信者は営利団体でも営業を営む個人でもなく、対象外",
            "The sender is neither an organisation for profit nor a person in business: outside the law.",
        )
    if facts.medium not in rule.values["media"]:
        return (
            "この通信方式は当時の法の対象外",
            "The law of the day did not cover this way of sending.",
        )
    return None


@cython.cfunc
def asked_for(consent: Consent, rule: Rule) -> bool:
    """Whether an older version may have left this mail out because it was asked for."""
    return bool(
        rule.values["consented_is_outside"]
        and consent.proven
        and consent.basis in {Basis.CONSENT, Basis.RELATIONSHIP}
    )
