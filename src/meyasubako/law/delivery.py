"""What large mailbox providers ask of bulk senders today, as far as a mail shows it before it is sent.

Not law: the providers' rules of February 2024 (known from secondary pages) on the standards they name. One-click
unsubscribing (RFC 8058), List-Unsubscribe (RFC 2369), one From address (RFC 5322 section 3.6.2), and alignment of the
From domain with the signer's and the envelope's (RFC 7489 section 3.1). Whether a signature verifies is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from meyasubako.law.types import Certainty, Finding, Verdict
from meyasubako.mail.types import Message

SINCE = "2024-02-01"
URI = re.compile(rb"<\s{0,8}([a-zA-Z]{2,10}):([^<>]{1,2000})>")
TAG = re.compile(rb"(?:^|;)\s{0,64}(d|h)\s{0,8}=([^;]{0,4000})")
Organisation = Callable[[str], str | None]


def delivery_findings(message: Message, organisation: Organisation) -> tuple[Finding, ...]:
    """Every answer about delivery. ``organisation`` gives the registered domain of a name, or None."""
    return (
        list_unsubscribe(message),
        one_click(message),
        one_click_signed(message),
        from_field(message),
        alignment(message, organisation),
    )


def finding(check: str, article: str, verdict: Verdict, ja: str, en: str) -> Finding:
    """An answer under a standard; that providers ask for it is known from secondary pages."""
    return Finding(check, article, SINCE, verdict, Certainty.SEC, ja, en)


def schemes(message: Message) -> set[str]:
    """URI schemes that List-Unsubscribe offers."""
    return {
        match[1].decode("ascii").lower()
        for value in message.values("List-Unsubscribe")
        for match in URI.finditer(value[:8000])
    }


def list_unsubscribe(message: Message) -> Finding:
    """RFC 2369 section 3.2: a List-Unsubscribe field with an address or URL."""
    article = "RFC 2369 section 3.2"
    if schemes(message):
        return finding(
            "list_unsubscribe", article, Verdict.OK, "List-Unsubscribeがある", "List-Unsubscribe is there."
        )
    verdict = Verdict.WRONG_PLACE if message.values("List-Unsubscribe") else Verdict.MISSING
    return finding(
        "list_unsubscribe",
        article,
        verdict,
        "List-Unsubscribeがない、又は<>で囲まれたURIがない",
        "There is no List-Unsubscribe field with a URI in angle brackets.",
    )


def one_click(message: Message) -> Finding:
    """RFC 8058 section 3.1: an HTTPS URI and the field List-Unsubscribe-Post with its one value."""
    posts = [b"".join(value.split()).lower() for value in message.values("List-Unsubscribe-Post")]
    if posts == [b"list-unsubscribe=one-click"] and "https" in schemes(message):
        return finding(
            "one_click_unsubscribe",
            "RFC 8058 section 3.1",
            Verdict.OK,
            "ワンクリック解除に対応している",
            "One-click unsubscribing is offered.",
        )
    return finding(
        "one_click_unsubscribe",
        "RFC 8058 section 3.1",
        Verdict.BREACH if posts else Verdict.MISSING,
        "ワンクリック解除には、httpsのURIと List-Unsubscribe-Post: List-Unsubscribe=One-Click の両方が必要",
        "One-click unsubscribing needs an https URI and List-Unsubscribe-Post: List-Unsubscribe=One-Click.",
    )


def signatures(message: Message) -> list[dict[bytes, bytes]]:
    """``d`` and ``h`` of every DKIM signature, white space taken out, small letters."""
    return [
        {match[1]: b"".join(match[2].split()).lower() for match in TAG.finditer(value[:16_000])}
        for value in message.values("DKIM-Signature")[:16]
    ]


def one_click_signed(message: Message) -> Finding:
    """RFC 8058 section 4: a DKIM signature covers both fields."""
    article = "RFC 8058 section 4"
    signed = signatures(message)
    if not signed:
        return finding(
            "one_click_signed",
            article,
            Verdict.UNVERIFIABLE,
            "DKIM署名がまだなく、解除用フィールドが署名されるかは確認できない",
            "There is no DKIM signature yet; whether one will cover the unsubscribe fields cannot be verified.",
        )
    wanted = {b"list-unsubscribe", b"list-unsubscribe-post"}
    if any(wanted <= set(one.get(b"h", b"").split(b":")) for one in signed):
        return finding(
            "one_click_signed",
            article,
            Verdict.OK,
            "解除用フィールドが署名されている",
            "The unsubscribe fields are signed.",
        )
    return finding(
        "one_click_signed",
        article,
        Verdict.BREACH,
        "DKIM署名が解除用の二つのフィールドを覆っていない",
        "No DKIM signature covers both unsubscribe fields.",
    )


def from_field(message: Message) -> Finding:
    """RFC 5322 section 3.6.2: exactly one From field, with an address."""
    article = "RFC 5322 section 3.6.2"
    count = len(message.values("From"))
    if count == 1 and message.from_ is not None and message.from_.domain:
        return finding(
            "from_field",
            article,
            Verdict.OK,
            "Fromは一つで、アドレスがある",
            "There is one From field with an address.",
        )
    return finding(
        "from_field",
        article,
        Verdict.BREACH if count else Verdict.MISSING,
        "Fromフィールドは一つだけ、アドレスを伴って必要",
        "Exactly one From field with an address is needed.",
    )


def alignment(message: Message, organisation: Organisation) -> Finding:
    """RFC 7489 section 3.1: the From domain and the signer's or the envelope sender's belong to one organisation."""
    article = "RFC 7489 section 3.1"
    domain = message.from_.domain if message.from_ is not None else ""
    named = [one[b"d"].decode("ascii", "replace") for one in signatures(message) if one.get(b"d")]
    named += [
        address.rpartition(b"@")[2].strip(b"> \t\r\n").decode("ascii", "replace").lower()
        for address in message.values("Return-Path")[:1]
        if b"@" in address
    ]
    if not named or not domain:
        return finding(
            "alignment",
            article,
            Verdict.UNVERIFIABLE,
            "署名もReturn-Pathもまだなく、Fromドメインとの一致は確認できない",
            "Neither a signature nor a Return-Path is there yet; alignment with the From domain cannot be verified.",
        )
    own = organisation(domain) or domain
    if any((organisation(name) or name) == own for name in named):
        return finding(
            "alignment",
            article,
            Verdict.OK,
            "Fromドメインと署名又はReturn-Pathのドメインが一致する",
            "The From domain aligns with a signer's or the Return-Path's.",
        )
    return finding(
        "alignment",
        article,
        Verdict.BREACH,
        f"Fromドメイン {domain} が署名又はReturn-Pathのドメイン（{', '.join(named)}）と一致しない",
        f"The From domain {domain} aligns with none of {', '.join(named)}.",
    )
