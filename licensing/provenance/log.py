"""The transparency log: leaves that are only ever added, one at a time, under signed tree heads.

Knows statements and rows, not what a piece is. Whoever appends does so in the transaction of what the leaf states.
"""

import threading
from dataclasses import dataclass

from django.db import connection, transaction

from common import merkle
from common.errors import NotFound
from licensing.models import LogLeaf, TreeHead
from licensing.provenance import tree_heads
from licensing.provenance.bundle import Inclusion
from licensing.provenance.keys import SigningKeys
from licensing.provenance.statements import Statement

__all__ = ["NotInLog", "append", "consistency", "head", "inclusion", "lock"]

# Any number that no other advisory lock of this database uses.
_ADVISORY_LOCK = 0x5645_524E


class NotInLog(NotFound):
    code = "not_in_log"
    title = "The log has no such entry or size."


@dataclass(frozen=True)
class _Frontier:
    """The roots of the complete subtrees over the first `size` leaves, the largest first: all that appending needs."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def plus(self, leaf: bytes) -> "_Frontier":
        nodes, node, count = list(self.nodes), leaf, self.size + 1
        while count % 2 == 0:
            node, count = merkle.node_hash(nodes.pop(), node), count // 2
        return _Frontier(self.size + 1, (*nodes, node))

    @property
    def root(self) -> bytes:
        if not self.nodes:
            return merkle.root([])
        *rest, node = self.nodes
        while rest:
            node = merkle.node_hash(rest.pop(), node)
        return node


_kept = threading.local()


def lock() -> None:
    """Wait until nobody else appends, until the end of this transaction.

    On SQLite an immediate transaction is alone by itself.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def append(statement: Statement, *, keys: SigningKeys) -> LogLeaf:
    """Add a leaf and sign the head over it; the same statement is never added twice.

    Leaf and head stand or fall with the caller's transaction.
    """
    body = statement.encode()
    leaf_hash = merkle.leaf_hash(body)
    with transaction.atomic():
        lock()
        there = LogLeaf.objects.filter(leaf_hash=leaf_hash.hex()).first()
        if there is not None:
            return there
        frontier = _frontier()
        leaf = LogLeaf.objects.create(
            index=frontier.size,
            kind=statement.type,
            subject=statement.subject,
            body=body.decode(),
            leaf_hash=leaf_hash.hex(),
        )
        _sign(frontier.plus(leaf_hash), keys)
    return leaf


def head() -> TreeHead | None:
    """The newest signed head; None while the log is empty."""
    return TreeHead.objects.order_by("-size").first()


def inclusion(*, index: int, size: int) -> Inclusion:
    """The proof that leaf `index` is in the tree of the first `size` leaves. Raises NotInLog."""
    leaves = _leaf_hashes(size)
    if not 0 <= index < len(leaves):
        raise NotInLog(f"The log of {len(leaves)} entries has no entry {index}.")
    return Inclusion(index=index, proof=tuple(merkle.inclusion_proof(index, leaves)))


def consistency(*, old_size: int, size: int) -> list[bytes]:
    """The proof that the tree of `size` leaves extends that of `old_size`. Raises NotInLog."""
    if not 0 <= old_size <= size:
        raise NotInLog("The older size is larger than the newer one.")
    return merkle.consistency_proof(old_size, _leaf_hashes(size))


def _leaf_hashes(size: int) -> list[bytes]:
    if size < 0 or (size and not LogLeaf.objects.filter(index=size - 1).exists()):
        raise NotInLog(f"The log does not have {size} entries.")
    hashes = LogLeaf.objects.filter(index__lt=size).order_by("index").values_list("leaf_hash", flat=True)
    return [bytes.fromhex(leaf_hash) for leaf_hash in hashes]


def _frontier() -> _Frontier:
    """Over all leaves. What this thread remembers is used only if the head that was signed over it still stands."""
    known: _Frontier = getattr(_kept, "frontier", _Frontier())
    if not TreeHead.objects.filter(size=known.size, root_hash=known.root.hex()).exists():
        known = _Frontier()
    newer = LogLeaf.objects.filter(index__gte=known.size).order_by("index").values_list("leaf_hash", flat=True)
    for leaf_hash in newer.iterator():
        known = known.plus(bytes.fromhex(leaf_hash))
    return known


def _sign(frontier: _Frontier, keys: SigningKeys) -> None:
    origin = keys.log_public.name
    stated = tree_heads.TreeHead(origin=origin, size=frontier.size, root=frontier.root)
    note = tree_heads.sign(head=stated, name=origin, key=keys.log_key)
    TreeHead.objects.create(size=frontier.size, root_hash=frontier.root.hex(), note=note)
    _kept.frontier = frontier
