"""L5: a telephone number, e-mail address or URL that takes complaints and inquiries (Ordinance Art 9(iii)).

Any place, also outside the mail if the mail says where. An e-mail address or URL counts where a word for inquiries
stands near; the address for opting out alone does not.
"""

from __future__ import annotations

import re

import cython

from meyasubako.law.labels import Label, absent, behind_link, find_pointer_to, placed
from meyasubako.law.matter import Matter
from meyasubako.law.reading.contacts import Contact, find_contacts, find_phone, is_dummy_phone
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.opt_out import has_sign
from meyasubako.law.reading.sought import Vocabulary
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict

LABEL = Label("苦情・問合せ等を受け付ける連絡先", "a contact for complaints and inquiries")
WORDS = Vocabulary(
    "お問い合わせ", "お問合せ", "お問合わせ", "問い合わせ", "問合せ", "問合わせ", "ご質問", "苦情", "連絡先", "サポート", "ご意見", "相談窓口", "受付窓口", "お客様窓口", "カスタマー",
    "contact", "contacts", "support", "inquiry", "inquiries", "enquiry", "enquiries", "question", "questions", "complaints", "customer service", "customer care", "complaint", "help desk",
    "e-mail:", "email:", "mail:", "reach us",
)  # fmt: skip
POINTERS = Vocabulary(
    "会社概要", "特定商取引", "特商法", "運営会社", "運営者情報", "会社情報", "企業情報", "会社案内", "発行者情報", "送信者情報", "連絡先は", "問い合わせ先は", "問合せ先は", "our telephone", "and telephone", "about us",
    "company profile", "company information", "imprint",
)  # fmt: skip
BEFORE = cython.declare(cython.Py_ssize_t, 80)
AFTER = cython.declare(cython.Py_ssize_t, 24)
SENTENCE_END = re.compile(r"[。!?]|\.(?:\s|$)")
ELSEWHERE = ("をご覧", "を御覧", "をご参照", "に記載", "に掲載", "にて表示")


def check(matter: Matter, rule: Rule) -> Finding:
    """Is a contact shown, in the mail or where the mail says."""
    assert rule.place is not None
    if matter.phone is not None:
        return phoned(matter, rule, *matter.phone)
    for view in matter.views:
        if contact := find_contact(matter, view):
            return placed(matter, rule, LABEL, view, contact.start, contact.end)
    pointer = find_pointer_to(matter, POINTERS) if rule.place.link else None
    if pointer is None:
        return absent(matter, rule, LABEL)
    page = matter.snapshot(pointer.url)
    shown = None if page is None else bool(find_phone(page) or find_contacts(page.folded))
    return behind_link(matter, rule, LABEL, pointer, shown=shown)


def is_beside(text: str, start: cython.Py_ssize_t, end: cython.Py_ssize_t, contact: Contact) -> bool:
    """Whether a word for inquiries belongs to a contact: no line stands between, and no other errand is told of it.

    Behind the end of a sentence a URL is no contact: it mostly is the link that is advertised. "For our address and
    telephone see URL" is a place outside the mail, and what takes opt-outs is no contact for complaints.
    """
    first: cython.Py_ssize_t = contact.start
    last: cython.Py_ssize_t = contact.end
    before: cython.bint = 0 <= start - last <= AFTER
    if not (before or 0 <= first - end <= BEFORE) or has_sign(contact.value):
        return False
    if before:
        gap = text[last:start]
        return "\n" not in gap or (contact.kind == "address" and gap.count("\n") == 1)
    lines = text[end:first].split("\n")
    if any(line.strip() for line in lines[1:-1]):
        return False
    if contact.kind != "url":
        return True
    if SENTENCE_END.search(text, end, first):
        return False
    return not text.startswith(ELSEWHERE, last + (text[last : last + 1] == " "))


def phoned(matter: Matter, rule: Rule, view: Folded, phone: Contact) -> Finding:
    """A telephone number; one that cannot exist is likely not correct."""
    if is_dummy_phone(phone.value) and rule.check not in matter.facts.incorrect:
        return matter.finding(
            rule,
            Verdict.LIKELY,
            "電話番号が実在し得ない番号であり、正しくない疑いがある",
            "It shows a telephone number that cannot exist: likely not correct.",
            (view.span(phone.start, phone.end),),
        )
    return placed(matter, rule, LABEL, view, phone.start, phone.end)


def find_contact(matter: Matter, view: Folded) -> Contact | None:
    """An e-mail address, URL or link beside a word for inquiries."""
    text = view.folded
    places = view.find_words(WORDS, 8)
    for contact in matter.contacts[view.where]:
        for start, end in places:
            if is_beside(text, start, end, contact):
                return contact
    for words, link in matter.link_words if WORDS.found_in(matter.said_by_links) else ():
        if WORDS.stands_in(words):
            at = text.find(words)
            if at >= 0:
                return Contact("url", at, at + len(words), link.url)
    return None
