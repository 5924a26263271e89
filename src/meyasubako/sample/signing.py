"""DKIM signatures of the sample's senders (RFC 6376 section 5): real ones, by keys that every run makes alike.

Who signs follows from the domain's name and the month: once a domain signs it goes on. A few keys serve all domains,
as a delivery provider's do. RSA of 1024 bits, the least that RFC 8301 section 3 lets pass, keeps signing cheap.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from meyasubako.sample.draws import Draws
from meyasubako.sample.trends import load_trends
from meyasubako.sample.zones import LAWFUL_ENDING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SELECTOR = "mail"
KEYS = 8
PRIME_BITS = 512
EXPONENT = 65537
ROUNDS = 8
SPAM_FACTOR = 0.12
"""How much less often a spammer's own domain signs than a lawful sender's."""
BROKEN_SHARE = 0.05
"""Signed mails whose body was changed on the way."""
SMALL_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def signs(domain: str, month: int) -> bool:
    """Whether mail of a sender's own domain is signed in a month (year * 12 + month - 1)."""
    share = load_trends().dkim_signed.at(month)
    if not domain.endswith(LAWFUL_ENDING):
        share *= SPAM_FACTOR
    return Draws("signs", domain).chance(share)


def draw_signature(domain: str, month: int, draws: Draws) -> str:
    """What a verifier must find: pass, fail (changed on the way) or none."""
    if not signs(domain, month):
        return "none"
    return "fail" if draws.chance(BROKEN_SHARE) else "pass"


def signed(raw: bytes, domain: str, result: str, seconds: int) -> bytes:
    """The mail with its signature above the sender's own fields; ``result`` is what a verifier shall find."""
    if result == "none":
        return raw
    from meyasubako.sender.dkim.sign import sign

    body = raw if result == "pass" else raw + b"-- \n"
    field = sign(body, domain=domain, selector=SELECTOR, key=domain_key(domain), timestamp=seconds)
    place = raw.index(b"\nMessage-ID:") + 1
    return raw[:place] + field.replace(b"\r\n", b"\n") + raw[place:]


def key_text(domain: str) -> str:
    """The TXT record at ``<selector>._domainkey.<domain>`` (RFC 6376 section 3.6.2.1)."""
    from meyasubako.sender.dkim.sign import key_record

    return key_record(domain_key(domain))


def domain_key(domain: str) -> RSAPrivateKey:
    """The key that signs for a domain."""
    return make_key(Draws("key", domain).below(KEYS))


@lru_cache(maxsize=KEYS)
def make_key(number: int) -> RSAPrivateKey:
    """The key of this number, the same everywhere."""
    from cryptography.hazmat.primitives.asymmetric.rsa import (
        RSAPrivateNumbers,
        RSAPublicNumbers,
        rsa_crt_dmp1,
        rsa_crt_dmq1,
        rsa_crt_iqmp,
    )

    draws = Draws("primes", number)
    p, q = sorted((draw_prime(draws), draw_prime(draws)), reverse=True)
    private = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(EXPONENT, p * q)
    parts = (rsa_crt_dmp1(private, p), rsa_crt_dmq1(private, q), rsa_crt_iqmp(p, q))
    return RSAPrivateNumbers(p, q, private, *parts, public).private_key()


def draw_prime(draws: Draws) -> int:
    """A number of 512 bits that is prime beyond doubt, one above it no multiple of the exponent."""
    while True:
        number = draws.bits(PRIME_BITS) | 3 << (PRIME_BITS - 2) | 1
        if all(number % prime for prime in SMALL_PRIMES) and number % EXPONENT != 1 and is_prime(number):
            return number


def is_prime(number: int) -> bool:
    """Miller and Rabin's test to the first small bases; a number drawn at random passes wrongly never in practice."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in SMALL_PRIMES[:ROUNDS]:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True
