"""Made again from the record alone: the same bytes, whatever stood beside it in the batch."""

import io
from io import StringIO
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from common import storage
from generation import worker
from generation.engines.base import Picture
from generation.models import Checkpoint, Piece, Slot
from licensing.models import Openings
from licensing.provenance import publish, reperformance
from licensing.provenance.reperformance import CannotReperform, Verdict
from tests import factories
from tests.faults.workers import tiny_checkpoint
from tests.generation.worker.making import SIDE, ask, undisturbed


@pytest.fixture
def checkpoint(transactional_db: None, tmp_path: Any, settings: Any) -> Checkpoint:
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    worker._engines.cache_clear()
    return tiny_checkpoint(settings.CHECKPOINT_DIR)


def made(checkpoint: Checkpoint, count: int = 8) -> list[Piece]:
    ask(checkpoint, count=count)
    worker.run(owner="w")
    pieces = list(Piece.objects.order_by("seed"))
    for piece in pieces:
        publish.papers(piece.pk)
    return pieces


def a_master_like(checkpoint: Checkpoint, noise: float) -> Piece:
    """A papered piece whose master is what the checkpoint makes of seed 1, and a little more."""
    with Image.open(io.BytesIO(undisturbed(checkpoint, range(1, 2))[1])) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(np.float64)
    grain = np.random.default_rng(1).normal(0, noise, pixels.shape)
    stored = storage.put("masters", Picture(np.clip(pixels + grain, 0, 255).astype(np.uint8)).encode(), ".png")
    slot = Slot.objects.select_related("job").get(job=ask(checkpoint, count=1))
    Slot.objects.filter(pk=slot.pk).update(state=Slot.State.FINISHED)
    engine = worker._engines().get(checkpoint).engine
    piece = Piece.objects.create(
        slot=slot,
        checkpoint=checkpoint,
        media_type="image/png",
        width=256,
        height=256,
        content_sha256=stored.sha256,
        master_name=stored.name,
        seed=1,
        parameters=slot.job.parameters,
        profile=engine.profile(slots=8),
        started_at=slot.job.created_at,
    )
    publish.papers(piece.pk)
    return piece


def run(*arguments: object) -> tuple[int, str]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reperform", *map(str, arguments), stdout=out, stderr=out)
    return int(str(ended.value.code)), out.getvalue()


def test_every_piece_of_a_batch_comes_out_byte_by_byte_when_made_alone(checkpoint: Checkpoint) -> None:
    for piece in made(checkpoint):
        found = reperformance.reperform(piece.pk)
        assert (found.verdict, found.sha256) == (Verdict.IDENTICAL, piece.content_sha256)
        assert found.elsewhere == {}


def test_the_command_ends_as_it_says(checkpoint: Checkpoint) -> None:
    [piece] = made(checkpoint, count=1)

    code, said = run(piece.pk)
    assert (code, said) == (0, f"identical: sha256 {piece.content_sha256}\n")
    assert run(uuid4())[0] == 64
    near, said = run(a_master_like(checkpoint, 0.6).pk)
    assert near == 3
    assert "dB from the master (near from 40 dB)" in said
    assert run(a_master_like(checkpoint, 30.0).pk)[0] == 1


def test_what_is_another_here_than_recorded_is_named(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    [piece] = made(checkpoint, count=1)
    real = reperformance._engine

    def on_another_machine(told: dict[str, Any], device: str) -> Any:
        told["profile"]["torch"] = "2.9.0"
        return real(told, device)

    monkeypatch.setattr(reperformance, "_engine", on_another_machine)

    found = reperformance.reperform(piece.pk)

    assert found.elsewhere["torch"][0] == "2.9.0"


def test_what_cannot_be_made_again_says_why(checkpoint: Checkpoint) -> None:
    [piece] = made(checkpoint, count=1)
    opened = Openings.objects.get(record__piece=piece)

    with pytest.raises(CannotReperform, match="no record yet"):
        reperformance.reperform(factories.piece(factories.user()).pk)
    body = {**opened.body, "parameters": {}}
    Openings.objects.filter(pk=opened.pk).update(body=body)
    with pytest.raises(CannotReperform, match=rf"What opens .*{next(iter(SIDE))}.* was destroyed"):
        reperformance.reperform(piece.pk)
    Openings.objects.filter(pk=opened.pk).delete()
    with pytest.raises(CannotReperform, match="openings are gone"):
        reperformance.reperform(piece.pk)
