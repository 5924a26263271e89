"""Names of those who send: companies by their legal form, and whoever a sender's label names.

Reads Japanese forms in front and behind (株式会社めやす, めやす株式会社, （株）めやす), other countries' forms behind a
name (Meyasu Ltd), and labels such as 発行者: or Publisher:. Whether the name is true, or that of the person
responsible, no mail can show.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import cython

from meyasubako.law.reading.contacts import ADDRESS
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Places, Vocabulary, places_of

FORMS_JA = Vocabulary(
    "株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "(株)", "(有)", "(同)", "(資)", "(名)",
    "社団法人", "財団法人", "医療法人", "学校法人", "宗教法人", "社会福祉法人", "特定非営利活動法人", "npo法人", "独立行政法人",
    "弁護士法人", "税理士法人", "監査法人", "司法書士法人", "行政書士法人", "協同組合", "生活協同組合", "相互会社", "有限責任組合",
)  # fmt: skip
FORMS_EN = Vocabulary(
    " inc", " ltd", " llc", " corp", " limited", " gmbh", " plc", " pty", " k.k", " s.a.", " b.v.", " ag\n",
    ",inc", " co.,", " company\n",
)  # fmt: skip
LABELS = Vocabulary(
    "送信者", "送信元", "発行者", "発行元", "発行人", "配信者", "配信元", "発信者", "発信元", "事業者", "販売業者", "販売者", "運営者",
    "運営会社", "運営元", "運営責任者", "販売責任者", "責任者", "会社名", "社名", "商号", "名称", "氏名", "代表者", "屋号", "店舗名",
    "sent by", "sender:", "publisher", "company name", "from the team at",
)  # fmt: skip
NAME_RUN = r"[0-9a-z\u00c0-\u024f\u3041-\u309f\u30a0-\u30ff\u3400-\u9fff々〆ー・&.'’!\-]"
AFTER = re.compile(rf"[ \u3000]?({NAME_RUN}{{1,40}})")
BEFORE = re.compile(rf"({NAME_RUN}{{1,40}})[ \u3000]?$")
WORD_EN = re.compile(r"[0-9a-z\u00c0-\u024f\u0400-\u04ff\u3400-\u9fff\uac00-\ud7af&.'’\-]{1,30},?$")
MOST_WORDS = 5
LABEL_VALUE = re.compile(
    r"(?:名|氏名|の?名称|の?氏名)?[ \u3000]*(?:[:>)】\]》〉]|[ \u3000]{2})[ \u3000]*([^\n]{2,60})"
)
SENT_BY = re.compile(r" ([^\n]{2,60})")
PERSON = re.compile(
    r"(?:[\u3400-\u9fff々]{1,4}[ \u3000]?[\u3400-\u9fff々\u3041-\u309f\u30a0-\u30ff]{1,5})(?![\u3400-\u9fff\u3041-\u309f\u30a0-\u30ff])"
)
PERSON_EN = re.compile(r"[a-z][a-z'\-]{1,20} (?:[a-z]\. )?[a-z][a-z'\-]{1,20}$")
PARTICLE = re.compile("[のはがをにでとへやも](?:[\u3400-\u9fff]|$|[はもの])|です|など|ではない")
TAIL = re.compile(
    "(?<=..)(?:の(?:お知らせ|ご案内|[\u3400-\u9fff])|(?:は|が|を|では|より|から|です|まで|へ)(?=[、 \u3400-\u9fffおごで]|$)).*$"
)
NO_NAMES = ("当", "弊", "御", "貴", "各", "親", "子", "同", "本")


class Name(NamedTuple):
    """A name found: folded offsets, and whether its form says it is a full name (a company's or a person's)."""

    start: int
    end: int
    official: bool


def find_name(text: Folded) -> Name | None:
    """The first full name; else the first sign that a sender's label names; None where there is none."""
    name = company(text.folded, text.places)
    if name is None and FORMS_JA.found_in(text.broken_places):
        squeezed = company(text.squeezed, text.broken_places, behind=False)
        if squeezed is not None:
            name = Name(*text.unsqueeze(squeezed.start, squeezed.end), squeezed.official)
    return name or labelled(text)


def company_in(text: str) -> Name | None:
    """The first company that a short folded text names."""
    return company(text, places_of(text, eastern=not text.isascii()))


def company(text: str, places: Places, *, behind: bool = True) -> Name | None:
    """The first company by a Japanese legal form in front of its name, or ``behind`` it as well, or a foreign one."""
    for start, end in FORMS_JA.places_in(places, 8):
        if name := beside_form(text, start, end, behind=behind):
            return name
    for start, end in FORMS_EN.places_in(places, 8):
        word_end = end - 1 if text[end - 1] == "\n" else end
        if text[word_end : word_end + 1].isalpha() and not text.startswith("orporation", word_end):
            continue
        name_start = before_form(text, start)
        if name_start < start:
            return Name(name_start, word_end, True)
    return None


def before_form(text: str, end: int) -> int:
    """Where the up to five words begin that stand before a foreign legal form at ``end``; ``end`` where none do."""
    start: cython.Py_ssize_t = end
    line: cython.Py_ssize_t = max(text.rfind("\n", 0, end) + 1, end - 120)
    for word in text[line:end].split(" ")[: -MOST_WORDS - 1 : -1]:
        if not WORD_EN.match(word):
            break
        start -= len(word) + (start != end)
    return start


def beside_form(text: str, start: int, end: int, *, behind: bool) -> Name | None:
    """The name that a Japanese legal form at ``start`` to ``end`` belongs to."""
    after = AFTER.match(text, end)
    if after and not PARTICLE.match(after[1]) and after[1] not in NO_NAMES:
        return Name(start, after.start(1) + len(TAIL.sub("", after[1])), True)
    line: cython.Py_ssize_t = max(text.rfind("\n", 0, start) + 1, start - 40)
    before = BEFORE.search(text[line:start]) if behind else None
    if before and before[1] not in NO_NAMES:
        return Name(line + before.start(1), end, True)
    return None


def labelled(view: Folded) -> Name | None:
    """Whom a label such as 発行者 names: a person's name before anything else, which may be a brand or a handle."""
    text = view.folded
    first: Name | None = None
    for start, end in view.find_words(LABELS, 4):
        begins_line = start == 0 or text[start - 1] == "\n"
        sent_by = begins_line and text.startswith("sent by", start)
        match = (SENT_BY if sent_by else LABEL_VALUE).match(text, end)
        value = match[1].split("http")[0].strip() if match else ""
        if address := ADDRESS.search(value):
            value = value[: address.start()].strip()
        if match is None or len(value) < 2:
            continue
        name = Name(
            match.start(1),
            match.start(1) + len(value),
            bool((not sent_by and PERSON.match(value)) or PERSON_EN.match(value)),
        )
        if name.official:
            return name
        first = first or name
    return first
