"""A checkpoint comes in with card, data and training run, or not at all; its digest is what it is known by."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from common import audit
from common.errors import InvalidTransition
from common.models import AuditLine
from generation import checkpoints, datasets
from generation.checkpoints import consent
from generation.models import Checkpoint, DatasetItem, TrainingRun, WithdrawnItem
from tests import factories
from tests.generation.shipped import CHECKPOINT, DATASET

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHECKPOINT, tmp_path / "checkpoint"))


@pytest.fixture
def _data() -> None:
    datasets.install(DATASET)


def _edit(folder: Path, file_name: str, /, **changes: Any) -> None:
    path = folder / file_name
    document = json.loads(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        if value is None:
            document.pop(key)
        else:
            document[key] = value
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.usefixtures("_data")
def test_the_shipped_checkpoint_is_registered_with_its_training_run_and_data() -> None:
    checkpoint = checkpoints.install(CHECKPOINT)
    card = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))
    assert (checkpoint.slug, checkpoint.engine, checkpoint.licence_spdx) == (
        "palette-field-1",
        "palette-field",
        "CC0-1.0",
    )
    assert checkpoint.weights_sha256 == card["weights_sha256"]
    assert (checkpoint.folder, checkpoint.state, checkpoint.commercial_output) == ("palette-field-1", "published", True)
    assert checkpoint.architecture["families"] == card["families"]
    run = checkpoint.training_run
    assert run is not None
    assert (run.trainer, run.seed) == ("gan", 20261123)
    assert [str(version) for version in run.dataset_versions.all()] == ["studio version 1"]
    assert [line.action for line in audit.history(checkpoint)] == ["checkpoint.installed"]
    checkpoints.verify(checkpoint)


@pytest.mark.usefixtures("_data")
def test_the_same_weights_twice_are_one_checkpoint(folder: Path) -> None:
    first = checkpoints.install(CHECKPOINT)
    assert checkpoints.install(CHECKPOINT).pk == checkpoints.install(folder).pk == first.pk
    assert (Checkpoint.objects.count(), TrainingRun.objects.count()) == (1, 1)


@pytest.mark.usefixtures("_data")
def test_other_weights_under_a_known_slug_are_a_conflict(folder: Path) -> None:
    factories.checkpoint(slug="palette-field-1")
    with pytest.raises(checkpoints.SlugTaken) as refused:
        checkpoints.install(folder)
    assert (refused.value.status, refused.value.code) == (409, "slug_taken")
    assert Checkpoint.objects.count() == 1


def test_a_checkpoint_whose_data_is_not_here_is_refused(folder: Path) -> None:
    with pytest.raises(checkpoints.CheckpointRefused, match="studio version 1 is not here"):
        checkpoints.install(folder)
    assert not Checkpoint.objects.exists()


@pytest.mark.usefixtures("_data")
@pytest.mark.parametrize(
    ("name", "changes", "what"),
    [
        ("card.json", {"licence_spdx": None, "limits": None}, "lacks limits, licence_spdx"),
        ("card.json", {"licence_spdx": ""}, "lacks licence_spdx"),
        ("card.json", {"commercial_output": "yes"}, "lacks commercial_output"),
        ("card.json", {"limits": []}, "lacks limits"),
        ("card.json", {"slug": "recommend"}, "slug must be"),
        ("card.json", {"slug": "../up"}, "slug must be"),
        ("card.json", {"engine": "dreams"}, "There is no engine dreams"),
        ("card.json", {"kind": "song"}, "kind must be one of"),
        ("card.json", {"kind": "text"}, "makes a picture with it; the card says text"),
        ("card.json", {"licence_spdx": "free for all"}, "one SPDX identifier"),
        ("card.json", {"licence_spdx": "LicenseRef-mine"}, "licence_url or licence_text"),
        ("card.json", {"weights_file": "weights.pt"}, "weights_file must be one of"),
        ("card.json", {"training": "Made elsewhere."}, "`unknown` must say"),
        ("card.json", {"training": "../training-run.json"}, "in this folder"),
        ("card.json", {"components": ["nobody-1"]}, "made of nobody-1, which is not here"),
        ("card.json", {"components": "nobody-1"}, "lacks components"),
        ("architecture.json", {"families": None}, "cannot use this architecture"),
        ("training-run.json", {"environment": []}, "must be JSON objects"),
        ("training-run.json", {"parent": "earlier"}, "the run earlier, which is not here"),
        ("card.json", {"weights_sha256": "0" * 64}, "SHA-256 differs"),
        ("card.json", {"datasets": [{"slug": "studio"}]}, "slug, version and merkle_root"),
        ("card.json", {"datasets": ["studio"]}, "slug, version and merkle_root"),
        ("card.json", {"training": "missing.json"}, "missing.json cannot be read"),
        ("training-run.json", {"seed": None, "environment": None}, "lacks seed, environment"),
        ("training-run.json", {"started_at": "yesterday"}, "cannot be read"),
    ],
)
def test_what_lacks_or_contradicts_something_is_refused_and_nothing_is_written(
    folder: Path, name: str, changes: dict[str, Any], what: str
) -> None:
    _edit(folder, name, **changes)
    with pytest.raises(checkpoints.CheckpointRefused, match=what) as refused:
        checkpoints.install(folder)
    assert (refused.value.status, refused.value.code) == (422, "checkpoint_refused")
    assert not Checkpoint.objects.exists()
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("content", ["", "[1]", "nonsense", " " * 1_000_001])
def test_a_card_that_is_no_small_json_object_is_refused(folder: Path, content: str) -> None:
    (folder / "card.json").write_text(content, encoding="utf-8")
    with pytest.raises(checkpoints.CheckpointRefused):
        checkpoints.install(folder)


def test_a_folder_without_safetensors_is_refused(folder: Path) -> None:
    (folder / "weights.safetensors").rename(folder / "weights.pt")
    with pytest.raises(checkpoints.CheckpointRefused, match="other forms are refused"):
        checkpoints.install(folder)


@pytest.mark.usefixtures("_data")
def test_weights_from_outside_need_no_training_run(folder: Path) -> None:
    _edit(folder, "card.json", training="Made elsewhere.", datasets=[], unknown=["On which pictures it was trained."])
    checkpoint = checkpoints.install(folder)
    assert checkpoint.training_run is None
    assert checkpoint.card["unknown"] == ["On which pictures it was trained."]


@pytest.mark.usefixtures("_data")
def test_a_training_run_keeps_the_text_of_its_configuration_and_its_parent(folder: Path) -> None:
    parent = factories.training_run()
    _edit(folder, "training-run.json", parent=parent.name)
    run = checkpoints.install(folder).training_run
    assert run is not None
    assert run.parent == parent
    told = json.loads((folder / "training-run.json").read_text(encoding="utf-8"))
    assert run.environment == {**told["environment"], "config_toml": told["config_toml"]}


@pytest.mark.usefixtures("_data")
def test_another_training_run_of_the_same_name_is_not_mixed_up_with_it(folder: Path) -> None:
    run = factories.training_run()
    _edit(folder, "training-run.json", name=run.name)
    with pytest.raises(checkpoints.CheckpointRefused, match="Another training run is called"):
        checkpoints.install(folder)
    assert not Checkpoint.objects.exists()
    assert not run.dataset_versions.exists()


def _method(root: Path, slug: str, **card: Any) -> None:
    folder = root / slug
    folder.mkdir()
    (folder / "method.json").write_text(json.dumps({"method": slug}), encoding="utf-8")
    shutil.copyfile(CHECKPOINT / "architecture.json", folder / "architecture.json")
    known = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((folder / "method.json").read_bytes()).hexdigest()
    told = {"slug": slug, "weights_file": "method.json", "weights_sha256": digest, "datasets": []}
    told["training"] = "none: a method without learnt weights"
    (folder / "card.json").write_text(json.dumps({**known, **told, **card}), encoding="utf-8")


def test_a_method_without_weights_is_registered_by_its_document_and_verified(tmp_path: Path) -> None:
    _method(tmp_path, "grain-1")
    checkpoint = checkpoints.install(tmp_path / "grain-1")
    assert checkpoint.training_run is None
    checkpoints.verify(checkpoint)
    (tmp_path / "grain-1" / "method.json").write_text("{}", encoding="utf-8")
    with pytest.raises(checkpoints.WeightsAltered):
        checkpoints.verify(checkpoint)


def test_all_of_a_folder_are_installed_components_first_whatever_their_names(tmp_path: Path) -> None:
    _method(tmp_path, "a-chain", components=["b-chain", "z-grain"])
    _method(tmp_path, "b-chain", components=["z-grain"])
    _method(tmp_path, "z-grain")
    (tmp_path / "begun").mkdir()
    assert [one.slug for one in checkpoints.install_all(tmp_path)] == ["z-grain", "b-chain", "a-chain"]
    chain = Checkpoint.objects.get(slug="a-chain")
    assert sorted(chain.components.values_list("slug", flat=True)) == ["b-chain", "z-grain"]


def test_checkpoints_that_are_components_of_each_other_are_refused(tmp_path: Path) -> None:
    _method(tmp_path, "a-chain", components=["b-chain"])
    _method(tmp_path, "b-chain", components=["a-chain"])
    with pytest.raises(checkpoints.CheckpointRefused, match="components of each other"):
        checkpoints.install_all(tmp_path)
    assert not Checkpoint.objects.exists()


@pytest.mark.usefixtures("_data")
def test_altered_or_missing_weights_do_not_verify(folder: Path) -> None:
    checkpoint = checkpoints.install(folder)
    assert Path(checkpoint.folder) == folder.resolve()
    checkpoints.verify(checkpoint)
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff\xff")
    with pytest.raises(checkpoints.WeightsAltered) as refused:
        checkpoints.verify(checkpoint)
    assert (refused.value.status, refused.value.code) == (409, "weights_altered")
    weights.unlink()
    with pytest.raises(checkpoints.WeightsAltered):
        checkpoints.verify(checkpoint)


def test_retiring_and_publishing_are_audited_and_not_done_twice() -> None:
    checkpoint, person = factories.checkpoint(), factories.user()
    checkpoints.retire(checkpoint=checkpoint, by=person, reason="a better one is here")
    assert checkpoint.state == "retired"
    with pytest.raises(InvalidTransition):
        checkpoints.retire(checkpoint=checkpoint, by=person, reason="again")
    checkpoints.publish(checkpoint=checkpoint, by=person, reason="it was not")
    assert checkpoint.state == "published"
    lines = [(line.action, line.before, line.after, line.reason) for line in audit.history(checkpoint)]
    assert lines == [
        ("checkpoint.retired", "published", "retired", "a better one is here"),
        ("checkpoint.published", "retired", "published", "it was not"),
    ]


@pytest.mark.usefixtures("_data")
@pytest.mark.parametrize("gone", [True, False])
def test_what_was_trained_on_a_withdrawn_item_is_taken_in_withdrawn(folder: Path, gone: bool) -> None:
    item = DatasetItem.objects.order_by("pk").values_list("sha256", flat=True)[0]
    WithdrawnItem.objects.create(sha256=item if gone else "0" * 64)

    checkpoint = checkpoints.install(folder)

    assert Checkpoint.objects.get(pk=checkpoint.pk).state == ("withdrawn" if gone else "published")
    lines = AuditLine.objects.filter(action="checkpoint.withdrawn", subject_id=str(checkpoint.pk))
    assert lines.count() == int(gone)


def test_descent_and_components_count_as_well() -> None:
    version = factories.dataset_version()
    first = factories.training_run(version)
    later = factories.training_run(factories.dataset_version(), parent=first)
    made = factories.checkpoint(training_run=later)
    chain = factories.checkpoint()
    chain.components.add(made)
    assert not consent.withdrawn(made)
    assert not consent.withdrawn(chain)

    terms = {"licence_spdx": "CC0-1.0", "rights_holder": "A", "consent_basis": "given", "source": "here"}
    DatasetItem.objects.create(dataset_version=version, index=0, sha256="a" * 64, **terms)
    WithdrawnItem.objects.create(sha256="a" * 64)
    assert consent.withdrawn(made)
    Checkpoint.objects.filter(pk=made.pk).update(state=Checkpoint.State.WITHDRAWN)
    assert consent.withdrawn(chain)
