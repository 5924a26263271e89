"""Signs that a mail advertises somebody's business, in Japanese and English.

The Act asks whether a mail is a means of advertising or promotion (Act Art 2(ii)). The ministry's guideline counts
lures to a business's site as well: invitations, prize notices, mail that pretends to come from a friend. Words are
weighed; enough points are taken as advertising. Japanese is searched word by word and stopped as soon as the answer
is known. Of English only head and tail are read, in one pass: letters are packed as they come, and a filter says at
the end of each word whether it may be one of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cython

from meyasubako.law.reading.folding import fold

ENOUGH = 3

STRONG_JA = (
    "キャンペーン", "セール", "割引", "送料無料", "期間限定", "半額", "特別価格", "お買い得", "お得", "無料登録", "登録無料", "完全無料",
    "会員登録", "出会い", "高収入", "副業", "稼げ", "稼ぐ", "儲か", "融資", "当選", "プレゼント", "クーポン", "無料体験", "お試し", "新商品",
    "新発売", "好評発売中", "発売中", "お申し込みはこちら", "お申込みはこちら", "ご注文はこちら", "ご購入はこちら", "詳しくはこちら", "通販", "競馬", "逆援助",
    "人妻", "セフレ", "割り切り", "招待状", "ご招待", "特典", "先着", "大特価", "最安値", "激安", "福袋", "タイムセール", "ポイント還元", "見積無料",
    "値引き", "値下げ", "まとめ買い", "女性会員", "男性会員", "お相手", "お付き合い", "保証人", "無担保", "お借り入れ", "お借入", "懸賞", "賞品",
    "当たりました", "在宅スタッフ", "登録スタッフ", "登録制スタッフ", "馬券", "勝負情報", "メールマガジン", "ご来店", "無料査定", "資料請求", "投資", "必勝", "在宅ワーク", "即日", "モニター募集", "絶賛", "アダルト", "バイアグラ", "メッセージが届いて", "申込受付中",
)  # fmt: skip
WEAK_JA = (
    "無料", "限定", "円", "今すぐ", "応募", "ご紹介", "ご案内", "新作", "入荷", "おすすめ", "オススメ", "人気", "サイト", "セミナー", "メルマガ",
    "ショップ", "商品", "サービス", "広告", "宣伝", "pr", "off", "ポイント", "登録", "価格", "料金", "申込", "申し込み", "購入", "注文",
)  # fmt: skip
NOTICES_JA = (
    "不審な", "異常な", "凍結", "カード番号", "アカウント", "滞納", "延滞", "未納", "民事", "訴訟", "伝票番号", "注文番号", "合計金額", "配達予定", "自動送信", "再三の通知",
)  # fmt: skip
"""Words of demands, warnings and notices about an order: beside them a price or a product alone is no advertising."""
STRONG_EN = (
    "shipping", "discount", "discounts", "casino", "viagra", "cialis", "pharmacy", "mortgage", "refinance", "coupon", "clearance",
    "promo", "advertisement", "winner", "cheap", "cheapest", "bargain", "guaranteed", "millionaire", "earn", "lottery",
    "bonus", "sale", "deals", "offers", "offer", "xxx", "prize", "wholesale", "moneyback", "income", "profits",
    "roulette", "blackjack", "jackpot", "payouts", "replica", "watches", "investors",
    "subscribers", "marketing", "investment", "debt", "debts",
)  # fmt: skip
WEAK_EN = (
    "free", "save", "price", "prices", "guarantee", "subscribe", "click", "product", "products", "customers", "business", "buy", "order",
    "unsubscribe", "removed", "remove", "newsletter", "shop", "store", "trial", "exclusive", "limited", "collection", "loan", "loans",
    "credit", "cash", "money", "off", "now", "today", "deal", "purchase", "opportunity", "website", "dollars", "amazing", "gift", "sexy",
    "stock", "season", "worldwide", "readers",
    "girls", "adult", "insurance", "rates", "payment", "company", "quality", "special", "service", "services",
)  # fmt: skip
WORDS_EN = (*sorted(STRONG_EN), *sorted(WEAK_EN))
"""English words, the weightiest first: of two points each before ``STRONG``, of one behind."""
STRONG = cython.declare(cython.Py_ssize_t, len(STRONG_EN))
RANKS: dict[str, int] = cython.declare(dict, {word: rank for rank, word in enumerate(WORDS_EN)})
ENOUGH_EN = cython.declare(cython.Py_ssize_t, 5)
HEAD = cython.declare(cython.Py_ssize_t, 1200)
TAIL = cython.declare(cython.Py_ssize_t, 300)
HEAD_JA = cython.declare(cython.Py_ssize_t, 6000)
TAIL_JA = cython.declare(cython.Py_ssize_t, 1000)


TEN_LETTERS = cython.declare(cython.ulonglong, (1 << 60) - 1)
MIX = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
WHOLE = cython.declare(cython.ulonglong, (1 << 64) - 1)
LETTERS = cython.declare(
    bytes, bytes("0123456789abcdefghijklmnopqrstuvwxyz".find(chr(code).lower()) + 1 for code in range(128))
)
"""Letters of either case and digits as six bits; 0 is everything that parts words."""


class Signs(NamedTuple):
    """What was recognised: points (``ENOUGH`` is advertising) and the words, the weightiest first."""

    points: int
    words: tuple[str, ...]


NO_SIGNS = Signs(0, ())
"""Or too few to be told apart."""


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _mixed(packed: cython.ulonglong) -> cython.Py_ssize_t:
    """Which place of the filter tells of a word by its last ten letters."""
    return (packed * MIX & WHOLE) >> 52


def _make_filter() -> bytes:
    """1 at the place of each English word."""
    places = bytearray(4096)
    for word in WORDS_EN:
        packed: cython.ulonglong = 0
        for letter in word:
            packed = (packed << 6 | LETTERS[ord(letter)]) & TEN_LETTERS
        places[_mixed(packed)] = 1
    return bytes(places)


FILTER = cython.declare(bytes, _make_filter())


def weigh(subject: str, text: str, japanese: bool, leads: Callable[[], bool]) -> Signs:
    """Weigh a subject and a text. ``leads``: whether the mail has links or says that it is bulk mail."""
    if japanese:
        return weigh_japanese(f"{fold(subject)}\n{fold(ends(text, HEAD_JA, TAIL_JA))}", leads)
    return weigh_english(f"{subject}\n{ends(text, HEAD, TAIL)}\n", leads)


@cython.cfunc
def ends(text: str, head: cython.Py_ssize_t, tail: cython.Py_ssize_t) -> str:
    """The head and the tail of a text; all of it where that is no shorter."""
    return text if len(text) <= head + tail else f"{text[:head]} {text[-tail:]}"


def weigh_japanese(text: str, leads: Callable[[], bool]) -> Signs:
    """Words of a folded text that count two, then words that count one; stopped as soon as they are enough."""
    points = 0
    words: list[str] = []
    for candidates, weight in ((STRONG_JA, 2), (WEAK_JA, 1)):
        if weight == 1 and not words and any(word in text for word in NOTICES_JA):
            return NO_SIGNS
        for word in candidates:
            at = text.find(word)
            if at < 0 or (word.isascii() and whole_word(text, word, at) < 0):
                continue
            points += weight
            words.append(word)
            if points >= ENOUGH or (points == ENOUGH - 1 and leads()):
                return Signs(ENOUGH, tuple(words))
    return Signs(points, tuple(words))


def weigh_english(text: str, leads: Callable[[], bool]) -> Signs:
    """Words of a text in any case, each counted once.

    No English word is as sure as a Japanese one, so more of them are wanted: ``ENOUGH_EN`` points are ``ENOUGH``.
    """
    found = words_of(text)
    points: cython.Py_ssize_t = len(found)
    rank: cython.Py_ssize_t
    for rank in found:
        points += rank < STRONG
    if points < ENOUGH_EN - 3:
        return NO_SIGNS
    points += ("$" in text) + ("%" in text)
    if points < ENOUGH_EN - 1 or (points == ENOUGH_EN - 1 and not leads()):
        return NO_SIGNS
    return Signs(ENOUGH, tuple([WORDS_EN[rank] for rank in sorted(found)[:4]]))


def words_of(text: str) -> set[int]:
    """Places in ``WORDS_EN`` of the words of a text that ends with something else than a word.

    One pass without a branch that could be mistaken: where a word ends, the filter is looked at.
    """
    found: set[int] = set()
    letters: bytes = LETTERS
    places: bytes = FILTER
    packed: cython.ulonglong = 0
    letter: cython.ulonglong
    ended: cython.ulonglong
    code: cython.Py_ssize_t
    at: cython.Py_ssize_t = -1
    for sign in text:
        at += 1
        code = ord(sign)
        letter = letters[code] if code < 128 else 0
        ended = letter == 0
        if places[_mixed(packed)] & ended:
            note(found, text, at)
        packed = (packed << 6 | letter) & TEN_LETTERS & (ended - 1)
    return found


@cython.cfunc
def note(found: set[int], text: str, end: cython.Py_ssize_t) -> None:
    """Note the word that ends here if it is one of ours."""
    start: cython.Py_ssize_t = end
    while start > 0 and ord(text[start - 1]) < 128 and LETTERS[ord(text[start - 1])]:
        start -= 1
    rank = RANKS.get(text[start:end].lower())
    if rank is not None:
        found.add(rank)


def whole_word(text: str, word: str, at: int) -> int:
    """The first place, from ``at`` on, where a Latin word does not begin inside another; -1 where there is none."""
    place: cython.Py_ssize_t = at
    code: cython.Py_ssize_t
    for _ in range(16):
        if place <= 0:
            return place
        code = ord(text[place - 1])
        if code >= 128 or not LETTERS[code]:
            return place
        place = text.find(word, place + 1)
    return -1


def first_sign(text: str, *, eastern: bool) -> int:
    """Where the first strong sign stands in a folded text: about where the advertising begins; its length if none.

    An English word counts where its first place is the beginning of a word.
    """
    letters: bytes = LETTERS
    pairs: bytes = PAIRS
    latin: bool = text.isascii()
    first: cython.ulonglong = 0
    second: cython.ulonglong = 0
    third: cython.ulonglong
    code: cython.Py_ssize_t
    at: cython.Py_ssize_t = -2
    out: set[str] = set()
    if not latin and not eastern:
        return len(text)
    for sign in text:
        code = ord(sign)
        third = letters[code] if latin else code
        # Of English words the first two letters behind anything else, of Japanese ones any two characters.
        if pairs[_paired(second, third)] and (not latin or first == 0) and at >= -1:
            for word in SIGNS_BY_PAIR.get(text[at + 1 : at + 3], ()):
                if word in out or word.isascii() is not latin or not text.startswith(word, at + 1):
                    continue
                if not latin or text.find(word) == at + 1:
                    return at + 1
                out.add(word)
        first = second
        second = third
        at += 1
    return len(text)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _paired(first: cython.ulonglong, second: cython.ulonglong) -> cython.Py_ssize_t:
    """Which place of ``PAIRS`` tells of two characters; letters and digits as their six bits."""
    return (first * 61 ^ second) & 4095


def _make_pairs() -> bytes:
    """1 at the place of the first two characters of each strong sign, which ``SIGNS_BY_PAIR`` is filled with."""
    places = bytearray(4096)
    for word in STRONG_JA + STRONG_EN:
        SIGNS_BY_PAIR[word[:2]] = (*SIGNS_BY_PAIR.get(word[:2], ()), word)
        first, second = ord(word[0]), ord(word[1])
        places[_paired(LETTERS[first], LETTERS[second]) if word.isascii() else _paired(first, second)] = 1
    return bytes(places)


SIGNS_BY_PAIR: dict[str, tuple[str, ...]] = {}
PAIRS = cython.declare(bytes, _make_pairs())
