"""Advertising that only rides along with a mail of another purpose (Act Art 3(3) proviso; Ordinance Art 6).

Order notices, free-mail footers, and mail whose main purpose is not advertising: only the sender's name must be
shown. ``ok``: the case is known from outside; ``cannot be verified``: the mail reads like one, and then the labels it
would be free of accuse nobody.
"""

from __future__ import annotations

import cython

from meyasubako.law.matter import Matter
from meyasubako.law.reading.advertising import ENOUGH, weigh
from meyasubako.law.reading.sought import Vocabulary
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Incidental, Verdict

CONTRACT_WORDS = Vocabulary(
    "ご注文ありがとう", "ご注文頂き", "ご注文いただ", "ご注文内容", "注文番号", "発送のお知らせ", "発送いたしました", "発送完了", "出荷", "お届け予定",
    "ご予約内容", "予約番号", "予約確認", "ご利用明細", "ご請求金額", "請求書", "お支払期限", "お支払い期限", "領収", "パスワード再設定", "認証コード",
    "ご契約内容", "契約更新", "お申込み内容", "お申し込み内容", "受付完了", "入金を確認", "ご入金",
    "order confirmation", "your order", "order number", "has shipped", "tracking number", "your receipt", "invoice",
    "password reset", "verification code", "booking confirmation", "your reservation", "your subscription renews",
)  # fmt: skip
FOOTERS = Vocabulary(
    "do you yahoo", "get your free", "free email", "sent from my", "yahoo! mail", "hotmail", "join the world's largest", "無料メール", "フリーメール",
)  # fmt: skip
FOOTER_LENGTH = cython.declare(cython.Py_ssize_t, 400)


def check(matter: Matter, rule: Rule) -> Finding | None:
    """Is the advertising incidental; None where nothing suggests it."""
    known = matter.facts.incidental
    if known is not None and known.value in rule.values["cases"]:
        return matter.finding(
            rule,
            Verdict.OK,
            "広告又は宣伝は付随的であり、氏名又は名称のほかの表示は要しない",
            "The advertising is incidental; no label but the sender's name is required.",
        )
    if Incidental.CONTRACT.value in rule.values["cases"] and (spans := contract_words(matter)):
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "契約に関する通知のように読めるが、広告が付随的かどうかは電子メールからは確認できない",
            "It reads like a notice about a contract; whether its advertising is incidental cannot be verified from the mail.",
            tuple(matter.text.span(*span) for span in spans),
        )
    if Incidental.FREE_MAIL.value in rule.values["cases"] and (footer := footer_words(matter)):
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "無料メールサービスによる付記のように読めるが、電子メールからは確認できない",
            "The advertising reads like a free-mail provider's footer; this cannot be verified from the mail.",
            (matter.text.span(*footer),),
        )
    return None


def contract_words(matter: Matter) -> list[tuple[int, int]]:
    """Words of a notice about a contract: one in the subject and one in the text, or two in the text."""
    found = matter.text.find_words(CONTRACT_WORDS, 2)
    in_subject = CONTRACT_WORDS.stands_in(matter.subject.folded)
    return found[:4] if len(found) + in_subject >= 2 and found else []


def footer_words(matter: Matter) -> tuple[int, int] | None:
    """A free-mail footer that holds the advertising: what stands before it has not enough of it."""
    text = matter.text
    if not text.holds(FOOTERS):
        return None
    at: cython.Py_ssize_t
    start: cython.Py_ssize_t = max(0, len(text.folded) - FOOTER_LENGTH)
    for word in FOOTERS.ordered:
        at = text.folded.find(word, start) if word in text.places else -1
        if at >= 0:
            before = text.folded[:at]
            signs = weigh(matter.subject.source, before, matter.is_japanese, lambda: False)
            if signs.points < ENOUGH:
                return at, at + len(word)
    return None
