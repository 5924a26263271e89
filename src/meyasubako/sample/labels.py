"""What a sender must show, shown rightly, wrongly or not at all (Act Art 4, Ordinance Art 7(1), Ordinance Art 9).

L1 name, L2 opt-out address, L3 the sentence that one may opt out, L4 postal address, L5 contact for complaints.
Before 2008-12-01 the subject began with a marker instead of consent being needed. The truth says how each stands;
judging it is the business of ``law``.
"""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.sample.draws import DIGITS, Draws
from meyasubako.sample.trends import month_number

MARKER = "未承諾広告※"
MANGLED_MARKERS = (
    "末承諾広告※",
    "未承諾広告＊",
    "未承諾広告",
    "未 承 諾 広 告 ※",
    "【未承諾広告】",
    "承諾済広告※",
)
OPT_IN = month_number("2008-12")
LABELS = ("L1", "L2", "L3", "L4", "L5")
TOWNS = (
    "東京都新宿区見本町{}-{}-{}", "東京都豊島区架空台{}-{}-{}", "大阪府大阪市北区例示{}-{}-{}", "愛知県名古屋市中区試作町{}-{}-{}",
    "福岡県福岡市博多区仮町{}-{}-{}", "神奈川県横浜市西区標本町{}-{}-{}", "北海道札幌市中央区見本条{}-{}-{}",
)  # fmt: skip
STOP_SENTENCES = (
    "配信停止をご希望の方は、下記までご連絡ください。",
    "今後このメールが不要な方は次の宛先へお知らせください。",
    "受信を希望されない場合は以下より解除できます。",
    "メールの配信解除はこちらで承ります。",
)


class LabelBlock(NamedTuple):
    """The lines that stand before and after the body, how each label stands, and how the marker stands.

    A state is present, missing, brand (L1 without the form of a name), apart (L3 away from L2), link (L4, L5
    behind a link that the mail names) or hidden (tiny type in the background's colour). The marker is correct, mangled or missing, None where no law asks for it.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    states: dict[str, str]
    marker: str | None
    subject_prefix: str

    def hide(self) -> LabelBlock:
        """The same block set where no eye finds it: what was shown after the body is hidden."""
        text = "\n".join(self.before)
        above = {"L1"} if "送信者" in text else set()
        above |= {"L2", "L3"} if "stop" in text else set()
        states = {
            label: state if state in ("missing", "apart") or label in above else "hidden"
            for label, state in self.states.items()
        }
        return self._replace(states=states)


def draw_states(profile: str, draws: Draws) -> dict[str, str]:
    """How the labels stand for a profile: full, partial or none."""
    if profile == "none":
        return dict.fromkeys(LABELS, "missing")
    states = dict.fromkeys(LABELS, "present")
    if profile == "full":
        if draws.chance(0.3):
            states["L4"] = states["L5"] = "link"
        return states
    for label in draws.shuffled(LABELS)[: draws.between(1, 4)]:
        states[label] = "missing"
    if states["L1"] == "present" and draws.chance(0.3):
        states["L1"] = "brand"
    if states["L3"] == states["L2"] == "present" and draws.chance(0.25):
        states["L3"] = "apart"
    if "missing" not in states.values() and draws.chance(0.5):
        states["L5"] = "missing"
    return states


def draw_marker(month: int, profile: str, draws: Draws) -> tuple[str, str]:
    """How the subject marker stands, and what it puts before the subject."""
    if month < OPT_IN:
        share = 0.97 if profile == "full" else 0.18
        if draws.chance(share):
            return "correct", MARKER
        if draws.chance(0.25):
            return "mangled", draws.pick(MANGLED_MARKERS)
        return "missing", ""
    return ("correct", MARKER) if profile != "none" and draws.chance(0.06) else ("missing", "")


def japanese_block(name: str, domain: str, month: int, profile: str, draws: Draws) -> LabelBlock:
    """The lines of a Japanese advertiser called ``name``."""
    states = draw_states(profile, draws)
    company = ("有限会社" if draws.chance(0.5) else "株式会社") + name
    stop = f"stop@{domain}" if draws.chance(0.5) else f"http://www.{domain}/stop/{draws.word(4, DIGITS)}"
    sentence = draws.pick(STOP_SENTENCES)
    address = draws.pick(TOWNS).format(draws.between(1, 9), draws.between(1, 20), draws.between(1, 30))
    phone = f"03-0000-{draws.word(4, DIGITS)}"
    before: list[str] = []
    after: list[str] = []
    opt_out = before if month < OPT_IN and profile == "full" else after
    if states["L1"] != "missing":
        line = f"送信者：{company if states['L1'] == 'present' else name}"
        (before if month < OPT_IN else after).append(line)
    if states["L3"] == "apart":
        before.append("このメールの配信は停止することができます。")
    elif states["L3"] == "present":
        opt_out.append(sentence)
    if states["L2"] == "present":
        opt_out.append(stop)
    if states["L4"] == "present":
        after.append(f"住所：{address}")
    if states["L5"] == "present":
        after.append(f"お問い合わせ：{phone}")
    linked = [word for label, word in (("L4", "住所"), ("L5", "お問い合わせ先")) if states[label] == "link"]
    if linked:
        after.append(f"{'と'.join(linked)}は http://www.{domain}/company をご覧ください。")
    marker, prefix = draw_marker(month, profile, draws)
    return LabelBlock(tuple(before), tuple(after), states, marker, prefix)


def foreign_block(name: str, domain: str, profile: str, draws: Draws) -> LabelBlock:
    """The lines of an advertiser abroad, in English; most show nothing."""
    if profile == "none":
        return LabelBlock((), (), dict.fromkeys(LABELS, "missing"), None, "")
    states = draw_states(profile, draws)
    after: list[str] = []
    if states["L1"] != "missing":
        after.append(f"Sent by {name}{'' if states['L1'] == 'brand' else ' Ltd.'}")
    if states["L3"] == "present":
        after.append("To stop receiving these letters, write to or visit:")
    if states["L2"] == "present":
        after.append(f"http://www.{domain}/unsubscribe/{draws.word(5, DIGITS)}")
    if states["L4"] == "present":
        after.append(f"{draws.between(1, 240)} Sample Street, Exampleton")
    if states["L5"] == "present":
        after.append(f"Questions: help@{domain}")
    linked = [word for label, word in (("L4", "address"), ("L5", "telephone")) if states[label] == "link"]
    if linked:
        after.append(f"Our {' and '.join(linked)}: http://www.{domain}/about")
    before = ("You may stop these letters at any time.",) if states["L3"] == "apart" else ()
    return LabelBlock(before, tuple(after), states, None, "")
