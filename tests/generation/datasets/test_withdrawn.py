"""What was withdrawn is in no version that is frozen afterwards; the versions that are there stay as they are."""

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from generation import datasets
from generation.models import DatasetVersion, WithdrawnItem
from generation.training import frozen
from tests.generation.datasets.samples import TERMS, asked, picture, text

pytestmark = pytest.mark.django_db


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_next_version_leaves_a_withdrawn_picture_out_and_says_so(tmp_path: Path) -> None:
    source = tmp_path / "in"
    paths = [picture(source / f"{number}.png", number) for number in range(3)]
    datasets.freeze(source, asked(), into=tmp_path / "one")
    first = datasets.install(tmp_path / "one")
    WithdrawnItem.objects.create(sha256=_sha256(paths[1]))

    terms = {"licence": TERMS.licence, "rights_holder": TERMS.rights_holder, "source": TERMS.source}
    options = {f"item_{name}": value for name, value in terms.items()} | {"item_consent": TERMS.consent_basis}
    call_command("dataset", "freeze", str(source), slug="small", out=tmp_path / "two", stdout=StringIO(), **options)

    second = DatasetVersion.objects.get(version=2)
    kept = set(second.items.values_list("sha256", flat=True))
    assert kept == {_sha256(paths[0]), _sha256(paths[2])}
    assert (second.cleaning[0]["name"], second.cleaning[0]["dropped"], second.cleaning[1]["dropped"]) == (
        "withdrawn",
        1,
        0,
    )
    assert {path.stem for path in (tmp_path / "two" / "items").iterdir()} == kept
    assert first.items.count() == 3


def test_a_withdrawn_text_is_left_out_and_teaches_the_tokeniser_nothing(tmp_path: Path) -> None:
    gone = text(tmp_path / "in" / "gone.txt", "snow 雪雪雪雪 snow\n")
    text(tmp_path / "in" / "kept.txt", "the quiet sea at noon\n")
    everything = datasets.freeze(tmp_path / "in", asked(tokeniser="characters:1"), into=tmp_path / "all")
    assert "雪" in (tmp_path / "all" / "tokeniser.json").read_text(encoding="utf-8")
    [digest] = [item["sha256"] for item in everything.items if item["name"] == gone.name]

    read = datasets.freeze(
        tmp_path / "in",
        asked(withdrawn=frozenset([digest]), tokeniser="characters:1"),
        into=tmp_path / "out",
    )

    assert [item["name"] for item in read.items] == ["kept.txt"]
    assert "雪" not in (tmp_path / "out" / "tokeniser.json").read_text(encoding="utf-8")


def test_a_folder_frozen_before_is_not_taken_in_after_the_withdrawal(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "a.png")
    datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    WithdrawnItem.objects.create(sha256=_sha256(path))
    with pytest.raises(datasets.ItemsWithdrawn) as refused:
        datasets.install(tmp_path / "out")
    assert (refused.value.status, refused.value.code) == (422, "items_withdrawn")
    assert not DatasetVersion.objects.exists()


def test_a_dataset_of_nothing_else_is_refused(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "a.png")
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(tmp_path / "in", asked(withdrawn=frozenset([_sha256(path)])), into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_withdrawals_the_root_and_the_steps_are_as_ever(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    plain = datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "one")
    other = datasets.freeze(tmp_path / "in", asked(withdrawn=frozenset(["0" * 64])), into=tmp_path / "two")
    assert plain.merkle_root == other.merkle_root
    assert frozen.load(tmp_path / "one").description["cleaning"] == other.description["cleaning"]
