"""A request is written whole or not at all, and what is called off is not made."""

from dataclasses import replace
from typing import Any

import pytest

from common.errors import NotFound
from common.models import AuditLine, User
from generation import jobs
from generation import parameters as rules
from generation.engines.parameters import Input
from generation.models import Checkpoint, InputWork, Job, Piece, Slot
from generation.models.job import MAX_SEED
from generation.parameters import ParameterRefused
from generation.quotas import QuotaExceeded
from tests import factories
from tests.generation.jobs.asking import SIDE, ask, made


def test_a_request_writes_one_slot_per_piece_each_with_its_own_seed(checkpoint: Checkpoint) -> None:
    job = ask(checkpoint, seed=41, count=3)
    assert list(job.slots.order_by("index").values_list("index", "seed", "state")) == [
        (0, 41, "waiting"),
        (1, 42, "waiting"),
        (2, 43, "waiting"),
    ]
    assert job.parameters == {
        "width": 256,
        "height": 256,
        "family": "ridges",
        "truncation": "0.8",
        "temperature": "0.6",
        "grain": "0.3",
    }
    assert AuditLine.objects.get(subject_id=str(job.pk)).action == "job.requested"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"count": 0}, "count"),
        ({"count": 10_000}, "count"),
        ({"count": True}, "count"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": MAX_SEED, "count": 2}, "seed"),
        ({"seed": "many"}, "seed"),
        ({"parameters": {"width": 255}}, "width"),
        ({"parameters": {"height": 5000}}, "height"),
        ({"parameters": {"family": "cats"}}, "family"),
        ({"parameters": {"truncation": "NaN"}}, "truncation"),
        ({"parameters": {"temperature": "1e400"}}, "temperature"),
        ({"parameters": {"steps": 30}}, "steps"),
    ],
)
def test_a_value_out_of_range_is_named_and_nothing_is_written(
    checkpoint: Checkpoint, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(ParameterRefused) as refusal:
        ask(checkpoint, **fields)
    assert list(refusal.value.extra["errors"]) == [named]
    assert not Job.objects.exists()
    assert not Slot.objects.exists()


def test_a_retired_checkpoint_takes_no_job(checkpoint: Checkpoint) -> None:
    checkpoint.state = Checkpoint.State.RETIRED
    checkpoint.save()
    with pytest.raises(jobs.UnknownCheckpoint):
        ask(checkpoint)
    assert not Job.objects.exists()


def test_cancelling_stops_what_waits_and_throws_away_what_is_being_made(checkpoint: Checkpoint) -> None:
    job = ask(checkpoint, count=3)
    [running] = jobs.claim(owner="a", limit=1)
    jobs.cancel(job=job, by=job.requested_by)
    jobs.cancel(job=job, by=job.requested_by)
    assert jobs.progress(job) == {"cancelled": 3}
    with pytest.raises(jobs.LeaseLost):
        made(running)
    assert not Piece.objects.exists()
    assert AuditLine.objects.filter(action="job.cancelled").count() == 1


def work_of(person: User, kind: str = "picture") -> InputWork:
    return InputWork.objects.create(
        owner=person,
        kind=kind,
        media_type="image/png",
        sha256="ab" * 32,
        name="ab/ab.png",
        licence_spdx="CC0-1.0",
        rights_holder="Nobody",
    )


def test_input_works_of_others_and_those_that_no_engine_takes_are_refused(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, stranger = factories.user(), factories.user()
    ordinary = rules.spec(checkpoint)

    def asks_with(work: InputWork) -> Job:
        return jobs.request(requested_by=mine, checkpoint=checkpoint, parameters={}, inputs={"content": work})

    with pytest.raises(ParameterRefused, match="no input of this engine"):
        asks_with(work_of(mine))
    takes_one = replace(ordinary, inputs={"content": Input("picture")})
    monkeypatch.setattr(rules, "spec", lambda _: takes_one)
    with pytest.raises(ParameterRefused, match="content is needed"):
        jobs.request(requested_by=mine, checkpoint=checkpoint, parameters={})
    with pytest.raises(NotFound) as refusal:
        asks_with(work_of(stranger))
    assert refusal.value.code == "unknown_input"
    assert not Job.objects.exists()
    job = asks_with(InputWork.objects.get(owner=mine))
    assert [(given.role, given.work.owner) for given in job.inputs.all()] == [("content", mine)]


def test_what_is_beyond_a_quota_writes_nothing(checkpoint: Checkpoint, settings: Any) -> None:
    settings.GENERATION_WAITING_SLOTS = 4
    person = factories.user()
    asked: dict[str, Any] = {"requested_by": person, "checkpoint": checkpoint, "parameters": SIDE}
    jobs.request(**asked, count=3)
    with pytest.raises(QuotaExceeded):
        jobs.request(**asked, count=2)
    assert (Job.objects.count(), Slot.objects.count()) == (1, 3)
