"""The page of somebody's own data, and the public one about everybody's."""

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.models import Consent, Erasure, Export
from marketplace.privacy import exports
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_guesses_yet() -> None:
    cache.clear()


@pytest.fixture
def visitor() -> Client:
    client = Client()
    client.force_login(factories.user("ada"))
    return client


def _said(client: Client, what: str, **form: str) -> str:
    return client.post(f"/my-data/{what}/", form, follow=True).content.decode()


def test_the_page_is_for_who_is_signed_in_and_the_map_for_all() -> None:
    assert Client().get("/my-data/").status_code == 302
    assert Client().post("/my-data/erase/").status_code == 302
    page = Client().get("/privacy/").content.decode()
    assert "What you bought" in page
    assert 'id="privacy"' in page
    chinese = Client(headers={"Accept-Language": "zh-hans"}).get("/privacy/").content.decode()
    assert "您购买的内容" in chinese
    assert "我们不出售其中任何内容" in chinese


def test_a_copy_is_made_and_taken(visitor: Client) -> None:
    assert "not your password" in _said(visitor, "copy", password="wrong")
    assert not Export.objects.exists()
    assert "being made" in _said(visitor, "copy", password="password")
    export = Export.objects.get()
    assert "still being made" in visitor.get(f"/my-data/copies/{export.pk}/", follow=True).content.decode()
    assert 'http-equiv="refresh"' in visitor.get("/my-data/").content.decode()
    exports.make_due()

    page = visitor.get("/my-data/").content.decode()
    assert "http-equiv" not in page
    assert f"/my-data/copies/{export.pk}/" in page
    taken = visitor.get(f"/my-data/copies/{export.pk}/")
    assert taken["Content-Type"] == "application/zip"
    assert b"".join(taken.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    other = Client()
    other.force_login(factories.user())
    assert other.get(f"/my-data/copies/{export.pk}/").status_code == 302


def test_an_erasure_is_asked_for_and_taken_back(visitor: Client) -> None:
    page = visitor.get("/my-data/").content.decode()
    assert "What is kept, and why" in page
    assert "GDPR" in page
    assert "not your password" in _said(visitor, "erase", password="")
    assert not Erasure.objects.exists()
    assert "Stay, after all" in _said(visitor, "erase", password="password")
    assert "Nothing will be erased" in _said(visitor, "stay")
    assert "nothing to take back" in _said(visitor, "stay")
    assert Erasure.objects.get().state == Erasure.State.TAKEN_BACK


def test_what_stands_in_the_way_is_said_and_there_is_no_button() -> None:
    client, commission = Client(), factories.commission()
    client.force_login(commission.commissioner)
    page = client.get("/my-data/").content.decode()
    assert "Commissions of yours are under way" in page
    assert "Erase my account" not in page
    _said(client, "erase", password="password")
    assert not Erasure.objects.exists()


def test_an_agreement_is_given_and_taken_back(visitor: Client) -> None:
    assert "Not answered yet" in visitor.get("/my-data/").content.decode()
    assert "Agreed to version 1" in _said(visitor, "agree", text="terms")
    assert "Taken back" in _said(visitor, "disagree", text="terms")
    _said(visitor, "agree", text="cookies")
    assert [one.given for one in Consent.objects.order_by("at")] == [True, False]


def test_who_has_no_password_is_told_what_to_do(visitor: Client) -> None:
    person = factories.user()
    person.set_unusable_password()
    person.save()
    visitor.force_login(person)
    assert "sign in again" in visitor.get("/my-data/").content.decode()
    _said(visitor, "erase")
    assert not Erasure.objects.exists()
