from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from common import merkle
from licensing.models import LogLeaf, LogNode, TreeHead
from licensing.provenance import log, tree_heads
from licensing.provenance.statements import PAPERED, Statement, StatementInvalid
from tests.licensing.provenance.papers import house
from tests.racing import race


def statement(number: int) -> Statement:
    return Statement(
        type=PAPERED,
        subject=f"piece-{number}",
        record_sha256=f"{number:064x}",
        content_sha256="a" * 64,
        file_sha256="b" * 64,
        at="2026-11-23T12:00:00.000Z",
    )


def stored_hashes() -> list[bytes]:
    return [bytes.fromhex(leaf.leaf_hash) for leaf in LogLeaf.objects.order_by("index")]


@pytest.mark.django_db
def test_each_leaf_gets_the_next_place_and_a_signed_head_over_the_whole_tree() -> None:
    for number in range(11):
        assert log.append(statement(number), keys=house()).index == number
        leaves = stored_hashes()
        newest = log.head()
        assert newest is not None
        signed = tree_heads.verify(note=newest.note, keys=[house().log_public])
        assert (signed.size, signed.root) == (number + 1, merkle.root(leaves))
        assert newest.root_hash == signed.root.hex()
    assert TreeHead.objects.count() == 11


@pytest.mark.django_db
def test_a_leaf_holds_the_canonical_statement() -> None:
    leaf = log.append(statement(7), keys=house())

    assert Statement.parse(leaf.body.encode()) == statement(7)
    assert leaf.leaf_hash == merkle.leaf_hash(leaf.body.encode()).hex()
    assert (leaf.kind, leaf.subject) == ("piece.papered", "piece-7")


@pytest.mark.django_db
def test_the_same_statement_is_entered_once() -> None:
    first, again = log.append(statement(1), keys=house()), log.append(statement(1), keys=house())

    assert first.index == again.index == 0
    assert (LogLeaf.objects.count(), TreeHead.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_every_entry_can_be_proven_under_every_later_head() -> None:
    for number in range(9):
        log.append(statement(number), keys=house())
    leaves = stored_hashes()
    for size in range(1, 10):
        root = bytes.fromhex(TreeHead.objects.get(size=size).root_hash)
        for index in range(size):
            proof = log.inclusion(index=index, size=size).proof
            assert merkle.verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)


@pytest.mark.django_db
def test_every_head_extends_every_earlier_one() -> None:
    for number in range(9):
        log.append(statement(number), keys=house())
    roots = {head.size: bytes.fromhex(head.root_hash) for head in TreeHead.objects.all()}
    for old in range(1, 10):
        for new in range(old, 10):
            assert merkle.verify_consistency(
                old_size=old,
                new_size=new,
                old_root=roots[old],
                new_root=roots[new],
                proof=log.consistency(old_size=old, size=new),
            )


@pytest.mark.django_db
@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, 4), (0, -1)])
def test_what_is_not_in_the_log_is_said_so(index: int, size: int) -> None:
    for number in range(3):
        log.append(statement(number), keys=house())

    with pytest.raises(log.NotInLog):
        log.inclusion(index=index, size=size)


@pytest.mark.django_db
def test_consistency_of_impossible_sizes_is_refused() -> None:
    log.append(statement(0), keys=house())

    for old_size, size in ((2, 1), (-1, 1), (1, 2)):
        with pytest.raises(log.NotInLog):
            log.consistency(old_size=old_size, size=size)


@pytest.mark.django_db
def test_many_are_entered_in_their_order_under_one_head_and_none_twice() -> None:
    log.append(statement(3), keys=house())

    asked = [statement(number) for number in (5, 3, 4, 5)]
    places = [leaf.index for leaf in log.append_many(asked, keys=house())]

    assert places == [1, 0, 2, 1]
    assert log.append_many(asked, keys=house())[2].index == 2
    assert [head.size for head in TreeHead.objects.order_by("size")] == [1, 3]
    assert TreeHead.objects.get(size=3).root_hash == merkle.root(stored_hashes()).hex()


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1000, 1024, 1337])
def test_proofs_and_entries_read_a_few_rows_however_long_the_log_is(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    log.append_many([statement(number) for number in range(size)], keys=house())
    leaves = stored_hashes()
    with django_assert_num_queries(3):
        proof = log.inclusion(index=618, size=size - 1).proof
    assert proof == tuple(merkle.inclusion_proof(618, leaves[:-1]))
    with django_assert_num_queries(3):
        steps = log.consistency(old_size=619, size=size)
    assert steps == merkle.consistency_proof(619, leaves)
    with CaptureQueriesContext(connection) as captured:
        log.append(statement(size), keys=house())
    assert len(captured) <= 10
    assert LogNode.objects.count() <= size


@pytest.mark.django_db
def test_the_subtrees_of_an_older_log_are_worked_out_by_its_migration() -> None:
    log.append_many([statement(number) for number in range(1337)], keys=house())
    kept = set(LogNode.objects.values_list("place", "hash"))

    migration = import_module("licensing.migrations.0003_log_nodes")
    hashes = [bytes.fromhex(leaf) for leaf in LogLeaf.objects.order_by("index").values_list("leaf_hash", flat=True)]

    assert {(place, node.hex()) for place, node in migration._completed(iter(hashes))} == kept


@pytest.mark.django_db
def test_a_rolled_back_entry_leaves_nothing_behind_not_even_in_memory() -> None:
    log.append(statement(0), keys=house())
    with transaction.atomic():
        log.append(statement(1), keys=house())
        transaction.set_rollback(True)

    log.append(statement(2), keys=house())

    newest = log.head()
    assert newest is not None
    assert newest.size == 2
    assert newest.root_hash == merkle.root(stored_hashes()).hex()


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_delete_entries_and_heads() -> None:
    log.append_many([statement(0), statement(1)], keys=house())

    for act in (
        lambda: LogLeaf.objects.update(body="{}"),
        lambda: LogLeaf.objects.all().delete(),
        lambda: LogNode.objects.update(hash=""),
        lambda: LogNode.objects.all().delete(),
        lambda: TreeHead.objects.update(note=""),
        lambda: TreeHead.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert (LogLeaf.objects.count(), LogNode.objects.count(), TreeHead.objects.count()) == (2, 1, 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_gapless_log() -> None:
    def run(number: int) -> Any:
        return lambda: [log.append(statement(10 * number + step), keys=house()).index for step in range(5)]

    places = race([run(number) for number in range(6)])

    assert sorted(index for got in places for index in _indexes(got)) == list(range(30))
    newest = log.head()
    assert newest is not None
    assert (newest.size, newest.root_hash) == (30, merkle.root(stored_hashes()).hex())
    for head in TreeHead.objects.all():
        assert head.root_hash == merkle.root(stored_hashes()[: head.size]).hex()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_would_take_one_place() -> None:
    """The control: on PostgreSQL the race is real. SQLite has one writer at a time, lock or no lock."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL lets two transactions append at once")

    def unguarded(number: int) -> Any:
        def run() -> int:
            with transaction.atomic():
                index = LogLeaf.objects.count()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.2)")
                body = f"unguarded {number}"
                return LogLeaf.objects.create(index=index, kind="x", subject="x", body=body, leaf_hash=body).index

        return run

    outcomes = race([unguarded(number) for number in range(3)])

    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 2


def _indexes(got: Any) -> list[int]:
    assert isinstance(got, list), got
    return got


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        statement(1).encode()[:-1],
        statement(1).encode().replace(b'"v":1', b'"v":2'),
        statement(1).encode().replace(b'"v":1', b'"v":1,"w":1'),
        statement(1).encode().replace(b"b" * 64, b"B" * 64),
        statement(1).encode().replace(b".000Z", b"+00:00"),
        statement(1).encode().replace(b'"piece-1"', b'""'),
        b" " + statement(1).encode(),
    ],
)
def test_what_is_not_exactly_a_statement_is_refused(body: bytes) -> None:
    with pytest.raises(StatementInvalid):
        Statement.parse(body)
