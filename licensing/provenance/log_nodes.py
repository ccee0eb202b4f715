"""The log's tree by its stored parts: complete subtrees, written with the leaf that completes them and never again.

A root or a proof over any size reads as many rows as the size has digits, or twice that (RFC 9162, section 2.1).
"""

from collections.abc import Iterable, Iterator, Sequence

from common import merkle
from licensing.models import LogLeaf, LogNode

__all__ = ["Frontier", "frontier", "place", "roots"]

Range = tuple[int, int]
Subtree = tuple[int, int]


def place(level: int, index: int) -> int:
    """The number of a node when all nodes of the tree are counted from left to right: leaf `n` is 2 · n."""
    return (index << (level + 1)) + (1 << level) - 1


class Frontier:
    """The roots of the complete subtrees over the first `size` leaves: all that appending needs."""

    def __init__(self, size: int, nodes: Sequence[bytes]) -> None:
        self.size = size
        self._nodes = list(nodes)

    def add(self, leaf: bytes) -> Iterator[LogNode]:
        """Append a leaf hash; yields the subtrees that it completes."""
        node, level, count = leaf, 0, self.size + 1
        while count % 2 == 0:
            node, level, count = merkle.node_hash(self._nodes.pop(), node), level + 1, count // 2
            yield LogNode(place=place(level, count - 1), hash=node.hex())
        self._nodes.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over all leaves, 32 bytes."""
        return merkle.fold(self._nodes)


def frontier(size: int) -> Frontier:
    """The frontier of the first `size` leaves, from their stored subtrees."""
    wanted = list(merkle.subtrees(0, size))
    hashes = _hashes(wanted)
    return Frontier(size, [hashes[subtree] for subtree in wanted])


def roots(ranges: Sequence[Range]) -> list[bytes]:
    """The roots over ranges of leaves, as `merkle.inclusion_path` and `consistency_path` name them; two queries."""
    parts = [list(merkle.subtrees(start, end)) for start, end in ranges]
    hashes = _hashes(subtree for subtrees in parts for subtree in subtrees)
    return [merkle.fold([hashes[subtree] for subtree in subtrees]) for subtrees in parts]


def _hashes(wanted: Iterable[Subtree]) -> dict[Subtree, bytes]:
    by_place = {place(level, index): (level, index) for level, index in wanted}
    leaves = [index for level, index in by_place.values() if level == 0]
    inner = [number for number, (level, _) in by_place.items() if level]
    found = {(0, index): leaf for index, leaf in _rows(LogLeaf, "index", "leaf_hash", leaves)}
    return found | {by_place[number]: node for number, node in _rows(LogNode, "place", "hash", inner)}


def _rows(model: type[LogLeaf] | type[LogNode], key: str, value: str, keys: list[int]) -> Iterator[tuple[int, bytes]]:
    if keys:
        for number, text in model.objects.filter(pk__in=keys).values_list(key, value):
            yield number, bytes.fromhex(text)
