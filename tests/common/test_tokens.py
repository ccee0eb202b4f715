"""API tokens: what they open and what they do not, and that nobody reads their secrets twice."""

import hashlib
import re
import threading
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from common import audit, tokens
from common.models import ApiToken, User
from common.scopes import AREAS, SCOPES
from config.urls import api
from tests import factories
from tests.api import client, patterns, refused
from tests.racing import race

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/me/tokens"
ORDERS = "/api/v1/orders"


def bearer(secret: str, scheme: str = "Bearer") -> APIClient:
    made = client()
    made.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return made


def issued(person: User, *scopes: str, **changes: Any) -> str:
    made, secret = tokens.issue(user=person, name="A script", scopes=scopes, days=7)
    ApiToken.objects.filter(pk=made.pk).update(**changes)
    return secret


def test_a_person_makes_a_token_and_is_told_its_secret_once() -> None:
    person = factories.user()
    made = client(person).post(TOKENS, {"name": "Nightly", "scopes": ["orders:read"], "days": 30})
    body = made.json()

    assert made.status_code == 201
    assert re.fullmatch(r"vns_[A-Za-z0-9]{40}", body["secret"])
    row = ApiToken.objects.get()
    assert (row.user, row.secret_sha256) == (person, hashlib.sha256(body["secret"].encode()).hexdigest())
    assert row.expires_at - row.created_at == timedelta(days=30)
    (listed,) = client(person).get(TOKENS).json()["results"]
    assert listed == {key: value for key, value in body.items() if key != "secret"}
    assert [line.action for line in audit.history(row)] == ["token.issued"]


def test_no_two_secrets_are_alike() -> None:
    person = factories.user()
    assert len({issued(person, "orders:read") for _ in range(tokens.MOST)}) == tokens.MOST


def test_a_token_opens_what_its_scopes_name_and_nothing_else() -> None:
    person = factories.user()
    reads = bearer(issued(person, "orders:read"))

    assert reads.get(ORDERS).status_code == 200
    body = refused(reads.post(ORDERS, {}), 403, "scope_missing")
    assert body["scope"] == "orders:write"
    refused(reads.get("/api/v1/me"), 403, "scope_missing")
    refused(reads.get("/api/v1/artworks"), 403, "scope_missing")  # not even what guests may see
    writes = bearer(issued(person, "orders:write"))
    refused(writes.post(ORDERS, {}), 400, "invalid")
    refused(writes.get(ORDERS), 403, "scope_missing")


def test_a_session_beside_a_token_widens_nothing() -> None:
    person = factories.user()
    both = client(person)
    both.credentials(HTTP_AUTHORIZATION=f"Bearer {issued(person, 'account:read')}")
    refused(both.get(ORDERS), 403, "scope_missing")


def test_a_token_does_not_make_its_person_more_than_they_are() -> None:
    everything = bearer(issued(factories.user(), *SCOPES))
    refused(everything.get("/api/v1/generation-workers"), 403, "permission_denied")


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_token_makes_tokens(method: str) -> None:
    everything = bearer(issued(factories.user(), *SCOPES))
    wish = {"name": "More", "scopes": list(SCOPES)}
    refused(getattr(everything, method)(TOKENS, wish if method == "post" else {}), 403, "scope_missing")
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revoked_at": timezone.now()}, "revoked"),
        ({"created_at": timezone.now() - timedelta(9), "expires_at": timezone.now() - timedelta(1)}, "expired"),
    ],
)
def test_an_ended_token_opens_nothing(changes: dict[str, Any], words: str) -> None:
    ended = bearer(issued(factories.user(), "orders:read", **changes))
    assert words in refused(ended.get(ORDERS), 401, "authentication_failed")["detail"]
    refused(ended.get("/api/v1/artworks"), 401, "authentication_failed")


def test_the_token_of_somebody_who_was_shut_out_opens_nothing() -> None:
    person = factories.user()
    held = bearer(issued(person, "orders:read"))
    User.objects.filter(pk=person.pk).update(is_active=False)
    refused(held.get(ORDERS), 401, "authentication_failed")


@pytest.mark.parametrize("secret", ["", "vns_" + "a" * 40, "ünïcode", "a b c", "\x00"])
def test_what_is_no_token_is_refused(secret: str) -> None:
    refused(bearer(secret).get(ORDERS), 401, "authentication_failed")


def test_a_token_is_revoked_at_once_and_only_by_its_person() -> None:
    person = factories.user()
    secret = issued(person, "orders:read")
    row = ApiToken.objects.get()
    refused(client(factories.user()).delete(f"{TOKENS}/{row.pk}"), 404, "not_found")
    assert bearer(secret).get(ORDERS).status_code == 200

    for _ in range(2):
        assert client(person).delete(f"{TOKENS}/{row.pk}").status_code == 204
    refused(bearer(secret).get(ORDERS), 401, "authentication_failed")
    assert [line.action for line in audit.history(row)] == ["token.issued", "token.revoked"]


def test_use_is_noted_to_the_hour_and_costs_two_queries_then_one(django_assert_num_queries: Any) -> None:
    held = bearer(issued(factories.user(), "generations:read"))
    with django_assert_num_queries(3):  # the token with its person, the note, the list
        held.get("/api/v1/generations")
    noted = ApiToken.objects.get().last_used_at
    assert noted is not None
    with django_assert_num_queries(2):
        held.get("/api/v1/generations")
    assert ApiToken.objects.get().last_used_at == noted


def test_there_is_room_for_so_many_live_tokens() -> None:
    person = factories.user()
    wish = {"name": "One more", "scopes": ["orders:read"]}
    for _ in range(tokens.MOST):
        issued(person, "orders:read")
    refused(client(person).post(TOKENS, wish), 409, "too_many_tokens")
    tokens.revoke(token=ApiToken.objects.all()[0], by=person)
    assert client(person).post(TOKENS, wish).status_code == 201


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_for_the_last_place_one_is_refused() -> None:
    person = factories.user()
    for _ in range(tokens.MOST - 1):
        issued(person, "orders:read")
    outcomes = race([lambda: issued(person, "orders:read")] * 4)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, tokens.TooManyTokens) for outcome in outcomes) == 3, outcomes
    assert ApiToken.objects.count() == tokens.MOST


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_counted_without_the_lock_both_would_find_room() -> None:
    person = factories.user()
    both_have_counted = threading.Barrier(2)

    def naive() -> int:
        found = ApiToken.objects.live(timezone.now()).filter(user=person).count()
        both_have_counted.wait(20)
        issued(person, "orders:read")
        return found

    assert race([naive] * 2) == [0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a" * 61},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["models:write"]},
        {"days": 0},
        {"days": 100000},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    wish = {"name": "A script", "scopes": ["orders:read"], "days": 7}
    refused(client(factories.user()).post(TOKENS, wish | wrong), 400, "invalid")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("wrong", [{"scopes": ""}, {"expires_at": timezone.now() - timedelta(999)}])
def test_the_database_keeps_no_token_without_scope_or_end(wrong: dict[str, Any]) -> None:
    issued(factories.user(), "orders:read")
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.update(**wrong)


def test_every_address_of_the_api_has_an_area_or_lets_no_token_in() -> None:
    shut = {"me-tokens", "me-token", "stripe-webhook"}
    for pattern in patterns(api):
        area = getattr(pattern.callback.view_class, "area", "") or pattern.name  # type: ignore[attr-defined]
        assert area in {*AREAS, *shut}, pattern.name


def test_a_key_from_before_scopes_still_opens_and_its_table_is_gone() -> None:
    person, key = factories.user(), "0123456789" * 4
    column, user_id = ("uuid", str(person.pk)) if connection.vendor == "postgresql" else ("char(32)", person.pk.hex)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY, user_id {column})")
        cursor.execute("INSERT INTO authtoken_token VALUES (%s, %s)", [key, user_id])
    for _ in range(2):  # on a database that never had such keys it does nothing
        import_module("common.migrations.0004_old_keys").carry_over(apps, SimpleNamespace(connection=connection))

    assert bearer(key, "Token").get(ORDERS).status_code == 200
    assert "authtoken_token" not in connection.introspection.table_names()
    assert ApiToken.objects.get().scope_list == sorted(SCOPES)
