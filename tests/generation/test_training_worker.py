"""A training worker with a real trainer: killed, resumed, stopped, cancelled; it registers one checkpoint or none."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connections

from common.models import User
from generation import training_again, training_jobs, training_worker
from generation.models import Checkpoint, TrainingJob, TrainingRun
from generation.training import manifest
from generation.training.studio import TRAINING_SEEDS
from tests import factories
from tests.generation.test_commands import CONFIG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"
    folder = settings.VAR_DIR / "datasets" / "small"
    manifest.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start, count=10)


@pytest.fixture
def ask() -> Callable[..., TrainingJob]:
    user = factories.user()
    user.user_permissions.add(Permission.objects.get(codename="add_trainingjob"))
    operator = User.objects.get(pk=user.pk)

    def request(slug: str, text: str = CONFIG) -> TrainingJob:
        return training_jobs.request(by=operator, slug=slug, config_toml=text)

    return request


def _metrics(job: TrainingJob, var: Path) -> list[dict[str, Any]]:
    path = var / "runs" / f"job-{job.pk}" / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_a_worker_killed_in_mid_run_is_followed_by_one_that_ends_in_the_same_weights(
    ask: Callable[..., TrainingJob], settings: Any
) -> None:
    settings.LEASE_SECONDS = 1.0
    job = ask("tiny-9")
    connections.close_all()
    if (pid := os.fork()) == 0:  # dies after its second step, whose state is saved
        training_worker.run(owner="doomed", ending=lambda: _kill_after(2, job, settings.VAR_DIR))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    job.refresh_from_db()
    assert (job.state, job.owner, Checkpoint.objects.count()) == ("claimed", "doomed", 0)
    time.sleep(1.1)
    assert training_jobs.sweep() == 1
    assert training_worker.run(owner="second") == 1
    job.refresh_from_db()
    checkpoint = Checkpoint.objects.get()
    assert (job.state, job.attempts, job.run, checkpoint.slug) == ("finished", 2, checkpoint.training_run, "tiny-9")
    assert job.progress["step"] == 6
    assert (settings.VAR_DIR / job.progress["samples"]).is_file()
    assert [line["step"] for line in _metrics(job, settings.VAR_DIR)] == [1, 2, 3, 4, 5, 6]
    asked = training_again.plan("tiny-9")
    folder = settings.VAR_DIR / "again"
    assert training_again.repeat(asked, run_dir=folder, until=None, progress=print, stop=lambda: False).equal
    assert (training_worker.run(owner="third"), TrainingRun.objects.count()) == (0, 1)


def _kill_after(steps: int, job: TrainingJob, var: Path) -> bool:
    if len(_metrics(job, var)) > steps:
        os.kill(os.getpid(), signal.SIGKILL)
    return False


def test_a_worker_that_is_told_to_end_gives_the_training_back_after_the_step(
    ask: Callable[..., TrainingJob], settings: Any
) -> None:
    job = ask("tiny-9")
    assert training_worker.run(owner="one", ending=lambda: bool(_metrics(job, settings.VAR_DIR))) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_expires_at, job.progress["step"]) == ("waiting", 0, None, 1)
    assert (settings.VAR_DIR / "runs" / f"job-{job.pk}" / "state.pt").is_file()


def test_a_cancelled_training_stops_within_a_step_and_registers_nothing(
    ask: Callable[..., TrainingJob], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_worker, "_SECONDS_BETWEEN_LOOKS", 0.0)
    job = ask("tiny-9")

    def cancel_then_go_on() -> bool:
        if len(_metrics(job, settings.VAR_DIR)) == 2:
            TrainingJob.objects.filter(pk=job.pk).update(state="cancelled", lease_expires_at=None)
        return False

    assert training_worker.run(owner="one", ending=cancel_then_go_on) == 0
    job.refresh_from_db()
    assert (job.state, len(_metrics(job, settings.VAR_DIR))) == ("cancelled", 2)
    assert not Checkpoint.objects.exists()


def test_a_training_whose_data_are_gone_fails_with_the_reason(ask: Callable[..., TrainingJob], settings: Any) -> None:
    job = ask("tiny-9")
    (settings.VAR_DIR / "datasets" / "small" / "recipe.json").unlink()
    assert training_worker.run(owner="one") == 0
    job.refresh_from_db()
    assert (job.state, job.lease_expires_at) == ("failed", None)
    assert "no frozen dataset small" in job.error_detail


def test_a_folder_in_which_another_process_works_is_left_alone(ask: Callable[..., TrainingJob], settings: Any) -> None:
    job = ask("tiny-9")
    answers = iter([False, True])
    with training_worker._alone(settings.VAR_DIR / "runs" / f"job-{job.pk}") as alone:
        assert alone
        assert training_worker.run(owner="one", ending=lambda: next(answers)) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, _metrics(job, settings.VAR_DIR)) == ("waiting", 0, [])
