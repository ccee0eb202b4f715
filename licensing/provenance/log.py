"""The transparency log: leaves that are only ever added, one at a time, under signed tree heads.

Knows statements and rows, not what a piece is. Whoever appends does so in the transaction of what the leaf states.
"""

import logging
from collections.abc import Sequence

from django.db import connection, transaction

from common import merkle
from common.errors import NotFound
from licensing.models import HeadStamp, LogLeaf, LogNode, TreeHead
from licensing.provenance import log_nodes, tree_heads
from licensing.provenance.bundle import Inclusion
from licensing.provenance.keys import SigningKeys
from licensing.provenance.statements import Notice, Statement

__all__ = ["NotInLog", "append", "append_many", "consistency", "head", "inclusion", "lock", "stamp_newest"]

logger = logging.getLogger(__name__)

# Any number that no other advisory lock of this database uses.
_ADVISORY_LOCK = 0x5645_524E
_AT_ONCE = 1000


class NotInLog(NotFound):
    code = "not_in_log"
    title = "The log has no such entry or size."


def lock() -> None:
    """Wait until nobody else appends, until the end of this transaction.

    On SQLite an immediate transaction is alone by itself.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def append(statement: Statement | Notice, *, keys: SigningKeys) -> LogLeaf:
    """Add a leaf and sign the head over it; the same statement is never added twice.

    Leaf and head stand or fall with the caller's transaction.
    """
    [leaf] = append_many([statement], keys=keys)
    return leaf


def append_many(statements: Sequence[Statement | Notice], *, keys: SigningKeys) -> list[LogLeaf]:
    """Add leaves in their order under one signed head; what is in the log already keeps its place.

    Leaves and head stand or fall with the caller's transaction.
    """
    encoded = [(statement, statement.encode()) for statement in statements]
    hashes = [merkle.leaf_hash(body).hex() for _, body in encoded]
    parts = dict(zip(hashes, encoded, strict=True))
    with transaction.atomic():
        lock()
        there = {leaf.leaf_hash: leaf for leaf in LogLeaf.objects.filter(leaf_hash__in=parts)}
        fresh = {leaf_hash: part for leaf_hash, part in parts.items() if leaf_hash not in there}
        if fresh:
            there |= {leaf.leaf_hash: leaf for leaf in _write(fresh, keys)}
    return [there[leaf_hash] for leaf_hash in hashes]


def _write(fresh: dict[str, tuple[Statement | Notice, bytes]], keys: SigningKeys) -> list[LogLeaf]:
    tree = log_nodes.frontier(_size())
    leaves: list[LogLeaf] = []
    nodes: list[LogNode] = []
    for leaf_hash, (statement, body) in fresh.items():
        leaves.append(
            LogLeaf(
                index=tree.size,
                kind=statement.type,
                subject=statement.subject,
                body=body.decode(),
                leaf_hash=leaf_hash,
            )
        )
        nodes += tree.add(bytes.fromhex(leaf_hash))
    LogLeaf.objects.bulk_create(leaves, batch_size=_AT_ONCE)
    LogNode.objects.bulk_create(nodes, batch_size=_AT_ONCE)
    origin = keys.log_public.name
    stated = tree_heads.TreeHead(origin=origin, size=tree.size, root=tree.root)
    note = tree_heads.sign(head=stated, name=origin, key=keys.log_key)
    TreeHead.objects.create(size=tree.size, root_hash=tree.root.hex(), note=note)
    return leaves


def stamp_newest(*, url: str) -> HeadStamp | None:
    """Have the newest head stamped by the authority at `url`, once. None where there is no head, or no answer now."""
    from licensing.provenance import stamps  # only the scheduler's task asks for stamps

    newest = head()
    if newest is None or HeadStamp.objects.filter(head=newest).exists():
        return None
    try:
        token = stamps.ask(newest.note.encode(), url=url)
    except stamps.AuthoritySilent:
        logger.warning("the time-stamping authority at %s gave no usable answer", url)
        return None
    return HeadStamp.objects.get_or_create(head=newest, defaults={"token": token})[0]


def head() -> TreeHead | None:
    """The newest signed head; None while the log is empty."""
    return TreeHead.objects.order_by("-size").first()


def inclusion(*, index: int, size: int) -> Inclusion:
    """The proof that leaf `index` is in the tree of the first `size` leaves. Raises NotInLog."""
    _check(size)
    if not 0 <= index < size:
        raise NotInLog(f"The log of {size} entries has no entry {index}.")
    return Inclusion(index=index, proof=tuple(log_nodes.roots(merkle.inclusion_path(index, size))))


def consistency(*, old_size: int, size: int) -> list[bytes]:
    """The proof that the tree of `size` leaves extends that of `old_size`. Raises NotInLog."""
    if not 0 <= old_size <= size:
        raise NotInLog("The older size is larger than the newer one.")
    _check(size)
    return log_nodes.roots(merkle.consistency_path(old_size, size))


def _check(size: int) -> None:
    if not 0 <= size <= _size():
        raise NotInLog(f"The log does not have {size} entries.")


def _size() -> int:
    newest = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1
