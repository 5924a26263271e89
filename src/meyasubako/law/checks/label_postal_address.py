"""L4: the postal address of the person named in L1 (Ordinance Art 9(ii)).

Any place, also outside the mail if the mail says where. An address without its number, or with a postcode of a far-off
prefecture, is likely not correct; a post-office box is no address of a person.
"""

from __future__ import annotations

from meyasubako.law.labels import Label, absent, behind_link, find_pointer_to, placed
from meyasubako.law.matter import Matter
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.postal import PostalAddress, find_box, find_postal_address
from meyasubako.law.reading.sought import Vocabulary
from meyasubako.law.schema import Rule
from meyasubako.law.types import Finding, Verdict

LABEL = Label("送信者の住所", "the sender's postal address")
POINTERS = Vocabulary(
    "会社概要", "特定商取引", "特商法", "運営会社", "運営者情報", "運営元", "会社情報", "企業情報", "会社案内", "住所", "所在地", "発行者情報",
    "送信者情報", "配信者情報", "about us", "company profile", "company information", "imprint", "legal notice", "our address",
)  # fmt: skip


def check(matter: Matter, rule: Rule) -> Finding:
    """Is a postal address shown, in the mail or where the mail says."""
    assert rule.place is not None
    best: tuple[Folded, PostalAddress] | None = None
    for view in matter.views:
        address = find_postal_address(view)
        if address is not None and (best is None or (address.whole and not best[1].whole)):
            best = view, address
    if best is not None and best[1].whole:
        return whole(matter, rule, *best)
    pointer = find_pointer_to(matter, POINTERS) if rule.place.link else None
    if pointer is not None:
        page = matter.snapshot(pointer.url)
        address = find_postal_address(page) if page is not None else None
        shown = None if page is None else address is not None and address.whole
        return behind_link(matter, rule, LABEL, pointer, shown=shown)
    if best is not None:
        return partial(matter, rule, *best)
    return boxed(matter, rule) or absent(matter, rule, LABEL)


def whole(matter: Matter, rule: Rule, view: Folded, address: PostalAddress) -> Finding:
    """An address down to its number."""
    if address.contradicts and rule.check not in matter.facts.incorrect:
        return matter.finding(
            rule,
            Verdict.LIKELY,
            "住所が表示されているが、郵便番号と都道府県が一致せず、正しくない疑いがある",
            "It shows an address whose postcode belongs to another part of the country: likely not correct.",
            (view.span(address.start, address.end),),
        )
    return placed(matter, rule, LABEL, view, address.start, address.end)


def partial(matter: Matter, rule: Rule, view: Folded, address: PostalAddress) -> Finding:
    """A place without a number."""
    return matter.finding(
        rule,
        Verdict.LIKELY,
        "住所が途中までしか表示されておらず、正しく表示されていない疑いがある",
        "It names a place but no number: the address is likely not shown correctly.",
        (view.span(address.start, address.end),),
    )


def boxed(matter: Matter, rule: Rule) -> Finding | None:
    """Only a post-office box."""
    for view in matter.views:
        if box := find_box(view):
            return matter.finding(
                rule,
                Verdict.UNVERIFIABLE,
                "私書箱のみの表示であり、住所と認められるか確認できない",
                "Only a post-office box is shown; whether it counts as an address cannot be verified.",
                (view.span(*box),),
            )
    return None
