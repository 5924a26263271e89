"""L2: the e-mail address or URL that takes opt-outs (Act Art 4(ii), Ordinance Art 8).

In the mail, easily seen. A List-Unsubscribe field is not on the recipient's screen and does not count. A URL must
lead to a page with clear and plain information: one that lands on a home page or a login cannot be verified from the
mail, and an officer may attach a snapshot.
"""

from __future__ import annotations

import cython

from meyasubako.law.labels import Label, absent, placed
from meyasubako.law.matter import Matter
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.opt_out import Target, find_mentions, has_sign, says_nothing
from meyasubako.law.schema import Rule, Where
from meyasubako.law.types import Finding, Verdict

LABEL = Label("受信拒否の通知先（電子メールアドレス又はURL）", "an address or URL that takes opt-outs")


def check(matter: Matter, rule: Rule) -> Finding:
    """Is there an address or URL for opting out, and may it stand where it stands."""
    found = matter.target
    if found is None:
        return wordless(matter, rule) or absent(matter, rule, LABEL)
    view, target = found
    shown = placed(matter, rule, LABEL, view, target.start, target.end)
    if shown.verdict is not Verdict.OK or target.kind != "url":
        return shown
    return behind_url(matter, rule, view, target) or shown


def wordless(matter: Matter, rule: Rule) -> Finding | None:
    """A link for opting out that shows no words: its label can only stand in a picture."""
    signed: cython.bint = False
    for url, _, text, _ in matter.links[:200]:
        if (not text or text.isspace()) and has_sign(url):
            signed = True
    if not signed or "<img" not in matter.message.html.lower():
        return None
    return matter.finding(
        rule,
        Verdict.MISSING,
        f"{LABEL.ja}へのリンクが画像のみで示されており、本文と同じ文字コードで表示されていない",
        f"A picture alone leads to {LABEL.en}: nothing is shown in the character code of the text.",
        (),
        rule.place,
        (rule.place.same_code if rule.place is not None else None) or rule.article,
    )


def behind_url(matter: Matter, rule: Rule, view: Folded, target: Target) -> Finding | None:
    """What is to be said of the page a URL leads to; None where the mail itself is enough."""
    assert rule.place is not None
    spans = (view.span(target.start, target.end),)
    if rule.place.where is Where.BEFORE_BODY:
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "URLによる表示が当時認められていたかは未確認",
            "Whether a URL was enough under the law of the day is unverified.",
            spans,
        )
    page = matter.snapshot(target.value)
    if page is not None and not find_mentions(page):
        return matter.finding(
            rule,
            Verdict.BREACH,
            "通知先のページ（保存された写し）に、通知の方法についての明確な情報がない",
            "The page for opting out (a snapshot) has no clear information on how to opt out.",
            spans,
        )
    if page is None and says_nothing(target.value):
        return matter.finding(
            rule,
            Verdict.UNVERIFIABLE,
            "URLはトップページ又はログイン画面と見られ、通知を受ける場所かどうか電子メールからは確認できない",
            "The URL seems to land on a home page or a login; whether it takes opt-outs cannot be verified from the mail.",
            spans,
        )
    return None
