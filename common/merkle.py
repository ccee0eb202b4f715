"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: roots, inclusion and consistency proofs.

Pure functions over bytes. Leaves come in as leaf hashes, so that a caller decides what a leaf contains; nothing
here knows about datasets, records or logs.
"""

import hashlib
from collections.abc import Iterator, Sequence

__all__ = [
    "consistency_path",
    "consistency_proof",
    "fold",
    "inclusion_path",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "subtrees",
    "verify_consistency",
    "verify_inclusion",
]

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf's content: SHA-256(0x00 ‖ data), 32 bytes."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), 32 bytes."""
    return hashlib.sha256(_NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over leaf hashes in their order; the empty tree has SHA-256 of nothing."""
    # A stack of complete subtrees, as in RFC 9162 section 2.1.2: equal sizes merge, the rest folds from the right.
    stack: list[bytes] = []
    for count, leaf in enumerate(leaves, start=1):
        node = leaf
        while count % 2 == 0:
            node = node_hash(stack.pop(), node)
            count //= 2
        stack.append(node)
    return fold(stack)


def fold(nodes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, the largest first; over none, that of the empty tree."""
    if not nodes:
        return hashlib.sha256().digest()
    *rest, node = nodes
    while rest:
        node = node_hash(rest.pop(), node)
    return node


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that leaves `start` to `end` - 1 are made of, the largest first.

    Each as its level and its place among those of the level. `start` is where RFC 9162 parts a tree, or 0.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def inclusion_path(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots are the audit path of the leaf at `index`, from the bottom up.

    PATH of RFC 9162, section 2.1.3.1. Raises IndexError outside the tree.
    """
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The audit path of the leaf at `index`, from the bottom up. Raises IndexError outside the tree."""
    return [root(leaves[start:end]) for start, end in inclusion_path(index, len(leaves))]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash `leaf` stands at `index` in the tree of `size` leaves under `root`.

    The algorithm of RFC 9162, section 2.1.3.2. Never raises on a malformed proof: it answers False.
    """
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def consistency_path(old_size: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots prove that the tree of `size` extends that of `old_size`; none for equal trees.

    SUBPROOF of RFC 9162, section 2.1.4.1. Raises ValueError when `old_size` exceeds the tree.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves has no earlier size {old_size}")
    if old_size in (0, size):
        return []
    path, start, end = [], 0, size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    # The old tree itself is known to whoever asks; a part of it is not.
    return path[::-1] if start == 0 else [(start, end), *path[::-1]]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof that the tree over `leaves` extends its own first `old_size` leaves; empty where nothing is to prove.

    Raises ValueError when `old_size` exceeds the tree.
    """
    return [root(leaves[start:end]) for start, end in consistency_path(old_size, len(leaves))]


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the tree of `new_size` under `new_root` extends that of `old_size` under `old_root`.

    The algorithm of RFC 9162, section 2.1.4.2. Every tree extends the empty one.
    """
    if not 0 <= old_size <= new_size:
        return False
    if old_size in (0, new_size):
        expected = root([]) if old_size == 0 else new_root
        return not proof and old_root == expected
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    return _fold_consistency(old_size, new_size, path) == (old_root, new_root)


def _fold_consistency(old_size: int, new_size: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The old and the new root that a consistency path leads to, or None where it has the wrong length."""
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below `size`, where RFC 9162 parts a tree."""
    return 1 << ((size - 1).bit_length() - 1)
