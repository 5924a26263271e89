"""Opting out as mails speak of it: the sentence, and the address or link it leads to.

Japanese has many wordings; each is a root (停止, 解除, 希望されない ...) that must stand near a word for mail or
delivery, so that サービス停止 or 契約解除 are not taken for it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import cython

from meyasubako.law.reading.contacts import Contact
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Places, Vocabulary, places_of
from meyasubako.mail.types import Link

PHRASES = Vocabulary(
    "配信停止", "配信解除", "配信中止", "配信拒否", "配信不要", "購読解除", "購読停止", "購読中止", "登録解除", "登録抹消", "受信拒否",
    "受信停止", "退会", "オプトアウト", "送信停止", "送信拒否", "メール不要", "メルマガ解除", "アドレス削除", "リストから削除",
    "拒否メール", "受信解除",
    "unsubscribe", "unsubscribed", "opt out", "opt-out", "optout", "stop receiving", "remove me", "be removed", "removed from",
    "no longer wish to receive", "no longer receive", "manage your subscription", "email preferences", "remove your", "stop these emails", "stop these letters", "stop these messages", "stop these mailings",
    "to be taken off", "stop to end", "reply stop", "text stop",
)  # fmt: skip
"""Wordings that say it by themselves."""

ROOTS = Vocabulary(
    "停止", "解除", "拒否", "希望されない", "希望しない", "希望なさらない", "希望されません", "不要な", "不要の", "ご不要", "必要ない",
    "中止", "止めたい", "やめたい", "やめる", "迷惑な", "お断り", "望まない", "望まれない", "削除",
)  # fmt: skip
COMPANIONS = (
    "配信", "メール", "メルマガ", "受信", "受け取", "受取", "購読", "送信", "案内", "お知らせ", "ニュース", "dm", "情報", "マガジン", "次回",
    "今後", "mail", "リスト",
)  # fmt: skip
REPLY_WORDS = ("返信", "reply", "replying")
URL_SIGNS = (
    "unsub", "optout", "opt-out", "opt_out", "taikai", "kaijo", "kaijyo", "haishin_stop", "haishinteishi", "teishi",
    "stopmail", "mailstop", "/stop", "stop@", "refuse@", "kyohi", "remove", "cancel", "leave", "preferences",
)  # fmt: skip
LONGEST_SIGN = cython.declare(cython.Py_ssize_t, max(map(len, URL_SIGNS)))
SIGN_STARTS = cython.declare(bytearray, bytearray(8192))
"""Where a sign may begin, by its first three characters."""
HERE = frozenset({"こちら", "コチラ", "こちらから", "ここ", "here", "click here", "こちらをクリック", "url"})
SENTENCE = re.compile(r"[:。]")
FORWARD = ("下記", "以下", "次の宛先", "次のアドレス", "次のurl", "visit:", "below")
INQUIRIES = (
    "お問",
    "問い合",
    "問合",
    "ご質問",
    "苦情",
    "questions",
    "inquir",
    "enquir",
    "complaint",
    "contact",
    "support",
    "help",
)
AFTER, BEFORE = 160, 30
"""Characters between a statement and an address behind it, and before it."""


new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


class Mention(NamedTuple):
    """A wording that speaks of opting out; folded offsets."""

    start: int
    end: int


class Target(NamedTuple):
    """Where an opt-out goes: the sign that is shown (folded offsets), and what it is.

    ``kind`` is ``address``, ``url`` or ``reply``; ``value`` the address or URL itself. ``is_adjacent``: a statement
    stands immediately before or after.
    """

    kind: str
    start: int
    end: int
    value: str
    is_adjacent: bool


def find_mentions(text: Folded) -> list[Mention]:
    """Every wording that speaks of opting out, in order; broken words are sought where none stands whole."""
    found = wordings(text.folded, text.places)
    if found or not text.is_eastern:
        return found
    return [Mention(*text.unsqueeze(*mention)) for mention in wordings(text.squeezed, text.broken_places)]


def mentions_in(text: str) -> list[Mention]:
    """Every wording in a short folded text."""
    return wordings(text, places_of(text, eastern=not text.isascii()))


def wordings(text: str, places: Places) -> list[Mention]:
    """Wordings that need no company, and roots that have it within 20 characters."""
    found: list[Mention] = [new(Mention, place) for place in PHRASES.places_in(places, 8)]
    roots = ROOTS.places_in(places, 8)
    if not roots:
        return found
    for start, end in roots:
        around = text[max(0, start - 20) : end + 12]
        if any(word in around for word in COMPANIONS):
            found.append(Mention(start, end))
    found.sort()
    return found


def find_targets(
    text: Folded,
    mentions: list[Mention],
    contacts: list[Contact],
    links: tuple[tuple[str, Link], ...],
    said: Places,
) -> list[Target]:
    """Every address, URL or link that takes opt-outs, best placed first.

    ``links`` come with their folded words, ``said`` are the places of words in what they say together.
    """
    targets: list[Target] = []
    for contact in contacts:
        adjacent = is_any_adjacent(
            text.folded, mentions, contact.start, contact.end
        ) and not is_for_inquiries(text.folded, contact.start)
        if adjacent or has_sign(contact.value):
            targets.append(new(Target, (contact.kind, contact.start, contact.end, contact.value, adjacent)))
    if links:
        targets.extend(link_targets(text, mentions, links, said))
    if mentions:
        targets.extend(reply_targets(text, mentions))
    if len(targets) > 1:
        put_best_first(targets, mentions)
    return targets


def put_best_first(targets: list[Target], mentions: list[Mention]) -> None:
    """Put first what stands beside a statement, then what says it by itself, then what stands behind a statement."""
    targets.sort(
        key=lambda target: (
            not target.is_adjacent,
            not has_sign(target.value),
            not any(0 <= target.start - mention.end <= AFTER for mention in mentions),
        )
    )


def is_any_adjacent(text: str, mentions: list[Mention], start: int, end: int) -> bool:
    """Whether a place stands immediately before or after any statement."""
    for mention in mentions:  # noqa: SIM110 - a generator costs more, and every contact is asked
        if is_adjacent(text, mention, start, end):
            return True
    return False


def is_adjacent(text: str, mention: Mention, start: int, end: int) -> bool:
    """Whether a place stands immediately before or after a statement.

    After: in its line or the next, or behind one more line of the same paragraph (下記URLより), or after a blank line
    with nothing between. Before: in its line or the one above.
    """
    if mention.start < end and start < mention.end:
        return True
    if mention.end <= start:
        if start - mention.end > AFTER:
            return False
        lines = text[mention.end : start].split("\n")
        between = [line.strip() for line in lines[1:-1]]
        spoken = sum(1 for line in between if line)
        return spoken == 0 or (spoken == 1 and len(between) == 1)
    gap = text[end : mention.start]
    if len(gap) > BEFORE or gap.count("\n") > 1 or points_on(text, mention):
        return False
    return "\n" not in gap or not is_home_page(text[start:end])


def is_home_page(words: str) -> bool:
    """Whether words are a URL without a path: in the line above a statement it is the sender's, not the opt-out's."""
    return words.startswith(("http://", "https://", "www.")) and says_nothing(words)


def points_on(text: str, mention: Mention) -> bool:
    """Whether the line of a statement says that the address follows: then the one above it is for something else."""
    end = text.find("\n", mention.end, mention.end + 80)
    line = text[
        max(text.rfind("\n", 0, mention.start) + 1, mention.start - 80) : end
        if end >= 0
        else mention.end + 80
    ]
    return line.rstrip().endswith((":", "↓", "▼")) or any(word in line for word in FORWARD)


def is_for_inquiries(text: str, start: int) -> bool:
    """Whether a label for inquiries stands right before an address, and says nothing of opting out."""
    before = text[max(text.rfind("\n", 0, start) + 1, start - 40) : start].rstrip()
    if not before.endswith(":"):
        return False
    label = SENTENCE.split(before[:-1])[-1].strip()
    return any(word in label for word in INQUIRIES) and not mentions_in(label)


def link_targets(
    text: Folded, mentions: list[Mention], links: tuple[tuple[str, Link], ...], said: Places
) -> list[Target]:
    """Links whose words or URL speak of opting out, or that say "here" beside a mention."""
    found: list[Target] = []
    named = [has_sign(link.url) for _, link in links]
    worded = PHRASES.found_in(said) or ROOTS.found_in(said)
    if not worded and not mentions and True not in named:
        return found
    for (shown, link), spoken in zip(links, named, strict=True):
        if not spoken and not worded and not mentions:
            continue
        words = " ".join(shown.split())[:80]
        spoken = spoken or (worded and bool(mentions_in(words)))
        if not spoken and not (mentions and (words in HERE or words.endswith("こちら"))):
            continue
        kind = "address" if link.url[:7].lower() == "mailto:" else "url"
        at = locate(text.folded, words, mentions)
        if at >= 0:
            adjacent = is_any_adjacent(text.folded, mentions, at, at + len(words))
            if spoken or adjacent:
                found.append(new(Target, (kind, at, at + len(words), link.url, adjacent)))
    return found


def locate(text: str, words: str, mentions: list[Mention]) -> int:
    """Where a link's words stand: at a mention where they do, else their last occurrence; -1 where they do not."""
    for mention in mentions:
        at = text.find(words, max(0, mention.start - len(words)), mention.end + 40 + len(words))
        if at >= 0:
            return at
    return text.rfind(words)


def reply_targets(text: Folded, mentions: list[Mention]) -> list[Target]:
    """A mention that asks for a reply: the address the mail came from takes the opt-out."""
    found: list[Target] = []
    for mention in mentions:
        low, high = max(0, mention.start - 60), mention.end + 60
        around = text.folded[low:high]
        for word in REPLY_WORDS:
            at = around.find(word)
            if at >= 0 and not around.startswith(
                (
                    "が",
                    "を待",
                    "をお待",
                    "待ち",
                    "不可",
                    "できません",
                    "いただいても",
                    "されても",
                    "は受け",
                    "は受付",
                ),
                at + len(word),
            ):
                found.append(Target("reply", low + at, low + at + len(word), "", True))
                break
    return found


def has_sign(url: str) -> bool:
    """Whether a URL's own words say, in letters of either case, that it takes opt-outs."""
    starts: bytearray = SIGN_STARTS
    three: cython.ulonglong = 0
    code: cython.Py_ssize_t
    at: cython.Py_ssize_t = -3
    for sign in url:
        at += 1
        code = ord(sign)
        if 0x41 <= code <= 0x5A:
            code |= 0x20
        three = following(three, code)
        if starts[three] and at >= 0 and url[at : at + LONGEST_SIGN].lower().startswith(URL_SIGNS):
            return True
    return False


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def following(three: cython.ulonglong, code: cython.ulonglong) -> cython.ulonglong:
    """The last three characters, one more read, as a place of ``SIGN_STARTS``."""
    return (three << 5 ^ code) & 8191


def keep_starts() -> None:
    """Fill ``SIGN_STARTS``."""
    three: cython.ulonglong
    for sign in URL_SIGNS:
        three = 0
        for letter in sign[:3]:
            three = following(three, ord(letter))
        SIGN_STARTS[three] = 1


keep_starts()


def says_nothing(url: str) -> bool:
    """A URL that lands on a home page or behind a login: clear instructions are not to be expected there."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return True
    path = parts.path.strip("/").lower()
    return (not path and not parts.query) or path.split("/")[-1] in {
        "login",
        "signin",
        "mypage",
        "index.html",
        "index.php",
    }
