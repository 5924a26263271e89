"""Which mails make a campaign: one deterministic step over a window of mails, the same for any order of arrival.

Mails are ordered by (received_at, arrival_id), and a campaign's id is its smallest member. Every mail is compared
with the *centre* of a campaign, never with just any member, so that near-duplicates cannot chain texts together that
have nothing in common. A centre is the sketch that most members agree on, bin by bin: closer to every mutation of a
text than the mutations are to each other. A domain that both mail and campaign link to (or come from) speaks for it, domains that differ
speak against it: domains of one campaign's own, not a big host that everybody links to.

The steps: the same sketches are one variant; variants gather around leaders; leaders' centres are merged where they
are alike; each variant goes to the centre that it is nearest to. Ids given before all mails of the window are there
are provisional. Windows, tables and what is said about a campaign are left to ``engines``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from meyasubako.campaigns.fingerprint import BINS, BYTES

Sketch = NDArray[np.uint16]
Sketches = NDArray[np.uint16]

APART = 44
"""Bins (of ``BINS``) in which a mail must agree with a centre where both have domains of their own, and others."""
ALIKE = 36
"""Bins that are enough where no domain speaks for or against it."""
NEAR = 24
"""Bins that are enough where both have a domain of their own in common."""
BAND = 2
"""Bins that make a key under which near sketches are found; ``BINS`` / ``BAND`` keys a sketch."""
CROWD = 64
"""Centres that are kept under one key."""
VOTES = 256
"""Variants of a group, the most frequent ones, that have a say in its centre."""
PAIRS = 32
"""Pairs of neighbours that are looked at to see whether a domain is one campaign's own."""


class Mail(NamedTuple):
    """What grouping knows of a mail. ``received_at`` in microseconds, ``domains`` it links to or comes from."""

    received_at: int
    arrival_id: str
    fingerprint: bytes
    domains: tuple[str, ...] = ()


class Membership(NamedTuple):
    """A mail in a campaign; ``likeness`` is the share of bins in which it agrees with the centre."""

    arrival_id: str
    campaign: str
    likeness: float


def group(mails: Iterable[Mail]) -> list[Membership]:
    """The campaign of every mail that has a fingerprint, ordered by (received_at, arrival_id).

    A mail like no other is a campaign of its own. Raises ValueError for a fingerprint of another length.
    """
    ordered = sorted((mail for mail in mails if mail.fingerprint), key=lambda mail: mail[:2])
    if not ordered:
        return []
    if any(len(mail.fingerprint) != BYTES for mail in ordered):
        raise ValueError(f"a fingerprint is {BYTES} bytes long")
    variants = Variants.of(ordered)
    labels, likeness = variants.grouped()
    first: dict[int, str] = {}
    found = []
    for mail, variant in zip(ordered, variants.of_mail.tolist(), strict=True):
        campaign = first.setdefault(labels[variant], mail.arrival_id)
        found.append(Membership(mail.arrival_id, campaign, likeness[variant] / BINS))
    return found


class Centres:
    """Sketches found again by what they are near to, each with the domains that are its own."""

    def __init__(self) -> None:
        self.domains: list[set[str]] = []
        self._sketches: Sketches = np.zeros((256, BINS), "<u2")
        self._under: list[defaultdict[int, list[int]]] = [defaultdict(list) for _ in range(BINS // BAND)]

    def add(self, sketch: Sketch, domains: Iterable[str]) -> int:
        """Take a centre in; its number, counted from 0."""
        number = len(self.domains)
        if number == len(self._sketches):
            self._sketches = np.concatenate((self._sketches, np.zeros_like(self._sketches)))
        self._sketches[number] = sketch
        self.domains.append(set(domains))
        for under, key in zip(self._under, keys(sketch), strict=True):
            held = under[key]
            if len(held) < CROWD:
                held.append(number)
        return number

    def nearest(self, sketch: Sketch, domains: set[str]) -> tuple[int, int] | None:
        """The centre a sketch belongs to, and in how many bins they agree; of equals the first. None for none."""
        close: set[int] = set()
        for under, key in zip(self._under, keys(sketch), strict=True):
            held = under.get(key)
            if held is not None:
                close.update(held)
        if not close:
            return None
        numbers = sorted(close)
        agree = (self._sketches.take(numbers, axis=0) == sketch).sum(1)
        best: tuple[int, int] | None = None
        for place in (agree >= NEAR).nonzero()[0].tolist():
            bins = int(agree[place])
            if (best is None or bins > best[1]) and bins >= self._needed(numbers[place], domains):
                best = numbers[place], bins
        return best

    def _needed(self, number: int, domains: set[str]) -> int:
        """In how many bins a sketch with these domains must agree with a centre."""
        own = self.domains[number]
        if not own or not domains:
            return ALIKE
        return APART if own.isdisjoint(domains) else NEAR


class Variants:
    """The distinct sketches of a window in the order of their first mails."""

    def __init__(
        self, sketches: Sketches, weights: list[int], domains: list[set[str]], of_mail: NDArray[np.intp]
    ) -> None:
        self.sketches = sketches
        self.weights = weights
        self.domains = domains
        self.of_mail = of_mail

    @classmethod
    def of(cls, ordered: Sequence[Mail]) -> Variants:
        """Variants of mails that are in order; ``of_mail`` names the variant of each."""
        numbers: dict[bytes, int] = {}
        of_mail = np.array([numbers.setdefault(mail.fingerprint, len(numbers)) for mail in ordered])
        sketches = np.frombuffer(b"".join(numbers), "<u2").reshape(-1, BINS)
        domains: list[set[str]] = [set() for _ in numbers]
        for mail, variant in zip(ordered, of_mail.tolist(), strict=True):
            domains[variant].update(mail.domains)
        own = own_domains(sketches, domains)
        return cls(sketches, np.bincount(of_mail).tolist(), [one & own for one in domains], of_mail)

    def grouped(self) -> tuple[list[int], list[int]]:
        """A label for each variant, and in how many bins it agrees with the centre."""
        merged = self._merged(self._gathered(range(len(self.sketches))))
        centres = Centres()
        for members in merged:
            centres.add(self._centre(members), self._domains_of(members))
        labels, likeness = [], []
        alone = len(merged)
        for sketch, domains in zip(self.sketches, self.domains, strict=True):
            found = centres.nearest(sketch, domains)
            if found is None:
                found = alone, BINS
                alone += 1
            labels.append(found[0])
            likeness.append(found[1])
        return labels, likeness

    def _gathered(self, order: Iterable[int]) -> list[list[int]]:
        """Variants around the first of each sort."""
        leaders = Centres()
        members: list[list[int]] = []
        for variant in order:
            found = leaders.nearest(self.sketches[variant], self.domains[variant])
            if found is None:
                leaders.add(self.sketches[variant], self.domains[variant])
                members.append([variant])
            else:
                members[found[0]].append(variant)
                leaders.domains[found[0]] |= self.domains[variant]
        return members

    def _merged(self, groups: list[list[int]]) -> list[list[int]]:
        """Groups of leaders put together where their centres belong together, the largest first."""
        weights = [sum(self.weights[variant] for variant in members) for members in groups]
        centres = Centres()
        merged: list[list[int]] = []
        for number in sorted(range(len(groups)), key=lambda one: (-weights[one], groups[one][0])):
            members = groups[number]
            centre, domains = self._centre(members), self._domains_of(members)
            found = centres.nearest(centre, domains)
            if found is None:
                centres.add(centre, domains)
                merged.append(list(members))
            else:
                merged[found[0]] += members
                centres.domains[found[0]] |= domains
        return merged

    def _centre(self, members: list[int]) -> Sketch:
        """What most of the mails agree on, bin by bin; of equals the least value."""
        centre: Sketch
        if len(members) < 3:
            centre = self.sketches[min(members, key=lambda one: (-self.weights[one], one))]
            return centre
        chosen = sorted(members, key=lambda one: (-self.weights[one], one))[:VOTES]
        votes = np.repeat(
            self.sketches[chosen], np.minimum([self.weights[one] for one in chosen], 16), axis=0
        )
        votes.sort(axis=0)
        centre = np.array([_mode(votes[:, place]) for place in range(BINS)], "<u2")
        return centre

    def _domains_of(self, members: list[int]) -> set[str]:
        return set().union(*(self.domains[variant] for variant in members))


def _mode(column: Sketch) -> int:
    """The most frequent value of a sorted column; of equals the least."""
    starts = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))
    runs = np.diff(np.append(starts, len(column)))
    return int(column[starts[np.argmax(runs)]])


def keys(sketch: Sketch) -> list[int]:
    """The keys under which near sketches are found."""
    found: list[int] = sketch.view("<u4").tolist()
    return found


def own_domains(sketches: Sketches, domains: Sequence[Iterable[str]]) -> set[str]:
    """Domains whose mails are mostly alike: a campaign's own. Freemail and big hosts are not."""
    using: defaultdict[str, list[int]] = defaultdict(list)
    for variant, named in enumerate(domains):
        for domain in named:
            using[domain].append(variant)
    own = set()
    for domain, variants in using.items():
        places = (
            sorted({place * (len(variants) - 1) // PAIRS for place in range(PAIRS)}) if variants[1:] else []
        )
        left = [variants[place] for place in places]
        right = [variants[place + 1] for place in places]
        agree = (sketches[left] == sketches[right]).sum(1)
        if np.count_nonzero(agree >= NEAR) * 2 >= len(agree):
            own.add(domain)
    return own
