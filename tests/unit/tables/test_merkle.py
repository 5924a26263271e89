"""The Merkle tree against the definition, and what a proof must not accept."""

from __future__ import annotations

import hashlib

import pytest

from meyasubako.tables.merkle import EMPTY, leaf_hash, path_to, root_by_path, root_of


def defined(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: split at the largest power of two smaller than the number."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]


@pytest.mark.parametrize("size", range(40))
def test_the_root_is_the_defined_one(size: int) -> None:
    assert root_of(LEAVES[:size]) == defined(LEAVES[:size])


def test_known_values() -> None:
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", [*range(1, 20), 39])
def test_every_path_leads_to_the_root_and_no_other_leaf_does(size: int) -> None:
    leaves = LEAVES[:size]
    root = root_of(leaves)
    for index in range(size):
        path = path_to(leaves, index)
        assert root_by_path(leaves[index], index, size, path) == root
        assert root_by_path(LEAVES[-1] if size < 39 else b"x" * 32, index, size, path) != root
        assert root_by_path(leaves[index], index, size, [*path, b"x" * 32]) is None
        if path:
            assert root_by_path(leaves[index], index, size, path[:-1]) is None
            assert root_by_path(leaves[index], index, size, [b"x" * 32, *path[1:]]) != root


def test_an_index_outside_the_tree_is_no_leaf() -> None:
    with pytest.raises(IndexError, match="no leaf 3"):
        path_to(LEAVES[:3], 3)
    assert root_by_path(LEAVES[0], 3, 3, []) is None
