"""Quotas: what each person may ask for, counted one request after the other."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.models import AuditLine, User
from generation import jobs, quotas
from generation.models import Account, Checkpoint, Job, Slot
from tests import factories
from tests.racing import race


@pytest.fixture
def model(transactional_db: None) -> Checkpoint:
    return factories.checkpoint(architecture={"families": ["waves"]})


@pytest.fixture(autouse=True)
def _ten_a_day(settings: Any) -> None:
    settings.GENERATION_PIECES_PER_DAY, settings.GENERATION_WAITING_SLOTS = 10, 100


def ask(person: User, model: Checkpoint, count: int) -> Job:
    return jobs.request(requested_by=person, checkpoint=model, parameters={}, count=count)


def test_the_last_piece_of_the_day_is_given_and_the_next_refused_until_midnight(model: Checkpoint) -> None:
    person = factories.user()
    ask(person, model, 7)
    ask(person, model, 3)
    before = (Job.objects.count(), Slot.objects.count(), AuditLine.objects.count())
    with pytest.raises(quotas.QuotaExceeded, match="0 more pieces today, of 10") as refusal:
        ask(person, model, 1)

    assert (Job.objects.count(), Slot.objects.count(), AuditLine.objects.count()) == before
    assert 1 <= refusal.value.retry_after <= 24 * 3600
    ask(factories.user(), model, 10)


def test_more_than_what_is_left_is_refused_whole(model: Checkpoint) -> None:
    person = factories.user()
    ask(person, model, 6)
    with pytest.raises(quotas.QuotaExceeded, match="4 more pieces today"):
        ask(person, model, 5)

    assert quotas.left(person).left_today == 4


def test_yesterday_does_not_count_and_what_was_never_begun_is_given_back(model: Checkpoint) -> None:
    person = factories.user()
    yesterday = ask(person, model, 10)
    jobs.cancel(job=yesterday, by=person)
    assert quotas.left(person).left_today == 10
    Slot.objects.update(attempts=1)
    assert quotas.left(person).left_today == 0
    Job.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert quotas.left(person).left_today == 10

    today = ask(person, model, 8)
    jobs.claim(owner="worker", limit=3)
    jobs.cancel(job=today, by=person)
    assert quotas.left(person).asked_today == 3


def test_only_so_many_may_wait_at_the_same_time(model: Checkpoint, settings: Any) -> None:
    settings.GENERATION_WAITING_SLOTS = 4
    person = factories.user()
    ask(person, model, 3)
    with pytest.raises(quotas.QuotaExceeded, match="Ask for at most 1 now") as refusal:
        ask(person, model, 2)

    assert refusal.value.retry_after == 60
    ask(person, model, 1)
    assert quotas.left(person).left_now == 0


def test_one_account_may_have_a_number_of_its_own(model: Checkpoint) -> None:
    generous, barred = factories.user(), factories.user()
    Account.objects.create(user=generous, pieces_per_day=30)
    Account.objects.create(user=barred, pieces_per_day=0)
    ask(generous, model, 30)
    with pytest.raises(quotas.QuotaExceeded):
        ask(barred, model, 1)

    assert Slot.objects.filter(job__requested_by=barred).count() == 0


@pytest.mark.concurrency
def test_of_two_requests_at_once_for_the_last_pieces_one_is_refused(model: Checkpoint) -> None:
    person = factories.user()
    ask(person, model, 4)
    outcomes = race([lambda: ask(person, model, 6)] * 4)

    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, quotas.QuotaExceeded) for outcome in outcomes) == 3, outcomes
    assert Slot.objects.filter(job__requested_by=person).count() == 10


@pytest.mark.concurrency
def test_control_counted_before_the_transaction_both_would_pass(model: Checkpoint) -> None:
    person = factories.user()
    both_have_counted = threading.Barrier(2)

    def naive() -> int:
        left = quotas.left(person).left_today
        both_have_counted.wait(20)
        job = factories.job(person, model=model, count=left)
        Slot.objects.bulk_create(Slot(job=job, index=i, seed=i, batch_key="x") for i in range(left))
        return left

    assert race([naive] * 2) == [10, 10]
    assert Slot.objects.filter(job__requested_by=person).count() == 20
