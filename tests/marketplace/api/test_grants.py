"""Licences and downloads over the API."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from common import storage
from common.models import User
from licensing.licences import grants
from licensing.models import Grant
from marketplace.models import Artwork, Delivery, Download
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a certificate"


def _grant(holder: User, *, work: Artwork | None = None, files: bool = True) -> Grant:
    work = work or factories.artwork()
    given = grants.grant(
        piece=work.piece,
        template=factories.template("personal"),
        holder=holder,
        holder_email=holder.email,
        work_title="Estuary at Dusk",
        edition_number=3,
        edition_size=5,
        source=f"order_line:{work.pk}",
    )
    if files:
        stored = [storage.put("masters", data, suffix) for data, suffix in ((b"PK", ".zip"), (PDF, ".pdf"))]
        Delivery.objects.create(
            grant=given,
            bundle_name=stored[0].name,
            bundle_sha256=stored[0].sha256,
            bundle_bytes=2,
            picture_name=work.piece.master_name,
            picture_media_type="image/png",
            certificate_name=stored[1].name,
        )
    return given


def test_my_licences_take_three_queries_however_many(django_assert_num_queries: Any) -> None:
    holder = factories.user()
    mine = [_grant(holder) for _ in range(3)]
    waiting = _grant(holder, files=False)
    _grant(factories.user())
    person = client(holder)
    with django_assert_num_queries(3):  # session, person, grants
        results = person.get("/api/v1/grants").json()["results"]

    assert [one["id"] for one in results] == [str(one.pk) for one in (waiting, *reversed(mine))]
    assert [one["files"] for one in results] == [[], *[["bundle", "picture", "certificate"]] * 3]
    assert (results[0]["licence"], results[0]["edition_number"], results[0]["state"]) == ("personal", 3, "live")


def test_a_link_opens_the_file_without_signing_in_and_is_put_on_record() -> None:
    holder = factories.user()
    grant = _grant(holder)
    response = client(holder).post("/api/v1/downloads", {"grant": str(grant.pk), "what": "certificate"})
    link = response.json()
    file: Any = client().get(urlsplit(link["url"]).path)

    assert response.status_code == 201
    assert datetime.fromisoformat(link["expires_at"]) - timezone.now() < timedelta(minutes=15)
    assert b"".join(file.streaming_content) == PDF
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"] == 'attachment; filename="estuary-at-dusk-3-certificate.pdf"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Cache-Control"] == "private, no-store"
    assert [(one.grant_id, one.what) for one in Download.objects.all()] == [(grant.pk, "certificate")]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"what": "master"}, 400),
        ({"what": None}, 400),
        ({"grant": "seven"}, 400),
        ({"grant": "01a20aa7-e600-7499-8206-15d464efef40"}, 404),
    ],
)
def test_what_is_not_there_cannot_be_linked(wrong: dict[str, Any], status: int) -> None:
    holder = factories.user()
    wish = {"grant": str(_grant(holder).pk), "what": "bundle", **wrong}

    assert client(holder).post("/api/v1/downloads", wish).status_code == status
    assert Download.objects.count() == 0


def test_nobody_takes_a_link_to_what_somebody_else_holds() -> None:
    wish = {"grant": str(_grant(factories.user()).pk), "what": "bundle"}

    refused(client(factories.user()).post("/api/v1/downloads", wish), 404, "not_found")
    refused(client().post("/api/v1/downloads", wish), 401, "not_authenticated")


def test_files_that_are_still_being_made_or_of_a_revoked_licence_are_not_given_out() -> None:
    holder = factories.user()
    waiting, grant = _grant(holder, files=False), _grant(holder)
    person = client(holder)
    wish = {"grant": str(grant.pk), "what": "picture"}
    path = urlsplit(person.post("/api/v1/downloads", wish).json()["url"]).path
    refused(person.post("/api/v1/downloads", {**wish, "grant": str(waiting.pk)}), 409, "files_not_ready")
    grants.revoke(grant=grant, reason="Refunded.")

    refused(person.post("/api/v1/downloads", wish), 403, "grant_revoked")
    refused(client().get(path), 403, "grant_revoked")
    assert person.get("/api/v1/grants").json()["results"][0]["files"] == []


@pytest.mark.parametrize("token", ["x", "a:b:c", "eyJ9:1:2", "%00", "é" * 50])
def test_a_link_that_we_did_not_sign_opens_nothing(token: str) -> None:
    refused(client().get(f"/api/v1/downloads/{token}"), 403, "link_invalid")


def test_a_link_that_was_changed_opens_nothing() -> None:
    holder = factories.user()
    wish = {"grant": str(_grant(holder).pk), "what": "bundle"}
    path = urlsplit(client(holder).post("/api/v1/downloads", wish).json()["url"]).path

    refused(client().get(path[:-1] + ("A" if path[-1] != "A" else "B")), 403, "link_invalid")
    assert Download.objects.count() == 0
