"""Withdrawals over the API: the radius comes first, and only operators may."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from common.models import AuditLine, User
from generation.models import Checkpoint
from licensing import tasks
from licensing.models import Review, Withdrawal
from tests import factories
from tests.api import client, refused
from tests.withdrawing import ITEM, begun, made, trained

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/withdrawals"
WHY = {"item_sha256": ITEM, "reason": "The author asked."}


@pytest.fixture
def person() -> User:
    person = factories.user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="add_withdrawal"))
    return person


@pytest.fixture
def operator(person: User) -> APIClient:
    return client(person)


def test_seen_begun_and_carried_to_its_end(operator: APIClient, person: User) -> None:
    _, model = trained()
    review = factories.review(made(model))

    radius = operator.post(f"{ADDRESS}/radius", {"item_sha256": ITEM}).json()
    assert radius == {
        "items": 1,
        "dataset_versions": 1,
        "checkpoints": 1,
        "jobs": 1,
        "pieces": 1,
        "approved_pieces": 1,
        "live_grants": 0,
    }
    assert not Withdrawal.objects.exists()

    response = operator.post(ADDRESS, {**WHY, "pieces": radius["pieces"]})
    body = response.json()
    assert (response.status_code, body["state"], body["reached"]) == (202, "running", 0)
    assert Checkpoint.objects.get(pk=model.pk).state == "withdrawn"
    tasks.carry_withdrawals()

    body = operator.get(response["Location"]).json()
    assert (body["state"], body["reached"], body["told"], body["touched"]["pieces"]) == ("done", 1, 0, 1)
    review.refresh_from_db()
    assert review.state == Review.State.WITHDRAWN
    assert AuditLine.objects.get(action="withdrawal.begun").actor == person


def test_who_saw_another_radius_begins_nothing(operator: APIClient) -> None:
    _, model = trained()
    made(model)
    refused(operator.post(ADDRESS, {**WHY, "pieces": 0}), 409, "withdrawal_radius_changed")
    assert not Withdrawal.objects.exists()
    assert Checkpoint.objects.get(pk=model.pk).state == "published"


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({}, "withdrawal_incomplete"),
        ({"licence_spdx": "CC0-1.0", "item_sha256": ITEM}, "withdrawal_incomplete"),
        ({"item_sha256": "A" * 64}, "invalid"),
        ({"item_sha256": 7}, "invalid"),
        ({"dataset": "there-is-none"}, "invalid"),
        ({"dataset": {"a": 1}}, "invalid"),
        ({"input_work": "no-id"}, "invalid"),
        ({"input_work": "01a20aa7-e600-7499-8206-15d464efef40"}, "invalid"),
        ({"input_work": [2**70]}, "invalid"),
    ],
)
def test_what_is_wrong_is_said(operator: APIClient, what: dict[str, Any], code: str) -> None:
    refused(operator.post(f"{ADDRESS}/radius", what), 400, code)
    refused(operator.post(ADDRESS, {**what, "reason": "x", "pieces": 0}), 400, code)
    assert not Withdrawal.objects.exists()


def test_the_list_and_one_are_read_in_few_queries(operator: APIClient, django_assert_num_queries: Any) -> None:
    version, _ = trained()
    rows = [begun(), begun(dataset=version.dataset), begun(input_work=factories.input_work(factories.user()))]
    with django_assert_num_queries(5):  # session, person, the person's rights twice, list
        results = operator.get(ADDRESS).json()["results"]
    assert [one["id"] for one in results] == [str(row.pk) for row in reversed(rows)]
    assert (results[1]["dataset"], results[0]["dataset"]) == (version.dataset.slug, None)
    with django_assert_num_queries(18):  # of the radius twelve, whatever the number of pieces
        operator.get(f"{ADDRESS}/{rows[0].pk}")
    refused(operator.get(f"{ADDRESS}/01a20aa7-e600-7499-8206-15d464efef40"), 404, "not_found")


@pytest.mark.parametrize("who", [factories.user, factories.reviewer])
def test_nobody_else_may(who: Any) -> None:
    person = client(who())
    for answer in (person.get(ADDRESS), person.post(f"{ADDRESS}/radius", WHY), person.post(ADDRESS, WHY)):
        refused(answer, 403, "permission_denied")
    assert not Withdrawal.objects.exists()
