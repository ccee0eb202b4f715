"""What happens in the very moment of a withdrawal: a job being written, an edition being paid."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from generation.checkpoints import consent
from generation.jobs import requesting
from generation.models import Checkpoint, InputWork, Job, JobInput, Slot
from licensing.rights import withdrawals
from marketplace import editions
from marketplace.models import Artwork
from tests import factories
from tests.marketplace.test_editions import line_of
from tests.racing import race
from tests.withdrawing import begun, made, trained

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
_HIDDEN = "SQLite has one writer at a time and hides this race."


@contextmanager
def _without(trigger: str, table: str) -> Iterator[None]:
    if connection.vendor == "sqlite":
        pytest.skip(_HIDDEN)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def _written_meanwhile(model: Checkpoint, work: InputWork | None = None) -> str:
    """The state of a slot whose job is written, but not committed, when a withdrawal begins."""
    person, written, done = factories.user(), threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            job = factories.job(person, model=model)
            if work:
                JobInput.objects.create(job=job, role="style", work=work)
            Slot.objects.create(job=job, index=0, seed=1, batch_key="x")
            written.set()
            done.wait(1)

    def withdraw() -> None:
        written.wait(30)
        if work:
            begun(input_work=work)
        else:
            begun()
        done.set()

    assert race([write, withdraw]) == [None, None]
    return Slot.objects.get().state


def test_a_job_written_as_the_withdrawal_begins_leaves_nothing_waiting() -> None:
    assert _written_meanwhile(trained()[1]) == Slot.State.FAILED


def test_control_without_the_trigger_its_slot_would_wait_for_a_worker() -> None:
    with _without("generation_job_of_nothing_withdrawn", "generation_job"):
        assert _written_meanwhile(trained()[1]) == Slot.State.WAITING


def test_the_same_holds_for_an_input_work() -> None:
    assert _written_meanwhile(factories.checkpoint(), factories.input_work(factories.user())) == Slot.State.FAILED


def test_control_without_the_trigger_the_job_with_the_input_would_wait() -> None:
    with _without("generation_jobinput_of_nothing_withdrawn", "generation_jobinput"):
        assert _written_meanwhile(factories.checkpoint(), factories.input_work(factories.user())) == Slot.State.WAITING


def test_who_looked_before_the_withdrawal_and_asks_after_it_is_refused() -> None:
    _, model = trained()
    Checkpoint.objects.filter(pk=model.pk).update(architecture={"families": ["waves"]})
    looked = requesting.published(model.slug)
    begun()
    with pytest.raises(requesting.CheckpointWithdrawn):
        requesting.request(requested_by=factories.user(), checkpoint=looked, parameters={})
    assert not Job.objects.exists()


def _installed_meanwhile(look: Callable[[Checkpoint], object]) -> str:
    """The state of a checkpoint that is taken in, but not committed, when a withdrawal begins."""
    run = factories.training_run(trained()[0])
    written, done = threading.Event(), threading.Event()

    def install() -> None:
        with transaction.atomic():
            look(factories.checkpoint(slug="late", training_run=run))
            written.set()
            done.wait(1)

    def withdraw() -> None:
        written.wait(30)
        begun()
        done.set()

    assert race([install, withdraw]) == [None, None]
    return Checkpoint.objects.get(slug="late").state


def test_a_checkpoint_installed_as_the_withdrawal_begins_is_withdrawn() -> None:
    assert _installed_meanwhile(consent.withdrawn) == Checkpoint.State.WITHDRAWN


def test_control_without_the_look_it_would_stay_in_use() -> None:
    if connection.vendor == "sqlite":
        pytest.skip(_HIDDEN)
    assert _installed_meanwhile(lambda _: None) == Checkpoint.State.PUBLISHED


def _paid_meanwhile() -> tuple[object, str]:
    """What a payment for a held edition, of a work that its maker took down, gets in the midst of a withdrawal."""
    _, model = trained()
    work = factories.artwork(of=made(model))
    editions.hold(work.pk)
    Artwork.objects.filter(pk=work.pk).update(state=Artwork.State.WITHDRAWN)
    line, withdrawal = line_of(work), begun()
    reached, asked = threading.Event(), threading.Event()

    def reach() -> None:
        with transaction.atomic():
            withdrawals.step(withdrawal)
            reached.set()
            asked.wait(1)

    def pay() -> object:
        reached.wait(30)
        sold = editions.sell(line, from_hold=True)
        asked.set()
        return sold

    outcome = race([reach, pay])[1]
    work.refresh_from_db()
    return outcome, work.state


def test_an_edition_that_is_held_is_not_sold_once_the_withdrawal_has_reached_it() -> None:
    outcome, state = _paid_meanwhile()
    assert isinstance(outcome, editions.NotForSale), outcome
    assert state == Artwork.State.UNDER_REVIEW


def test_control_without_the_trigger_it_would_be_sold() -> None:
    with _without("lost_approval_unlists", "licensing_review"):
        outcome, state = _paid_meanwhile()
    assert not isinstance(outcome, Exception), outcome
    assert state == Artwork.State.WITHDRAWN
