"""The checks and verdicts by name, in Japanese and English, for pages, reports and letters."""

from __future__ import annotations

import re
from typing import NamedTuple

from meyasubako.law.types import Certainty, Verdict

_ARTICLE = re.compile(r"(Act|Ordinance) Art (\d+)(?:\((\d+)\))?(?:\(([ivx]+)\))?")
_ROMAN = {name: number for number, name in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), 1)}


class Words(NamedTuple):
    """One thing in both languages."""

    ja: str
    en: str


CHECK_WORDS: dict[str, Words] = {
    "advertising": Words("特定電子メールに当たるか", "Is it a specified e-mail"),
    "incidental": Words("付随的な広告", "Incidental advertising"),
    "consent": Words("送信の根拠（同意等）", "Ground for sending (consent and others)"),
    "sent_after_opt_out": Words("受信拒否後の送信", "Sent after an opt-out"),
    "subject_marker": Words("件名の表示「未承諾広告※」", "Subject marker 未承諾広告※"),
    "label_name": Words("氏名又は名称の表示", "Name shown"),
    "label_opt_out": Words("受信拒否の通知先の表示", "Address for opting out shown"),
    "label_opt_out_notice": Words("受信拒否ができる旨の表示", "Statement that one may opt out"),
    "label_postal_address": Words("住所の表示", "Postal address shown"),
    "label_contact": Words("苦情・問合せ先の表示", "Contact for complaints shown"),
    "label_sender_address": Words("送信元アドレスの表示", "Sending address shown"),
    "forged_sender": Words("送信者情報の偽装", "Forged sender information"),
    "fictitious_address": Words("架空電子メールアドレスあての送信", "Sent to a fictitious address"),
    "list_unsubscribe": Words("List-Unsubscribe", "List-Unsubscribe"),
    "one_click_unsubscribe": Words("ワンクリック解除", "One-click unsubscribing"),
    "one_click_signed": Words("ワンクリック解除の署名", "One-click unsubscribing signed"),
    "from_field": Words("Fromフィールド", "From field"),
    "alignment": Words("ドメインの一致", "Domain alignment"),
}

VERDICT_WORDS: dict[Verdict, Words] = {
    Verdict.OK: Words("問題なし", "ok"),
    Verdict.BREACH: Words("違反", "breach"),
    Verdict.LIKELY: Words("疑いあり", "likely"),
    Verdict.MISSING: Words("表示なし", "missing"),
    Verdict.WRONG_PLACE: Words("表示場所の誤り", "wrong place"),
    Verdict.UNVERIFIABLE: Words("確認不能", "cannot be verified"),
}

SCOPE_WORDS: dict[Verdict, Words] = {
    Verdict.OK: Words("当たらない", "no"),
    Verdict.LIKELY: Words("当たると考えられる", "likely"),
    Verdict.UNVERIFIABLE: Words("確認不能", "cannot be verified"),
}
"""Verdicts of ``advertising``, which accuses nobody."""

CERTAINTY_WORDS: dict[Certainty, Words] = {
    Certainty.TEXT: Words("条文を確認", "text read"),
    Certainty.SEC: Words("二次資料による", "secondary source"),
    Certainty.UNV: Words("未確認", "unverified"),
}


def article_said(article: str, *, english: bool) -> str:
    """An article as it is cited: "Act Art 3(1)" in English, 「法第3条第1項」 in Japanese."""
    return article if english else _ARTICLE.sub(_in_japanese, article)


def _in_japanese(found: re.Match[str]) -> str:
    law, number, paragraph, item = found.groups()
    text = f"{'法' if law == 'Act' else '施行規則'}第{number}条"
    if paragraph:
        text += f"第{paragraph}項"
    return f"{text}第{_ROMAN[item]}号" if item else text
