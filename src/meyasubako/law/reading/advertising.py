"""Signs that a mail advertises somebody's business, in Japanese and English.

The Act asks whether a mail is a means of advertising or promotion (Act Art 2(ii)). The ministry's guideline counts
lures to a business's site as well: invitations, prize notices, mail that pretends to come from a friend. Words are
weighed; three points are taken as advertising. Plain ``in`` tests, stopped as soon as the answer is known.
"""

from __future__ import annotations

from typing import NamedTuple

ENOUGH = 3

STRONG_JA = (
    "キャンペーン", "セール", "割引", "送料無料", "期間限定", "半額", "特別価格", "お買い得", "お得", "無料登録", "登録無料", "完全無料",
    "会員登録", "出会い", "高収入", "副業", "稼げ", "稼ぐ", "儲か", "融資", "当選", "プレゼント", "クーポン", "無料体験", "お試し", "新商品",
    "新発売", "好評発売中", "発売中", "お申し込みはこちら", "お申込みはこちら", "ご注文はこちら", "ご購入はこちら", "詳しくはこちら", "通販", "競馬", "逆援助",
    "人妻", "セフレ", "割り切り", "招待状", "ご招待", "特典", "先着", "大特価", "最安値", "激安", "福袋", "タイムセール", "ポイント還元", "広告※", "見積無料",
    "無料査定", "資料請求", "投資", "必勝", "在宅ワーク", "即日", "モニター募集", "絶賛", "アダルト", "バイアグラ", "メッセージが届いて", "申込受付中",
)  # fmt: skip
WEAK_JA = (
    "無料", "限定", "円", "今すぐ", "応募", "ご紹介", "ご案内", "新作", "入荷", "おすすめ", "オススメ", "人気", "サイト", "セミナー", "メルマガ",
    "ショップ", "商品", "サービス", "広告", "宣伝", "pr", "off", "ポイント", "登録", "価格", "料金", "申込", "申し込み", "購入", "注文",
)  # fmt: skip
STRONG_EN = (
    "% off", "free shipping", "special offer", "limited time", "buy now", "order now", "shop now", "discount",
    "best price", "lowest price", "act now", "money back", "money-back", "casino", "viagra", "cialis", "mortgage", "lose weight",
    "work from home", "earn money", "make money", "extra income", "promo code", "coupon", "clearance", "on sale",
    "free trial", "sign up today", "join now", "call now", "order today", "exclusive offer", "new arrivals", "our products",
    "advertisement", "limited offer", "best deals", "great deal", "save up to", "this offer", "you have won", "winner",
    "debt", "no obligation", "click here to order", "to order", "our sale", "sale ends", "visit our store",
)  # fmt: skip
WEAK_EN = (
    "free", "offer", "sale", "save", "price", "$", "deal", "guarantee", "subscribe", "click here", "click below",
    "promo", "only today", "product", "customers", "business", "buy", "order", "unsubscribe", "removed", "opt-out",
    "newsletter", "new collection", "shop",
)  # fmt: skip


class Signs(NamedTuple):
    """What was recognised: points, and the words with their offsets in the text that was searched."""

    points: int
    places: tuple[tuple[int, int], ...]


def weigh(text: str, *, japanese: bool, bulk: bool, links: bool) -> Signs:
    """Weigh a folded text. ``bulk``: it says it is bulk mail; ``links``: it leads somewhere. Each counts once."""
    points = 0
    places: list[tuple[int, int]] = []
    strong, weak = (STRONG_JA, WEAK_JA) if japanese else (STRONG_EN, WEAK_EN)
    for words, weight in ((strong, 2), (weak, 1)):
        for word in words:
            if word in text:
                at = text.index(word)
                if word.isascii() and word[0].isalpha() and at and text[at - 1].isalnum():
                    at = whole_word(text, word, at)
                    if at < 0:
                        continue
                points += weight
                places.append((at, at + len(word)))
                if points + (bulk or links) >= ENOUGH + (weight == 1):
                    return Signs(points + bulk + links, tuple(places))
    return Signs(points + bulk + links if points else 0, tuple(places))


def whole_word(text: str, word: str, at: int) -> int:
    """The next place, from ``at``, where a Latin word does not begin inside another; -1 where there is none."""
    for _ in range(16):
        at = text.find(word, at + 1)
        if at < 0 or not text[at - 1].isalnum():
            return at
    return -1


def first_sign(text: str) -> int:
    """Where the first strong sign stands in a folded text: about where the advertising begins; its length if none."""
    first = len(text)
    for word in STRONG_EN if text.isascii() else STRONG_JA:
        at = text.find(word, 0, first)
        if at >= 0:
            first = at
    return first
