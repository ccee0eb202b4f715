"""A copy of one's data, being forgotten and consents, asked for by API."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common import tokens
from common.models import User
from marketplace.models import Consent, Erasure, Export
from marketplace.privacy import erasures, exports
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

PROOF = {"password": "password"}


@pytest.fixture(autouse=True)
def _no_guesses_yet() -> None:
    cache.clear()


@pytest.fixture
def person() -> User:
    return factories.user(first_name="Ada")


def _secret(person: User) -> str:
    return tokens.issue(user=person, name="A script", scopes=["account:read", "account:write"], days=7)[1]


def test_a_copy_is_asked_for_watched_and_fetched(person: User) -> None:
    mine = client(person)
    refused(mine.get("/api/v1/me/export"), 404, "not_found")
    asked = mine.post("/api/v1/me/export", PROOF)
    assert (asked.status_code, asked.json()["state"], asked.json()["url"]) == (202, "waiting", None)
    assert mine.post("/api/v1/me/export", PROOF).json()["id"] == asked.json()["id"]
    file = f"/api/v1/me/export/{asked.json()['id']}/file"
    refused(mine.get(file), 409, "export_not_ready")
    exports.make_due()

    seen = mine.get("/api/v1/me/export").json()
    assert (seen["state"], seen["done"]) == ("ready", seen["total"])
    assert seen["url"].endswith(file)
    fetched = mine.get(file)
    assert fetched["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    with ZipFile(io.BytesIO(b"".join(fetched.streaming_content))) as archive:  # type: ignore[attr-defined]
        account = json.loads(archive.read("data/common.user.json"))
    assert [row["first_name"] for row in account] == ["Ada"]
    refused(client(factories.user()).get(file), 404, "not_found")
    refused(client().get(file), 401, "not_authenticated")
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused(mine.get(file), 410, "export_expired")


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": "passwort"}])
def test_nothing_is_done_without_the_password(person: User, body: dict[str, str]) -> None:
    for address in ("export", "erase"):
        refused(client(person).post(f"/api/v1/me/{address}", body), 403, "wrong_password")
    assert not Export.objects.exists()
    assert not Erasure.objects.exists()


def test_a_token_alone_is_not_enough_for_whoever_has_no_password(person: User) -> None:
    person.set_unusable_password()
    person.save()
    headers = {"Authorization": f"Bearer {_secret(person)}"}
    refused(client().post("/api/v1/me/erase", {"password": ""}, headers=headers), 403, "wrong_password")
    refused(client().post("/api/v1/me/erase", {"password": "!"}, headers=headers), 403, "wrong_password")
    assert not Erasure.objects.exists()


def test_passwords_cannot_be_guessed(person: User) -> None:
    guesser = client(person)
    answers = [guesser.post("/api/v1/me/erase", {"password": str(number)}) for number in range(11)]
    assert {answer.json()["code"] for answer in answers[:10]} == {"wrong_password"}
    refused(answers[10], 429, "too_many_guesses")
    refused(guesser.post("/api/v1/me/erase", PROOF), 429, "too_many_guesses")
    assert not Erasure.objects.exists()


def test_what_is_kept_is_said_before_and_the_wish_can_be_taken_back(person: User) -> None:
    mine = client(person)
    before = mine.get("/api/v1/me/erase").json()
    assert (before["state"], before["due_at"], before["days"], before["blocked_by"]) == ("none", None, 14, [])
    assert {"What you bought", "The licences you hold"} <= {row["what"] for row in before["kept"]}
    assert all(row["why"] and row["until"] for row in before["kept"])

    asked = mine.post("/api/v1/me/erase", PROOF)
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    assert mine.post("/api/v1/me/erase/cancel").json()["state"] == "none"
    refused(mine.post("/api/v1/me/erase/cancel"), 409, "nothing_to_take_back")


def test_one_who_is_erased_is_locked_out_of_every_way_in(person: User) -> None:
    mine, secret = client(person), _secret(person)
    mine.post("/api/v1/me/erase", PROOF)
    Erasure.objects.update(due_at=timezone.now())
    erasures.run_due()

    refused(mine.get("/api/v1/me"), 401, "not_authenticated")
    response = client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    refused(response, 401, "authentication_failed")


def test_what_holds_it_up_is_named(person: User) -> None:
    factories.commission(commissioner=person)
    body = refused(client(person).post("/api/v1/me/erase", PROOF), 409, "erasure_blocked")
    assert body["blocked_by"] == ["commissions_under_way"]
    assert "under way" in body["detail"]
    seen = client(person).get("/api/v1/me/erase", headers={"Accept-Language": "zh-hans"}).json()
    assert [blocker["code"] for blocker in seen["blocked_by"]] == ["commissions_under_way"]
    assert seen["blocked_by"][0]["detail"].startswith("您还有")


def test_consents_are_written_down_and_the_last_one_stands(person: User) -> None:
    mine = client(person)
    texts = {text["text"]: text for text in mine.get("/api/v1/me/consents/texts").json()}
    terms = texts["terms"]
    for given in (True, False):
        made = mine.post("/api/v1/me/consents", {"text": "terms", "version": terms["version"], "given": given})
        assert (made.status_code, made.json()["text_sha256"]) == (201, terms["sha256"])
    refused(mine.post("/api/v1/me/consents", {"text": "terms", "version": 9, "given": True}), 404, "unknown_text")
    refused(mine.post("/api/v1/me/consents", {"text": "cookies", "version": 1, "given": True}), 404, "unknown_text")

    listed = mine.get("/api/v1/me/consents").json()["results"]
    assert [(row["given"], row["how"]) for row in listed] == [(False, "api"), (True, "api")]
    assert client(factories.user()).get("/api/v1/me/consents").json()["results"] == []
    assert Consent.objects.count() == 2


def test_reading_takes_few_queries(person: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mine = client(person)
    mine.post("/api/v1/me/export", PROOF)
    for given in (True, False, True):
        mine.post("/api/v1/me/consents", {"text": "terms", "version": 1, "given": given})
    # The session, the person, and then:
    with django_assert_num_queries(2 + 1):
        mine.get("/api/v1/me/export")
    with django_assert_num_queries(2 + 1):
        mine.get("/api/v1/me/consents")
    with django_assert_num_queries(2):
        mine.get("/api/v1/me/consents/texts")
    with django_assert_num_queries(2 + 5):
        mine.get("/api/v1/me/erase")
