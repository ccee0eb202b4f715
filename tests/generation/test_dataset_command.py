"""`manage.py dataset` from the outside: what it prints, leaves behind and refuses."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from generation.models import Dataset, DatasetVersion
from tests.generation.datasets.samples import picture

pytestmark = pytest.mark.django_db

TERMS = ("--licence", "CC-BY-4.0", "--rights-holder", "Ada", "--source", "a studio", "--consent", "permission")


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"
    picture(tmp_path / "in" / "a.png")


def _run(*options: str) -> str:
    out = io.StringIO()
    call_command("dataset", *options, stdout=out)
    return out.getvalue()


def test_a_folder_is_frozen_taken_in_exported_and_verified(tmp_path: Path) -> None:
    shown = _run("freeze", str(tmp_path / "in"), "--slug", "mine", *TERMS)
    version = DatasetVersion.objects.get()
    assert f"mine version 1: 1 items (1 under CC-BY-4.0), Merkle root {version.merkle_root}" in shown
    folder = tmp_path / "var" / "datasets" / "mine-1"
    assert version.merkle_root in _run("verify", str(folder))
    assert "croissant.json" in _run("export", "mine@1", "--out", str(tmp_path / "away"))
    assert (tmp_path / "away" / "croissant.json").is_file()
    picture(tmp_path / "in" / "b.png", 2)
    assert "mine version 2: 2 items" in _run("freeze", str(tmp_path / "in"), "--slug", "mine", *TERMS)
    assert "mine version 1" in _run("install", str(folder))


def test_a_recipe_is_frozen_once(tmp_path: Path) -> None:
    shown = _run("freeze", "recipe:1000000:3", "--slug", "drawn")
    assert "drawn version 1: 3 items (3 under CC0-1.0)" in shown
    with pytest.raises(CommandError, match="never change"):
        _run("freeze", "recipe:1000000:3", "--slug", "drawn", "--version", "1")
    with pytest.raises(CommandError, match="seeds 1000000"):
        _run("freeze", "recipe:5:3", "--slug", "other")


def test_what_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"a\.png lacks licence"):
        _run("freeze", str(tmp_path / "in"), "--slug", "mine", "--rights-holder", "Ada")
    with pytest.raises(CommandError, match="small letters"):
        _run("freeze", str(tmp_path / "in"), "--slug", "../mine", *TERMS)
    with pytest.raises(CommandError, match="no dataset version"):
        _run("export", "mine@1", "--out", str(tmp_path / "away"))
    with pytest.raises(CommandError, match="cannot be read"):
        _run("verify", str(tmp_path))
    assert not Dataset.objects.exists()
    assert not list((tmp_path / "var").glob("datasets/*"))
