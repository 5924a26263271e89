"""A Merkle tree over leaves in a fixed order: its root, the path that proves one leaf, and the check of a path.

Leaves and inner nodes are hashed apart (RFC 6962 section 2.1), so that no node passes for a leaf. An odd node of a
level moves up as it is: the same tree as the definition's, which splits at the largest power of two. Pure; what a
leaf says is ``seals``' business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256().digest()
"""The root of no leaves (RFC 6962 section 2.1)."""


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf (32 bytes)."""
    return hashlib.sha256(LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return hashlib.sha256(NODE + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in their order."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _above(level: list[bytes]) -> list[bytes]:
    """The next level: pairs hashed, an odd last one as it is."""
    above = list(map(node_hash, level[::2], level[1::2]))
    if len(level) % 2:
        above.append(level[-1])
    return above


def path_to(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf (RFC 6962 section 2.1.1): siblings from the bottom up.

    Raises IndexError where there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    path = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _above(level)
        index //= 2
    return path


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path lead to; None for a path that fits no tree of this size."""
    if not 0 <= index < size:
        return None
    value, rest, last = leaf, list(path), size - 1
    while last:
        if index % 2 or index < last:
            if not rest:
                return None
            sibling = rest.pop(0)
            value = node_hash(sibling, value) if index % 2 else node_hash(value, sibling)
        index //= 2
        last //= 2
    return value if not rest else None
