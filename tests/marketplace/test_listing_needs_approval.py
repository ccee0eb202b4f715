"""Without an approval that stands nothing is listed, whichever way it is tried."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from licensing.models import Review
from marketplace.models import Artwork
from tests import factories
from tests.api import client as client_of
from tests.api import refused
from tests.marketplace.api.test_artworks import ADDRESS, _listing

pytestmark = pytest.mark.django_db

UNAPPROVED = [state for state in Review.State if state != Review.State.APPROVED]


def _unlisted(state: str) -> Artwork:
    person = factories.user()
    piece = factories.piece(person)
    factories.review(piece, state=state)
    return factories.artwork(factories.maker(person), of=piece, state=Artwork.State.DRAFT)


def _by_shell(work: Artwork) -> None:
    work.state = Artwork.State.LISTED
    work.save()


def _by_queryset(work: Artwork) -> None:
    Artwork.objects.filter(pk=work.pk).update(state="listed")


def _by_sql_insert(work: Artwork) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM marketplace_artwork WHERE piece_id = %s", [_key(work)])
        row = dict(zip([one[0] for one in cursor.description], cursor.fetchone(), strict=True))
        cursor.execute("DELETE FROM marketplace_offer WHERE artwork_id = %s", [row["id"]])
        cursor.execute("DELETE FROM marketplace_artwork WHERE id = %s", [row["id"]])
        row["state"] = "listed"
        columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO marketplace_artwork ({columns}) VALUES ({marks})", list(row.values()))


def _key(work: Artwork) -> str:
    return work.piece_id.hex if connection.vendor == "sqlite" else str(work.piece_id)


@pytest.mark.parametrize("state", UNAPPROVED)
@pytest.mark.parametrize("way", [_by_shell, _by_queryset, _by_sql_insert])
def test_the_database_refuses_it(way: Callable[[Artwork], None], state: str) -> None:
    work = _unlisted(state)
    with pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
        way(work)
    work.refresh_from_db()
    assert work.state == "draft"


@pytest.mark.parametrize("way", [_by_shell, _by_queryset, _by_sql_insert])
def test_the_same_ways_list_what_is_approved(way: Callable[[Artwork], None]) -> None:
    work = _unlisted(Review.State.APPROVED)
    way(work)
    assert Artwork.objects.get(piece=work.piece_id).state == "listed"


def test_the_admin_lets_nobody_edit_a_listing(client: Client) -> None:
    work = _unlisted(Review.State.PENDING)
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    response = client.post(f"/admin/marketplace/artwork/{work.pk}/change/", {"state": "listed"})
    assert response.status_code in (403, 404, 405)
    work.refresh_from_db()
    assert work.state == "draft"


@pytest.mark.parametrize("state", UNAPPROVED)
def test_the_api_refuses_it(state: str) -> None:
    person = factories.user()
    factories.maker(person)
    factories.template()
    piece = factories.piece(person)
    factories.review(piece, state=state)
    refused(client_of(person).post(ADDRESS, _listing(piece)), 409, "review_not_approved")
    assert not Artwork.objects.exists()


def test_a_deleted_review_takes_its_listing_down() -> None:
    work, other = factories.artwork(), factories.artwork()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM licensing_review WHERE piece_id = %s", [_key(work)])
    assert [Artwork.objects.get(pk=one.pk).state for one in (work, other)] == ["under_review", "listed"]


def test_a_review_moved_to_another_piece_takes_the_listing_down() -> None:
    work, other = factories.artwork(), factories.artwork()
    Review.objects.filter(piece=work.piece_id).update(piece=factories.piece(factories.user()))
    assert [Artwork.objects.get(pk=one.pk).state for one in (work, other)] == ["under_review", "listed"]
