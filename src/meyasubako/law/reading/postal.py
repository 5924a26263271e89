"""Postal addresses as they are written: Japan's, and the common forms of others.

A Japanese address is a prefecture or a municipality followed by a block number, in digits of any width or in kanji
numerals (一丁目二番三号). A postcode is compared with the prefecture, by the first digit only: neighbours are let
pass. Own patterns: address libraries normalise what is already known to be an address, and are heavy.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import cython

from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Places, Vocabulary

ZONES: dict[str, str] = {
    "北海道": "0", "青森県": "0", "岩手県": "0", "秋田県": "0", "宮城県": "9", "山形県": "9", "福島県": "9", "茨城県": "3",
    "栃木県": "3", "群馬県": "3", "埼玉県": "3", "千葉県": "2", "東京都": "12", "神奈川県": "2", "新潟県": "9", "富山県": "9",
    "石川県": "9", "福井県": "9", "山梨県": "4", "長野県": "3", "岐阜県": "5", "静岡県": "4", "愛知県": "4", "三重県": "5",
    "滋賀県": "5", "京都府": "6", "大阪府": "5", "兵庫県": "6", "奈良県": "6", "和歌山県": "6", "鳥取県": "6", "島根県": "6",
    "岡山県": "7", "広島県": "7", "山口県": "7", "徳島県": "7", "香川県": "7", "愛媛県": "7", "高知県": "7", "福岡県": "8",
    "佐賀県": "8", "長崎県": "8", "熊本県": "8", "大分県": "8", "宮崎県": "8", "鹿児島県": "8", "沖縄県": "9",
}  # fmt: skip
"""Prefectures and the first digit of their postcodes."""

NEIGHBOURS: dict[str, str] = {
    "0": "09", "1": "1234", "2": "1234", "3": "12349", "4": "12345", "5": "45679", "6": "567", "7": "678", "8": "789",
    "9": "03589",
}  # fmt: skip
"""First digits that may meet at a border; a postcode further off contradicts its prefecture."""

HYPHEN = r"[\-‐‑‒–—―−ー〜の]"
NUMBER = r"[0-9〇零一二三四五六七八九十百]{1,5}"
BLOCK = rf"{NUMBER}[ ]?(?:丁目|番地?|号|{HYPHEN}[ ]?{NUMBER})"
PLACE_SIGNS = frozenset("都道府県市区町村郡")
"""Every Japanese address holds one of these."""
PREFECTURE = re.compile("|".join(ZONES))
REST = re.compile(
    rf"[^\n。]{{0,12}}?(?:市|区|町|村|郡)[^\n。@:]{{0,40}}?({BLOCK}[0-9{HYPHEN[1:-1]}番号丁目地]{{0,16}})"
)
PART = re.compile(r"[ ]?[\u3041-\u30ff\u3400-\u9fff]{1,8}?(?:市|区|郡|町|村)")
MUNICIPAL = re.compile(
    rf"[\u3041-\u30ff\u3400-\u9fff]{{1,8}}[市区郡][\u3041-\u30ff\u3400-\u9fff々ヶ]{{1,20}}?[ ]?{BLOCK}[0-9{HYPHEN[1:-1]}番号丁目地]{{0,16}}"
)
POSTCODE = re.compile(rf"(?:〒[ ]?|(?<![0-9\-]))([0-9]{{3}})[ ]?{HYPHEN}[ ]?[0-9]{{4}}(?![0-9\-])")
STREET_WORDS = Vocabulary(
    " street", " st.", " st,", " st\n", " road", " rd", " avenue", " ave", " blvd", " boulevard", " drive", " dr.",
    " lane", " parkway", " pkwy", " highway", " hwy", " floor", " suite", " way,", " square", "-ku", "-shi", "-cho",
    "-machi",
)  # fmt: skip
STREET = re.compile(r"(?:[^\n]{0,30}[^0-9\n])?([0-9]{1,5}(?:-[0-9]{1,4}){0,2},? [^\n]{0,60})$")
LAST_STREET = re.compile(
    r"(?<![^\s,])([0-9]{1,5}(?:-[0-9]{1,4}){0,2},?"
    r"(?: (?:[a-z]{1,2}\.|[a-z\u00c0-\u024f][a-z\u00c0-\u024f'’\-]{0,20})){1,4})$"
)
"""Far into a line: the last number of its own before the word for a street."""
BOXES = Vocabulary("p.o. box", "po box", "p.o.box", "私書箱")


class PostalAddress(NamedTuple):
    """An address found: folded offsets; ``whole`` down to the block number; ``contradicts`` its own postcode."""

    start: int
    end: int
    whole: bool
    contradicts: bool = False


def find_postal_address(text: Folded) -> PostalAddress | None:
    """The best address of the text: whole before partial; None where there is none."""
    if not text.is_eastern:
        return western(text.folded, text.places)
    named = not PLACE_SIGNS.isdisjoint(text.folded)
    best = japanese(text.folded) if named else None
    if named and (best is None or not best.whole):
        squeezed = japanese(text.squeezed)
        if squeezed is not None and (best is None or squeezed.whole):
            start, end = text.unsqueeze(squeezed.start, squeezed.end)
            best = squeezed._replace(start=start, end=end)
    return best or western(text.folded, text.places)


def japanese(text: str) -> PostalAddress | None:
    """The first whole Japanese address, else the first that names a place without a number."""
    partial: PostalAddress | None = None
    for count, match in enumerate(PREFECTURE.finditer(text)):
        if count == 32:
            break
        if rest := REST.match(text, match.end()):
            return PostalAddress(
                match.start(), rest.end(), True, contradiction(text, match.start(), match[0])
            )
        if partial is None and (part := PART.match(text, match.end())):
            partial = PostalAddress(match.start(), part.end(), False)
    municipal = first_municipal(text)
    return PostalAddress(municipal.start(), municipal.end(), True) if municipal else partial


def first_municipal(text: str) -> re.Match[str] | None:
    """An address without its prefecture, sought only around the signs 市, 区 and 郡."""
    at: cython.Py_ssize_t
    start: cython.Py_ssize_t
    for sign in "区市郡":
        at = text.find(sign)
        for _ in range(32):
            if at < 0:
                break
            start = at
            while start > 0 and at - start < 8 and "\u3041" <= text[start - 1] <= "\u9fff":
                start -= 1
            if match := MUNICIPAL.match(text, start):
                return match
            at = text.find(sign, at + 1)
    return None


def contradiction(text: str, at: int, prefecture: str) -> bool:
    """Whether the postcode before an address belongs to a far-off part of the country."""
    codes = POSTCODE.findall(text[max(0, at - 24) : at])
    if not codes:
        return False
    return not any(codes[-1][0] in NEIGHBOURS[zone] for zone in ZONES[prefecture])


def western(text: str, places: Places) -> PostalAddress | None:
    """A street with a house number in front, as other countries write it; the first found."""
    if not STREET_WORDS.found_in(places):
        return None
    for word in STREET_WORDS.ordered:
        for at in places.get(word, ())[:8]:
            after = text[at + len(word) : at + len(word) + 1]
            line = max(text.rfind("\n", 0, at) + 1, at - 90)
            before = text[line:at]
            if not (after.isalpha() or after == "-") and (
                match := STREET.match(before) or LAST_STREET.search(before)
            ):
                return PostalAddress(line + match.start(1), at + len(word), True)
    return None


def find_box(text: Folded) -> tuple[int, int] | None:
    """A post-office box, which is no residence or place of business."""
    found = text.find_words(BOXES, 1)
    return found[0] if found else None
