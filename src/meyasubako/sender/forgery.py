"""Was the sender information forged (Act Art 5)? A verdict on each half of it, with the grounds it rests on.

The Act names two kinds of sender information: the e-mail address used for sending, and the letters, digits and signs
that identify the equipment used for sending. A ground is one observation; it proves, hints, clears, or only goes with
the others: a reverse name is the word of whoever runs the address, not of the sender, and lacking one forges nothing.
Hints make no forgery, and what was never asked of the DNS is no ground at all: then the verdict is "unknown".
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from meyasubako.mail.types import Message
from meyasubako.sender.arc import Status as Chain
from meyasubako.sender.authentication import Authentication
from meyasubako.sender.dkim import Cause as SignatureCause
from meyasubako.sender.dkim import Status as Signed
from meyasubako.sender.dmarc import Cause as DmarcCause
from meyasubako.sender.dmarc import Policy
from meyasubako.sender.dmarc import Status as Judged
from meyasubako.sender.domains import is_within
from meyasubako.sender.names import Author, Helo, Reverse
from meyasubako.sender.spf import Status as Allowed


class Verdict(StrEnum):
    """FORGED rests on a proof, SUSPECT on hints, GENUINE on clearance without either; else UNKNOWN."""

    FORGED = "forged"
    SUSPECT = "suspect"
    GENUINE = "genuine"
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """The half of the sender information a ground speaks of (Act Art 5)."""

    ADDRESS = "address"
    EQUIPMENT = "equipment"


class Weight(StrEnum):
    """What a ground does."""

    PROVES = "proves"
    HINTS = "hints"
    CLEARS = "clears"
    ACCOMPANIES = "accompanies"


class Code(StrEnum):
    """Every ground there is; the table below says of what, how strongly, and in which words."""

    DMARC_PASS = "dmarc-pass"  # noqa: S105 - a ground, not a secret
    DMARC_REFUSED = "dmarc-refused-by-owner"
    DMARC_FAIL = "dmarc-fail"
    DMARC_FORWARDED = "dmarc-fail-forwarded"
    SPF_FAIL = "spf-fail"
    SPF_SOFTFAIL = "spf-softfail"
    SIGNATURE_BROKEN = "signature-of-author-broken"
    UNSIGNED_TAIL = "signature-leaves-body-open"
    AUTHOR_NONEXISTENT = "author-domain-does-not-exist"
    AUTHOR_REFUSES = "author-domain-takes-no-mail"
    AUTHOR_WITHOUT_MAIL = "author-domain-without-mail-host"
    AUTHOR_MISSING = "author-missing"
    AUTHOR_SEVERAL = "several-authors"
    HELO_CONFIRMED = "helo-leads-to-client"
    HELO_LITERAL_OTHER = "helo-names-another-address"
    HELO_NONEXISTENT = "helo-does-not-exist"
    HELO_ELSEWHERE = "helo-leads-elsewhere"
    HELO_MALFORMED = "helo-no-host-name"
    HELO_SPF_FAIL = "helo-spf-fail"
    HELO_OF_RECEIVER = "helo-names-the-receiver"
    REVERSE_MISSING = "reverse-name-missing"
    REVERSE_UNCONFIRMED = "reverse-name-unconfirmed"
    REVERSE_CONFIRMED = "reverse-name-confirmed"
    CHAIN_IMPOSSIBLE = "received-chain-impossible"


_RELAY_MARKS = frozenset(
    {"list-id", "list-post", "resent-from", "resent-date", "x-forwarded-to", "x-forwarded-for"}
)

_A, _E = Subject.ADDRESS, Subject.EQUIPMENT
_TABLE: dict[Code, tuple[Subject, Weight, str, str]] = {
    Code.DMARC_PASS: (_A, Weight.CLEARS, "差出人ドメイン {0} は認証されている(DMARC pass)", "The author domain {0} is authenticated (DMARC pass)"),
    Code.DMARC_REFUSED: (_A, Weight.PROVES, "差出人ドメイン {0} の所有者は、認証に失敗したメールの拒否・隔離を求めている({1})", "The owner of the author domain {0} asks that mail failing authentication be refused or set apart ({1})"),
    Code.DMARC_FAIL: (_A, Weight.HINTS, "差出人ドメイン {0} は認証されていない(DMARC fail)", "The author domain {0} is not authenticated (DMARC fail)"),
    Code.DMARC_FORWARDED: (_A, Weight.HINTS, "差出人ドメイン {0} は認証されていないが、転送者 {1} の封印は有効である", "The author domain {0} is not authenticated, but a valid seal of the forwarder {1} is there"),
    Code.SPF_FAIL: (_A, Weight.HINTS, "エンベロープの差出人ドメイン {0} は、この送信元を認めていない(SPF fail)", "The envelope domain {0} does not allow this client (SPF fail)"),
    Code.SPF_SOFTFAIL: (_A, Weight.HINTS, "エンベロープの差出人ドメイン {0} は、この送信元をおそらく認めていない(SPF softfail)", "The envelope domain {0} probably does not allow this client (SPF softfail)"),
    Code.SIGNATURE_BROKEN: (_A, Weight.HINTS, "差出人ドメインを名乗る署名({0})が検証できない: {1}", "A signature in the author domain's name ({0}) does not verify: {1}"),
    Code.UNSIGNED_TAIL: (_A, Weight.HINTS, "署名({0})は本文の末尾 {1} バイトを含まない", "The signature of {0} leaves the last {1} bytes of the body open"),
    Code.AUTHOR_NONEXISTENT: (_A, Weight.PROVES, "差出人ドメイン {0} は存在しない", "The author domain {0} does not exist"),
    Code.AUTHOR_REFUSES: (_A, Weight.HINTS, "差出人ドメイン {0} はメールを受けないと公表している", "The author domain {0} states that it takes no mail"),
    Code.AUTHOR_WITHOUT_MAIL: (_A, Weight.HINTS, "差出人ドメイン {0} にはメールを受けるホストがない", "The author domain {0} has no host that takes mail"),
    Code.AUTHOR_MISSING: (_A, Weight.HINTS, "差出人のアドレスがない", "No author address is given"),
    Code.AUTHOR_SEVERAL: (_A, Weight.HINTS, "差出人のドメインが複数ある", "Several author domains are given"),
    Code.HELO_CONFIRMED: (_E, Weight.CLEARS, "HELO {0} は送信元 {1} を指している", "HELO {0} leads to the client {1}"),
    Code.HELO_LITERAL_OTHER: (_E, Weight.PROVES, "HELO {0} は送信元 {1} とは別のアドレスを名乗っている", "HELO {0} names another address than the client's, {1}"),
    Code.HELO_NONEXISTENT: (_E, Weight.HINTS, "HELO {0} は存在しない", "HELO {0} does not exist"),
    Code.HELO_ELSEWHERE: (_E, Weight.HINTS, "HELO {0} は送信元 {1} とは別のアドレスを指している", "HELO {0} leads to another address than the client's, {1}"),
    Code.HELO_MALFORMED: (_E, Weight.HINTS, "HELO {0} はホスト名でない", "HELO {0} is no host name"),
    Code.HELO_SPF_FAIL: (_E, Weight.PROVES, "HELO {0} の所有者は、送信元 {1} にこの名を認めていない(SPF fail)", "The owner of HELO {0} does not allow the client {1} this name (SPF fail)"),
    Code.HELO_OF_RECEIVER: (_E, Weight.PROVES, "HELO {0} は受信側自身の名を名乗っている", "HELO {0} is the receiver's own name"),
    Code.REVERSE_MISSING: (_E, Weight.ACCOMPANIES, "送信元 {1} には逆引き名がない", "The client {1} has no reverse name"),
    Code.REVERSE_UNCONFIRMED: (_E, Weight.ACCOMPANIES, "送信元 {1} の逆引き名 {0} は送信元を指していない", "The reverse name {0} of the client {1} does not lead back to it"),
    Code.REVERSE_CONFIRMED: (_E, Weight.CLEARS, "送信元 {1} の逆引き名 {0} は送信元を指している", "The reverse name {0} of the client {1} leads back to it"),
    Code.CHAIN_IMPOSSIBLE: (_E, Weight.PROVES, "受信記録の連鎖が成り立たない: {0}", "The chain of Received fields is impossible: {0}"),
}  # fmt: skip


class Ground(NamedTuple):
    """One observation, with the words for people in both languages."""

    code: Code
    subject: Subject
    weight: Weight
    ja: str
    en: str


class Forgery(NamedTuple):
    """The verdict on the address, on the equipment, and every ground for and against."""

    address: Verdict
    equipment: Verdict
    grounds: tuple[Ground, ...]


def forged(
    authentication: Authentication,
    *,
    ip: str | None,
    helo: str | None,
    chain_impossible: bool = False,
    chain_reason: str = "",
    receivers: tuple[str, ...] = (),
    relayed: bool = False,
) -> Forgery:
    """Weigh what is known of the sender.

    ``ip`` and ``helo`` are those of the connection over the trust boundary; ``chain_impossible`` and ``chain_reason``
    come from whoever read the Received fields; ``receivers`` are the receiving side's own host names in lower case.
    ``relayed`` says that the mail came through a list or a forwarder, which breaks authentication without forging
    anything (RFC 7960 section 3): then a failed DMARC is no more than a hint.
    """
    grounds = _of_address(authentication, relayed=relayed) + _of_equipment(
        authentication, ip or "", helo or "", receivers
    )
    if chain_impossible:
        grounds.append(_ground(Code.CHAIN_IMPOSSIBLE, chain_reason))
    return Forgery(_verdict(grounds, Subject.ADDRESS), _verdict(grounds, Subject.EQUIPMENT), tuple(grounds))


def is_relayed(message: Message) -> bool:
    """Whether a mail shows the marks of a mailing list or of having been sent on (RFC 2919, RFC 5322 section 3.6.6)."""
    return any(field.name.lower() in _RELAY_MARKS for field in message.fields)


def _ground(code: Code, first: str = "", second: str = "") -> Ground:
    subject, weight, ja, en = _TABLE[code]
    return Ground(code, subject, weight, ja.format(first, second), en.format(first, second))


def _verdict(grounds: list[Ground], subject: Subject) -> Verdict:
    """A proof decides; an authenticated sender outweighs hints; hints alone make it suspect."""
    weights = {ground.weight for ground in grounds if ground.subject is subject}
    if Weight.PROVES in weights:
        return Verdict.FORGED
    if Weight.CLEARS in weights:
        return Verdict.GENUINE
    return Verdict.SUSPECT if Weight.HINTS in weights else Verdict.UNKNOWN


def _of_address(seen: Authentication, *, relayed: bool) -> list[Ground]:
    """Grounds on the address used for sending: author domain, envelope, signatures."""
    author = seen.dmarc.author_domain or ""
    grounds = _of_author(seen, author)
    if seen.dmarc.status is Judged.PASS:
        return [*grounds, _ground(Code.DMARC_PASS, author)]
    if seen.dmarc.status is Judged.FAIL:
        enforced = seen.dmarc.policy not in (None, Policy.NONE) and seen.dmarc.percent == 100
        if seen.arc.status is Chain.PASS:
            grounds.append(_ground(Code.DMARC_FORWARDED, author, seen.arc.sealers[-1]))
        elif enforced and not seen.dmarc.testing and not relayed:
            grounds.append(_ground(Code.DMARC_REFUSED, author, f"p={seen.dmarc.policy}"))
        else:
            grounds.append(_ground(Code.DMARC_FAIL, author))
    if seen.spf.scope == "mailfrom" and seen.spf.status in (Allowed.FAIL, Allowed.SOFTFAIL):
        code = Code.SPF_FAIL if seen.spf.status is Allowed.FAIL else Code.SPF_SOFTFAIL
        grounds.append(_ground(code, seen.spf.domain))
    for one in seen.dkim:
        if one.domain is None or not author or not is_within(author, one.domain):
            continue
        if one.status is Signed.FAIL or one.cause is SignatureCause.KEY_REVOKED:
            grounds.append(_ground(Code.SIGNATURE_BROKEN, one.domain, one.cause.value))
        elif one.status is Signed.PASS and one.unsigned_bytes:
            grounds.append(_ground(Code.UNSIGNED_TAIL, one.domain, str(one.unsigned_bytes)))
    return grounds


def _of_author(seen: Authentication, author: str) -> list[Ground]:
    """Grounds on the author domain itself."""
    if seen.dmarc.cause is DmarcCause.SEVERAL_AUTHORS:
        return [_ground(Code.AUTHOR_SEVERAL)]
    if seen.dmarc.cause is DmarcCause.NO_AUTHOR:
        return [_ground(Code.AUTHOR_MISSING)]
    code = {
        Author.NONEXISTENT: Code.AUTHOR_NONEXISTENT,
        Author.REFUSES_MAIL: Code.AUTHOR_REFUSES,
        Author.WITHOUT_MAIL: Code.AUTHOR_WITHOUT_MAIL,
    }.get(seen.names.author)
    return [] if code is None else [_ground(code, author)]


_HELO = {
    Helo.MATCHES: Code.HELO_CONFIRMED,
    Helo.LITERAL_OTHER: Code.HELO_LITERAL_OTHER,
    Helo.NONEXISTENT: Code.HELO_NONEXISTENT,
    Helo.ELSEWHERE: Code.HELO_ELSEWHERE,
    Helo.MALFORMED: Code.HELO_MALFORMED,
}


def _of_equipment(seen: Authentication, ip: str, helo: str, receivers: tuple[str, ...]) -> list[Ground]:
    """Grounds on the signs that identify the sending equipment: HELO and reverse name."""
    grounds: list[Ground] = []
    if helo and helo.lower().removesuffix(".") in receivers:
        grounds.append(_ground(Code.HELO_OF_RECEIVER, helo))
    elif seen.names.helo in _HELO:
        grounds.append(_ground(_HELO[seen.names.helo], helo, ip))
    if seen.helo.status is Allowed.FAIL:
        grounds.append(_ground(Code.HELO_SPF_FAIL, helo, ip))
    if seen.names.reverse is Reverse.PASS:
        name = seen.names.confirmed[0]
        if helo and is_within(name, helo.lower()):
            grounds.append(_ground(Code.REVERSE_CONFIRMED, name, ip))
    elif seen.names.reverse is Reverse.FAIL:
        grounds.append(_ground(Code.REVERSE_UNCONFIRMED, seen.names.reverse_names[0], ip))
    elif seen.names.reverse is Reverse.PERMERROR:
        grounds.append(_ground(Code.REVERSE_MISSING, "", ip))
    return grounds
