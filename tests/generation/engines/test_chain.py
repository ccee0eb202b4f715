"""A chain runs its steps on the components that it names, records each, and refuses any that was exchanged."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from generation.engines import method_folders
from generation.engines.base import EngineError, Step, Stopped
from generation.engines.method import METHOD
from generation.engines.parameters import ParametersRefused, spec_of
from generation.engines.parameters import chain as plans
from tests.generation.engines import methods

SLUG = "studio-painting-1"
SMALL = {"width": 256, "height": 256, "swatch": "ink"}


def _copied(root: Path) -> Path:
    for slug in (SLUG, *methods.document(methods.CHECKPOINTS / SLUG)["components"]):
        shutil.copytree(methods.CHECKPOINTS / slug, root / slug)
    return root


def test_a_painting_is_the_same_each_time_and_every_step_is_on_its_record() -> None:
    engine, spec = methods.loaded(SLUG)
    request = spec.request(5, SMALL)
    seen: list[tuple[int, int]] = []
    one = next(iter(engine.generate([request], on_step=lambda done, of: seen.append((done, of)))))
    two = methods.made(engine, spec.request(6, SMALL), request)[1]
    data = one.work.encode()
    assert data == two.work.encode()
    assert one.steps == two.steps
    assert [step.engine for step in one.steps] == ["palette-field", "style-transfer", "grain"]
    assert one.steps[-1].output_sha256 == hashlib.sha256(data).hexdigest()
    for before, step in zip(one.steps, one.steps[1:], strict=False):
        assert step.inputs == {"content": before.output_sha256}
    assert {step.seed for step in one.steps} == {5}
    assert _digests(one.steps) == {
        slug: methods.document(methods.CHECKPOINTS / slug)["weights_sha256"] for slug in _digests(one.steps)
    }
    assert json.loads(json.dumps([step.document() for step in one.steps]))[1]["parameters"]["swatch"] == "ink"
    assert seen[-1][0] == seen[-1][1] == 300
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert methods.read(data)[0].shape == (256, 256, 3)


def _digests(steps: tuple[Step, ...]) -> dict[str, str]:
    return {step.checkpoint: step.weights_sha256 for step in steps}


def test_a_step_can_be_asked_for_and_the_work_stopped_between() -> None:
    engine, spec = methods.loaded(SLUG)
    request = spec.request(5, SMALL | {"enlarge": "1.5", "grain": "0"})

    def stop(done: int, of: int) -> None:
        assert of == 400
        if done >= 100:
            raise Stopped()

    with pytest.raises(Stopped):
        next(iter(engine.generate([request], on_step=stop)))
    assert engine.estimate_seconds([request]) > engine.estimate_seconds([spec.request(5, SMALL)]) > 0


def test_what_may_be_asked_is_what_the_steps_take() -> None:
    _, spec = methods.loaded(SLUG)
    assert spec.fields["surface"].default == "paper"
    assert spec.kind == "picture"
    assert not spec.inputs
    for wrong in ({"temperature": "1"}, {"width": 10**6}, {"surface": "glass"}, {"enlarge": "5"}):
        with pytest.raises(ParametersRefused):
            spec.request(1, wrong)


def test_a_component_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    root = _copied(tmp_path)
    (root / "grain-1" / METHOD).write_text('{"kind": "grain", "version": 1, "more": true}')
    with pytest.raises(EngineError) as refused:
        methods.loaded(SLUG, root)
    assert refused.value.code == "weights_altered"
    shutil.copy(root / "grain-1" / METHOD, root / "grain-1" / "architecture.json")
    with pytest.raises(EngineError) as refused:
        methods.loaded(SLUG, root)
    assert refused.value.code == "component_altered"
    shutil.rmtree(root / "grain-1")
    with pytest.raises(EngineError) as refused:
        methods.loaded(SLUG, root)
    assert refused.value.code == "architecture_unknown"


@pytest.mark.parametrize(
    "change",
    [
        {"steps": []},
        {"steps": "all"},
        {"steps": [{"engine": "chain", "checkpoint": "a", "weights_sha256": "0" * 64}]},
        {"steps": [{"engine": "grain", "checkpoint": "../../etc", "weights_sha256": "0" * 64}]},
        {"steps": [{"engine": "grain", "checkpoint": "a", "weights_sha256": "0"}]},
        {
            "steps": [
                {"engine": "grain", "checkpoint": "a", "weights_sha256": "0" * 64, "inputs": {"content": "previous"}}
            ]
        },
        {"kind": "grain"},
    ],
)
def test_documents_in_another_form_are_refused(change: dict[str, object]) -> None:
    document = methods.document(methods.CHECKPOINTS / SLUG, METHOD) | change
    with pytest.raises(ValueError, match=r"chain|step"):
        plans.parse(document)


def test_the_folders_are_up_to_date_and_a_changed_component_reaches_the_chain(tmp_path: Path) -> None:
    root = _copied(tmp_path)
    assert method_folders.refresh_all(root) == []
    document = methods.document(root / "patch-style-1", METHOD) | {"swatches": ["ink", "waves"]}
    (root / "patch-style-1" / METHOD).write_text(json.dumps(document))
    assert method_folders.refresh_all(root) == ["patch-style-1", SLUG]
    assert method_folders.refresh_all(root) == []
    spec = spec_of("chain", methods.document(root / SLUG, "architecture.json"))
    with pytest.raises(ParametersRefused):
        spec.request(1, {"swatch": "glass"})
    engine, _ = methods.loaded(SLUG, root)
    assert engine.memory_bytes > 0
