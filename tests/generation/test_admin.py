"""Generation in the admin: everything can be looked at, nothing sealed is shown, and only quotas are set, audited."""

import pytest
from django.test import Client
from django.urls import reverse

from common import audit
from common.models import User
from generation import inputs
from generation.models import Account, Benchmark, DatasetItem, TrainingJob, Worker
from tests import factories
from tests.generation.test_inputs import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    person = factories.user("operator", is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def page(client: Client, name: str, *key: object) -> str:
    response = client.get(reverse(f"admin:generation_{name}", args=key))
    assert response.status_code == 200
    return response.content.decode()


def test_workers_benchmarks_items_trainings_and_inputs_can_be_looked_at(client: Client, staff: User) -> None:
    worker = Worker.objects.create(name="host:1", queues="pictures,texts", device="cpu")
    model = factories.checkpoint(title="Patches")
    Benchmark.objects.create(
        checkpoint=model, device="cpu", threads=1, setting={}, label="512 × 512", pieces=8, seconds_per_piece="1.25"
    )
    item = DatasetItem.objects.create(
        dataset_version=factories.dataset_version(),
        index=0,
        sha256="ab" * 32,
        licence_spdx="CC0-1.0",
        rights_holder="The house",
        consent_basis="own",
        source="drawn",
        opt_out={"robots.txt": "Disallow: /"},
    )
    training = TrainingJob.objects.create(requested_by=staff, slug="palette-9", config_toml="seed = 7")
    work = inputs.store(owner=staff, data=picture(), licence_spdx="CC-BY-4.0", rights_holder="Ada Example")

    assert "pictures,texts" in page(client, "worker_changelist")
    assert "512 × 512" in page(client, "benchmark_changelist")
    assert "ab" * 32 in page(client, "datasetitem_changelist")
    assert "palette-9" in page(client, "trainingjob_changelist")
    assert "Ada Example" in page(client, "inputwork_changelist")
    for name, key in (("worker", worker.pk), ("datasetitem", item.pk), ("trainingjob", training.pk)):
        page(client, f"{name}_change", key)
    assert "CC-BY-4.0" in page(client, "inputwork_change", work.pk)


def test_the_steps_of_a_chain_are_sealed_here_too(client: Client, staff: User) -> None:
    steps = [{"seed": "918273645", "parameters": {"family": "waves"}}]
    piece = factories.piece(factories.user(), steps=steps)

    assert "918273645" not in page(client, "piece_change", piece.pk)


def test_staff_set_how_many_pieces_an_account_may_ask_for_and_it_is_written_down(client: Client, staff: User) -> None:
    account = Account.objects.create(user=factories.user("ada"))
    address = reverse("admin:generation_account_change", args=[account.pk])
    assert client.post(address, {"pieces_per_day": "40"}).status_code == 302
    assert client.post(address, {"pieces_per_day": "-1"}).status_code == 200

    account.refresh_from_db()
    assert account.pieces_per_day == 40
    [line] = audit.history(account)
    assert (line.action, line.actor, line.after) == ("account.pieces_per_day", staff, "40")
    assert "ada" in page(client, "account_changelist")


def test_an_account_that_never_asked_can_be_given_a_number(client: Client, staff: User) -> None:
    person = factories.user()
    form = {"user": str(person.pk), "pieces_per_day": "0"}
    assert client.post(reverse("admin:generation_account_add"), form).status_code == 302
    assert client.post(reverse("admin:generation_account_delete", args=[person.pk]), {"post": "yes"}).status_code == 403

    assert Account.objects.get(user=person).pieces_per_day == 0


def test_staff_without_the_right_set_nothing(client: Client) -> None:
    account = Account.objects.create(user=factories.user())
    client.force_login(factories.reviewer())
    address = reverse("admin:generation_account_change", args=[account.pk])

    assert client.post(address, {"pieces_per_day": "4000"}).status_code == 403
    account.refresh_from_db()
    assert account.pieces_per_day is None
