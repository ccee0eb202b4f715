"""A folder from outside has one digest for all its files; what can run code, links and needless files are refused."""

import json
from pathlib import Path

import pytest

from generation.engines import folders
from generation.engines.base import EngineError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "model_index.json").write_text("{}", encoding="utf-8")
    return tmp_path


def test_the_digest_covers_names_places_and_contents_but_not_the_card(folder: Path) -> None:
    first = folders.digest(folder)
    folders.check(folder, first)
    (folder / "card.json").write_text(json.dumps({"weights_sha256": first}), encoding="utf-8")
    assert folders.digest(folder) == first
    digests = {first}
    (folder / "model_index.json").write_text("{ }", encoding="utf-8")
    digests.add(folders.digest(folder))
    (folder / "unet" / "model.safetensors").rename(folder / "model.safetensors")
    digests.add(folders.digest(folder))
    (folder / "more.json").write_text("{}", encoding="utf-8")
    digests.add(folders.digest(folder))
    assert len(digests) == 4
    with pytest.raises(EngineError) as refused:
        folders.check(folder, first)
    assert refused.value.code == "weights_altered"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pytorch_model.bin", "code_refused"),
        ("model.PT", "code_refused"),
        ("old.ckpt", "code_refused"),
        ("unet/state.pkl", "code_refused"),
        ("modeling.py", "code_refused"),
        ("tensors.npz", "code_refused"),
        ("run.sh", "file_refused"),
        ("no-suffix", "file_refused"),
        ("名.json", "file_refused"),
    ],
)
def test_files_that_no_model_needs_are_refused_by_name(folder: Path, name: str, code: str) -> None:
    (folder / name).write_bytes(b"x")
    with pytest.raises(EngineError) as refused:
        folders.digest(folder)
    assert refused.value.code == code


def test_links_are_refused_also_to_folders(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.json").write_text("{}", encoding="utf-8")
    for name, target in (
        ("linked.json", elsewhere / "secret.json"),
        ("linked", elsewhere),
        ("lost.json", elsewhere / "x"),
    ):
        (folder / name).symlink_to(target)
        with pytest.raises(EngineError) as refused:
            folders.digest(folder)
        assert refused.value.code == "file_refused"
        (folder / name).unlink()


def test_too_many_too_deep_and_no_weights_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_BYTES", 5)
    with pytest.raises(EngineError) as refused:
        folders.digest(folder)
    assert refused.value.code == "folder_too_large"
    monkeypatch.undo()
    deep = folder / "a" / "b" / "c" / "d" / "e"
    deep.mkdir(parents=True)
    with pytest.raises(EngineError) as refused:
        folders.digest(folder)
    assert refused.value.code == "file_refused"
    deep.rmdir()
    (folder / "unet" / "model.safetensors").unlink()
    with pytest.raises(EngineError) as refused:
        folders.digest(folder)
    assert refused.value.code == "weights_missing"
    with pytest.raises(EngineError) as refused:
        folders.digest(folder / "nowhere")
    assert refused.value.code == "weights_missing"
