"""Pieces that look nearly the same as another, and the rule about them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from common.models import User
from generation.models import Piece
from licensing.models import Fingerprint
from licensing.rights import policy, twins
from licensing.rights.policy import BLOCKS, FINE, LOOK, Found
from tests import factories

pytestmark = pytest.mark.django_db


def piece_of(person: User, bits: int | None) -> Piece:
    piece = factories.piece(person)
    if bits is not None:
        Fingerprint.objects.create(piece=piece, part=0, bits=bits.to_bytes(32))
        Fingerprint.objects.create(piece=piece, part=1, bits=bytes(32))
    return piece


def flipped(bits: int, count: int) -> int:
    return bits ^ ((1 << count) - 1)


def rule(piece: Piece) -> Found:
    return next(one for one in policy.evaluate(piece) if one.rule == "near_duplicates")


OWN = int.from_bytes(bytes(range(32)))


def test_another_persons_twin_blocks_with_its_distance() -> None:
    other = piece_of(factories.user(), flipped(OWN, 31))
    found = rule(piece_of(factories.user(), OWN))
    assert found.severity == BLOCKS
    assert found.evidence == {"twins": [{"piece": str(other.pk), "distance": 31}]}


def test_the_same_persons_twin_needs_a_look() -> None:
    person = factories.user()
    piece_of(person, flipped(OWN, 3))
    assert rule(piece_of(person, OWN)).severity == LOOK


def test_who_is_further_away_is_none_and_parts_of_pictures_do_not_count() -> None:
    piece_of(factories.user(), flipped(OWN, 32))
    assert rule(piece_of(factories.user(), OWN)).severity == FINE


def test_what_has_no_fingerprint_was_not_compared_and_that_is_said() -> None:
    piece_of(factories.user(), OWN)
    found = rule(piece_of(factories.user(), None))
    assert (found.severity, found.evidence) == (LOOK, {"compared": False})


def test_the_nearest_come_first_and_twenty_at_most_in_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = factories.user()
    for away in range(25):
        piece_of(person, flipped(OWN, away))
    piece = Piece.objects.select_related("slot__job").get(pk=piece_of(person, OWN).pk)
    with django_assert_num_queries(3):
        found = twins.of(piece)
    assert found is not None
    assert [one.distance for one in found] == list(range(20))
    assert all(one.same_person for one in found)
