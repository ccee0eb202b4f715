"""Training of language models is deterministic, resumes to the bit, learns, and hands over what the engine loads."""

import dataclasses
import hashlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load

from generation.engines.gpt import GptEngine
from generation.engines.parameters import spec_of
from generation.training import gpt, loop
from generation.training.config import ConfigError
from generation.training.gpt_config import GptConfig
from generation.training.muon import Muon, orthogonal
from generation.training.text import dataset
from generation.training.text.tang import CorpusError
from tests.generation.shipped import ROOT
from tests.generation.texts import plays_file, poems_file, tiny_config

CONFIGS = ROOT / "generation" / "training" / "configs"
TINY = GptConfig(**tiny_config())


@pytest.fixture(scope="module")
def poems(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("poems")
    corpus = poems_file(folder / "poems.jsonl")
    dataset.freeze("tang-poems", corpus, folder / "frozen")
    return corpus, folder / "frozen"


def _train(config: GptConfig, texts: tuple[Path, Path], run_dir: Path, **options: Any) -> loop.Finished:
    corpus, frozen = texts
    return gpt.train(config, dataset_dir=frozen, run_dir=run_dir, corpus=corpus, progress=lambda _: None, **options)


def _loaded(finished: loop.Finished, folder: Path) -> GptEngine:
    folder.mkdir()
    for name, content in finished.files.items():
        (folder / name).write_bytes(content)
    digest = hashlib.sha256(finished.files["weights.safetensors"]).hexdigest()
    return GptEngine.load(folder, weights_sha256=digest)


def test_an_interrupted_run_resumes_to_the_same_bits(poems: tuple[Path, Path], tmp_path: Path) -> None:
    whole = _train(TINY, poems, tmp_path / "whole")
    asked = iter([False] * 6 + [True])
    with pytest.raises(loop.Interrupted, match="after step 7"):
        _train(TINY, poems, tmp_path / "parts", stop=lambda: next(asked))
    resumed = _train(TINY, poems, tmp_path / "parts")
    assert resumed.files == whole.files
    assert resumed.metrics == whole.metrics
    other = _train(dataclasses.replace(TINY, seed=6), poems, tmp_path / "other")
    assert other.weights_digest != whole.weights_digest


def test_a_runs_length_may_change_until_it_slows_down(poems: tuple[Path, Path], tmp_path: Path) -> None:
    whole = _train(TINY, poems, tmp_path / "whole")
    longer = dataclasses.replace(TINY, steps=40, decay_steps=10)
    assert _train(longer, poems, tmp_path / "run", until=8).steps == 8
    assert _train(TINY, poems, tmp_path / "run").files == whole.files
    with pytest.raises(loop.StateMismatch, match="slowing down"):
        _train(dataclasses.replace(TINY, steps=30, decay_steps=20), poems, tmp_path / "run")
    with pytest.raises(loop.StateMismatch, match="another configuration"):
        _train(dataclasses.replace(TINY, rate=0.001), poems, tmp_path / "run")


def test_a_finished_verse_run_is_loaded_and_writes_in_form(poems: tuple[Path, Path], tmp_path: Path) -> None:
    finished = _train(TINY, poems, tmp_path / "run")
    assert (finished.engine, finished.kind, finished.steps) == ("gpt", "text", 12)
    tensors = load(finished.files["weights.safetensors"])
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert (tmp_path / "run" / "samples.txt").read_text(encoding="utf-8").count("\n") == 8
    engine = _loaded(finished, tmp_path / "checkpoint")
    spec = spec_of("gpt", json.loads(finished.files["architecture.json"]))
    (made,) = engine.generate([spec.request(1, {"form": "five-octave", "author": "李白"})])
    assert [len(line) for line in made.work.encode().decode().splitlines()] == [6] * 8


@pytest.mark.slow
def test_two_processes_share_every_batch_and_end_with_the_same_weights(
    poems: tuple[Path, Path], tmp_path: Path
) -> None:
    config = tmp_path / "tiny.toml"
    values = tiny_config(dataset="frozen", steps=6, decay_steps=2)
    config.write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items()), encoding="utf-8")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    program = ["-m", "generation.training.gpt", str(config), "--corpus", str(poems[0]), "--out", str(tmp_path / "run")]
    subprocess.run(  # our own program
        [*launch, *program, "--datasets", str(poems[1].parent)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=300,
    )
    states = [
        torch.load(tmp_path / "run" / name / "state.pt", weights_only=True)["state"]["model"]
        for name in (".", "process-1")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    alone = _train(gpt.parse(config.read_text(encoding="utf-8")), poems, tmp_path / "alone")
    assert (
        hashlib.sha256(alone.files["weights.safetensors"]).digest()
        != hashlib.sha256((tmp_path / "run" / "weights.safetensors").read_bytes()).digest()
    )


def test_running_text_is_trained_and_written_too(tmp_path: Path) -> None:
    corpus = plays_file(tmp_path / "plays.txt")
    frozen = dataset.freeze("shakespeare", corpus, tmp_path / "frozen")
    config = GptConfig(**tiny_config(text="prose", dataset="shakespeare-1", least=300, steps=40, decay_steps=20))
    finished = _train(config, (corpus, tmp_path / "frozen"), tmp_path / "run")
    first, *_, last = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert last["loss"] < first["loss"] - 1
    assert frozen.kind == "text"
    engine = _loaded(finished, tmp_path / "checkpoint")
    spec = spec_of("gpt", json.loads(finished.files["architecture.json"]))
    requests = [spec.request(seed, {"prompt": "The house", "max_tokens": 30, "facts": ["oak"]}) for seed in (1, 2)]
    texts = [made.work.encode().decode() for made in engine.generate(requests)]
    assert all("oak" in text for text in texts)
    assert [made.work.encode().decode() for made in engine.generate(requests[1:])] == texts[1:]


def test_a_corpus_that_is_missing_or_another_is_refused_and_its_origin_told(
    poems: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match="chinese-poetry/chinese-poetry"):
        gpt.train(TINY, dataset_dir=poems[1], run_dir=tmp_path, progress=lambda _: None)
    other = tmp_path / "other.jsonl"
    lines = poems[0].read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join([lines[1], *lines[1:]]), encoding="utf-8")
    with pytest.raises(CorpusError, match="differ"):
        gpt.train(TINY, dataset_dir=poems[1], run_dir=tmp_path, progress=lambda _: None, corpus=other)


def test_shipped_configurations_are_read_and_wrong_ones_refused() -> None:
    for name in ("verse-zh-1", "verse-en-1"):
        config = gpt.parse((CONFIGS / f"{name}.toml").read_text(encoding="utf-8"))
        assert f"{config.name}-{config.version}" == name
        assert config.pace(0) <= 1 / max(1, config.warmup)
        assert config.pace(config.steps - config.decay_steps) == 1
        assert 0 < config.pace(config.steps - 1) < 0.01
    text = (CONFIGS / "verse-zh-1.toml").read_text(encoding="utf-8")
    for wrong in (
        "unknown = 1\n" + text,
        text.replace("heads = 6", "heads = 7"),
        text.replace("seed = 20261125", "seed = -1"),
        text.replace('text = "verse"', 'text = "song"'),
        text.replace("width = 192", 'width = "wide"'),
        text.replace("show_none = 0.3", "show_none = 1.3"),
        "steps = [",
    ):
        with pytest.raises(ConfigError):
            gpt.parse(wrong)


def test_muon_takes_orthogonal_steps_and_finds_a_minimum() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for shape in ((3, 8, 20), (3, 20, 8)):
            values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
            assert float(values.min()) > 0.6
            assert float(values.max()) < 1.3
        matrix, wanted = torch.nn.Parameter(torch.zeros(6, 4)), torch.randn(6, 4)
    optimiser = Muon([matrix], lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        torch.autograd.backward((matrix - wanted).square().sum())
        optimiser.step()
    assert math.sqrt(float((matrix.detach() - wanted).square().mean())) < 0.1
