"""What somebody owns is shown to them alone; what a licence is worth to others is public and names nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.models import User
from licensing.licences import grants
from licensing.models import Grant
from tests import factories

pytestmark = pytest.mark.django_db


def owned(holder: User) -> Grant:
    work = factories.artwork(title="Estuary", edition_size=25)
    return grants.grant(
        piece=work.piece,
        template=factories.template("personal"),
        holder=holder,
        holder_email=holder.email,
        work_title=work.title,
        edition_number=23,
        edition_size=25,
        source=f"test:{work.pk}",
    )


def test_the_library_shows_what_somebody_holds_and_nothing_of_others(client: Client) -> None:
    lena, jonas = factories.user(), factories.user()
    mine, theirs = owned(lena), owned(jonas)
    client.force_login(lena)
    page = client.get("/library/")
    assert [item["grant"].pk for item in page.context["owned"]] == [mine.pk]
    assert client.get(f"/library/{theirs.pk}/picture/").status_code == 404
    assert client.get(f"/library/{mine.pk}/picture/").status_code == 409  # no files yet, and the page says so


def test_a_stranger_is_asked_to_sign_in_before_the_library(client: Client) -> None:
    assert client.get("/library/")["Location"] == "/accounts/login/?next=/library/"


def test_an_altered_link_opens_nothing(client: Client) -> None:
    answer = client.get("/downloads/not-a-token/")
    assert answer.status_code == 403
    assert "This link does not open" in answer.content.decode()
    assert client.get("/guests/not-a-key/").status_code == 404


def test_a_certificate_says_what_stands_and_never_who_holds_it(client: Client) -> None:
    lena = factories.user("lena")
    grant = owned(lena)
    page = client.get(f"/certificates/{grant.pk}/").content.decode()
    assert "Licence stands" in page
    assert "23 of 25" in page
    assert grant.terms_sha256 in page
    assert "lena" not in page


def test_a_revoked_licence_says_since_when(client: Client) -> None:
    grant = owned(factories.user())
    grants.revoke(grant=grant, reason="refunded")
    page = client.get(f"/certificates/{grant.pk}/").content.decode()
    assert "Licence ended" in page
    assert f"This licence ended on {timezone.now():%-d %B %Y}." in page
    assert "It was taken back." in page


def test_a_licence_for_a_time_says_until_when_and_that_it_is_over(client: Client) -> None:
    grant, now = owned(factories.user()), timezone.now()
    end = now + timedelta(days=40)
    Grant.objects.update(expires_at=end)
    page = client.get(f"/certificates/{grant.pk}/").content.decode()
    assert "Licence stands" in page
    assert f"<dt>Stands until</dt><dd>{end:%-d %B %Y}</dd>" in page
    Grant.objects.update(granted_at=now - timedelta(days=80), expires_at=now - timedelta(days=1))
    page = client.get(f"/certificates/{grant.pk}/").content.decode()
    assert "Licence ended" in page
    assert f"This licence ended on {now - timedelta(days=1):%-d %B %Y}." in page
    assert "It was given for a time, which is over." in page


def test_the_certificate_of_a_commission_shows_neither_title_nor_picture(client: Client) -> None:
    holder, maker = factories.user(), factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece)
    grant = grants.grant(
        piece=piece,
        template=factories.template("exclusive"),
        holder=holder,
        holder_email=holder.email,
        work_title="A private wish",
        edition_number=None,
        edition_size=None,
        source="test:commission",
    )
    page = client.get(f"/certificates/{grant.pk}/").content.decode()
    assert "A commissioned work" in page
    assert "A private wish" not in page
