"""The transparency log over the API, checked as a stranger would check it."""

import base64
from typing import Any

import pytest
from django.conf import settings

from common import merkle
from licensing.models import LogLeaf
from licensing.provenance import keys, log, statements, tree_heads
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/log"


@pytest.fixture
def entries() -> list[LogLeaf]:
    house = keys.ensure(settings.SIGNING_KEYS)
    return [log.append(_statement(number), keys=house) for number in range(7)]


def _statement(number: int) -> statements.Statement:
    return statements.Statement(
        type=statements.PAPERED,
        subject=f"piece-{number}",
        record_sha256="0" * 64,
        content_sha256="1" * 64,
        file_sha256=f"{number:064x}",
        at="2026-11-23T12:00:00.000Z",
    )


def _hashes(body: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(one) for one in body["proof"]]


def test_an_empty_log_has_no_head() -> None:
    refused(client().get(f"{ADDRESS}/head"), 404, "not_in_log")


def test_the_head_is_a_note_that_the_log_signed(entries: list[LogLeaf]) -> None:
    response = client().get(f"{ADDRESS}/head")
    house = keys.ensure(settings.SIGNING_KEYS)
    head = tree_heads.verify(note=response.content.decode(), keys=[house.log_public])

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert head.size == 7
    assert head.root == merkle.root([bytes.fromhex(leaf.leaf_hash) for leaf in entries])


def test_entries_come_in_order_and_hash_to_their_leaves(entries: list[LogLeaf]) -> None:
    body = client().get(f"{ADDRESS}/entries", {"start": 2, "end": 4}).json()

    assert [one["index"] for one in body["entries"]] == [2, 3, 4]
    for one in body["entries"]:
        assert merkle.leaf_hash(one["body"].encode()).hex() == one["leaf_hash"]
    assert client().get(f"{ADDRESS}/entries", {"start": 7, "end": 99}).json() == {"entries": []}


def test_every_entry_is_proven_to_be_in_every_later_tree(entries: list[LogLeaf]) -> None:
    leaves = [bytes.fromhex(leaf.leaf_hash) for leaf in entries]
    for index, size in ((0, 1), (2, 5), (6, 7)):
        proof = _hashes(client().get(f"{ADDRESS}/proof/inclusion", {"index": index, "size": size}).json())
        root = merkle.root(leaves[:size])
        assert merkle.verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)


def test_a_later_tree_is_proven_to_extend_an_earlier_one(entries: list[LogLeaf]) -> None:
    leaves = [bytes.fromhex(leaf.leaf_hash) for leaf in entries]
    body = client().get(f"{ADDRESS}/proof/consistency", {"first": 3, "second": 7}).json()

    assert merkle.consistency_proof(3, leaves) == _hashes(body)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("entries", {}, 400, "invalid"),
        ("entries", {"start": "x", "end": 1}, 400, "invalid"),
        ("entries", {"start": -1, "end": 1}, 400, "invalid"),
        ("entries", {"start": 0, "end": 2**70}, 400, "invalid"),
        ("entries", {"start": 5, "end": 4}, 400, "bad_request"),
        ("entries", {"start": 0, "end": 256}, 400, "range_too_large"),
        ("proof/inclusion", {"index": 7, "size": 7}, 404, "not_in_log"),
        ("proof/inclusion", {"index": 0, "size": 8}, 404, "not_in_log"),
        ("proof/inclusion", {"index": 0, "size": 0}, 400, "invalid"),
        ("proof/inclusion", {"index": "1e3", "size": 7}, 400, "invalid"),
        ("proof/inclusion", {"index": 2**53 - 2, "size": 2**53 - 1}, 404, "not_in_log"),
        ("proof/consistency", {"first": 5, "second": 4}, 404, "not_in_log"),
        ("proof/consistency", {"first": 5, "second": 8}, 404, "not_in_log"),
        ("proof/consistency", {"first": "a\x00", "second": 7}, 400, "invalid"),
    ],
)
def test_what_the_log_does_not_have_is_refused(
    entries: list[LogLeaf], path: str, query: dict[str, Any], status: int, code: str
) -> None:
    refused(client().get(f"{ADDRESS}/{path}", query), status, code)
