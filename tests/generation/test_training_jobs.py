"""Requests to train: checked before anything is written, claimed by one worker at a time, registered at most once."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from common import audit
from common.errors import InvalidTransition, PermissionRefused
from common.models import User
from generation import training_jobs, training_runs
from generation.models import Checkpoint, TrainingJob
from generation.training import manifest
from generation.training.studio import TRAINING_SEEDS
from tests import factories
from tests.generation.shipped import ROOT
from tests.generation.test_commands import CONFIG
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"
    folder = settings.VAR_DIR / "datasets" / "small"
    manifest.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start, count=10)


@pytest.fixture
def operator() -> User:
    user = factories.user()
    user.user_permissions.add(Permission.objects.get(codename="add_trainingjob"))
    return User.objects.get(pk=user.pk)


def _lapse(job: TrainingJob) -> None:
    TrainingJob.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def _claimed() -> TrainingJob:
    job = training_jobs.claim(owner="one")
    assert job is not None
    return job


def test_an_operator_asks_and_it_waits(operator: User) -> None:
    job = training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    assert (job.state, job.slug, job.fence) == ("waiting", "tiny-9", 0)
    assert [line.action for line in audit.history(job)] == ["training.requested"]


def test_nobody_else_may_ask_or_cancel(operator: User) -> None:
    with pytest.raises(PermissionRefused):
        training_jobs.request(by=factories.user(), slug="tiny-9", config_toml=CONFIG)
    assert not TrainingJob.objects.exists()
    job = training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    with pytest.raises(PermissionRefused):
        training_jobs.cancel(job=job, by=factories.user())
    assert TrainingJob.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "stages"),
        ("not toml", "cannot be read"),
        (CONFIG.replace("batch = 4", "batch = 5"), "multiple of four"),
        (CONFIG.replace("batch = 4", 'batch = "many"'), "cannot be read"),
        ('trainer = "mind"\n' + CONFIG, "no trainer 'mind'"),
        (CONFIG.replace('"small"', '"large"'), "no frozen dataset large"),
        (CONFIG.replace('"small"', '"../../small"'), "dataset is written"),
        (CONFIG.replace('"tiny"', '"Tiny/.."'), "name is written"),
        ('corpus = "../../etc/passwd"\n' + CONFIG, "name of a file"),
        ("# " + "x" * 70_000 + CONFIG, "64 KiB"),
        (CONFIG + "# \ud800", "cannot be read"),
        (CONFIG + "# \x00", "cannot be read"),
    ],
)
def test_a_configuration_that_cannot_be_carried_out_is_refused_at_once(
    operator: User, text: str, complaint: str
) -> None:
    with pytest.raises(training_runs.TrainingRefused, match=complaint):
        training_jobs.request(by=operator, slug="tiny-9", config_toml=text)
    assert not TrainingJob.objects.exists()


@pytest.mark.parametrize("slug", ["", "Tiny", "../x", "a" * 51, "tiny_9", "-a"])
def test_a_slug_that_is_none_is_refused(operator: User, slug: str) -> None:
    with pytest.raises(training_runs.TrainingRefused, match="slug"):
        training_jobs.request(by=operator, slug=slug, config_toml=CONFIG)
    assert not TrainingJob.objects.exists()


def test_a_slug_is_trained_once(operator: User) -> None:
    job = training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    with pytest.raises(training_jobs.TrainingSlugTaken):
        training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    training_jobs.cancel(job=job, by=operator)
    training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    factories.checkpoint(slug="there-already")
    with pytest.raises(training_jobs.TrainingSlugTaken):
        training_jobs.request(by=operator, slug="there-already", config_toml=CONFIG)
    assert TrainingJob.objects.count() == 2


def test_the_oldest_is_claimed_and_a_worker_that_was_overtaken_can_do_nothing(operator: User, tmp_path: Path) -> None:
    first = training_jobs.request(by=operator, slug="tiny-1", config_toml=CONFIG)
    training_jobs.request(by=operator, slug="tiny-2", config_toml=CONFIG)
    stalled = _claimed()
    assert (stalled.pk, stalled.fence, stalled.attempts) == (first.pk, 1, 1)
    assert training_jobs.keep(stalled, {"step": 1})
    _lapse(stalled)
    assert training_jobs.sweep() == 2
    second = training_jobs.claim(owner="two")
    assert second is not None
    assert (second.pk, second.fence) == (first.pk, 2)
    assert not training_jobs.keep(stalled, {"step": 7})
    training_jobs.fail(stalled, "too late")
    training_jobs.give_back(stalled)
    with pytest.raises(training_jobs.LeaseLost):
        training_jobs.finish(stalled, training_runs.plan(CONFIG, slug="tiny-1"), tmp_path)
    second.refresh_from_db()
    assert (second.state, second.owner, second.progress, second.error_detail) == ("claimed", "two", {"step": 1}, "")
    assert not Checkpoint.objects.exists()


def test_five_workers_that_never_came_back_are_enough(operator: User) -> None:
    training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    for _ in range(training_jobs.MAX_ATTEMPTS):
        _lapse(_claimed())
        training_jobs.sweep()
    job = TrainingJob.objects.get()
    assert (job.state, job.lease_expires_at) == ("failed", None)
    assert "5 workers began this" in job.error_detail
    assert training_jobs.claim(owner="one") is None


def test_what_is_given_back_costs_no_attempt(operator: User) -> None:
    training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    training_jobs.give_back(_claimed())
    assert _claimed().attempts == 1


def test_a_cancelled_training_is_nobodys_and_is_cancelled_once(operator: User) -> None:
    job = training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    claimed = _claimed()
    training_jobs.cancel(job=job, by=operator)
    assert (job.state, job.lease_expires_at) == ("cancelled", None)
    assert not training_jobs.keep(claimed)
    training_jobs.give_back(claimed)
    with pytest.raises(InvalidTransition):
        training_jobs.cancel(job=job, by=operator)
    assert TrainingJob.objects.get().state == "cancelled"


def test_reading_a_configuration_loads_no_torch() -> None:
    code = "import sys; from generation.training import parse; from pathlib import Path\n"
    code += "for path in Path('generation/training/configs').glob('*.toml'): parse(path.read_text(encoding='utf-8'))\n"
    code += "assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_trainings_have_a_queue_of_their_own() -> None:
    from config.celery import app

    app.loader.import_default_modules()  # as a worker does when it starts
    assert {"training.work", "training.sweep"} <= set(app.tasks)
    assert app.amqp.router.route({}, "training.work")["queue"].name == "training"
    assert app.amqp.router.route({}, "training.sweep")["queue"].name == "house"


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_two_workers_at_once_never_claim_the_same(operator: User) -> None:
    training_jobs.request(by=operator, slug="tiny-9", config_toml=CONFIG)
    got = race([lambda: training_jobs.claim(owner="one"), lambda: training_jobs.claim(owner="two")])
    assert sum(isinstance(one, TrainingJob) for one in got) == 1
    assert None in got
