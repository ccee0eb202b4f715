"""Croissant in and out: only local files that are what their digests say, and a round trip that loses nothing."""

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from generation import datasets
from generation.datasets import Terms
from generation.training import frozen
from tests.generation.datasets.samples import asked, picture, text
from tests.generation.shipped import DATASET_2

CONSENT = asked(terms=Terms(consent_basis="licence of the collection"))


def _object(path: Path, encoding: str, **fields: Any) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "encodingFormat": encoding,
        "sha256": digest,
        **fields,
    }


def _describe(folder: Path, *distribution: dict[str, Any], **fields: Any) -> Path:
    document = {
        "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "paintings",
        "license": "https://creativecommons.org/licenses/by-sa/4.0/",
        "creator": {"@type": "Person", "name": "Ada Painter"},
        "url": "https://ada.example/paintings",
        "distribution": list(distribution),
        **fields,
    }
    path = folder / "croissant.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def archived(tmp_path: Path) -> Path:
    """A ZIP of two pictures and a note, as a FileObject beside the description."""
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as made:
        for number in range(2):
            made.write(picture(tmp_path / "source" / f"{number}.png", number), f"sea/{number}.png")
        made.writestr("sea/note.pdf", b"%PDF")
    return folder


def _file_set(**fields: Any) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": "pictures", "includes": "sea/*.png", "encodingFormat": "image/png", **fields}


def test_a_file_set_within_a_zip_is_frozen_on_the_terms_of_its_description(archived: Path, tmp_path: Path) -> None:
    files = _file_set(containedIn={"@id": "all.zip"})
    path = _describe(archived, _object(archived / "all.zip", "application/zip"), files)
    read = datasets.freeze(path, CONSENT, into=tmp_path / "out")
    assert [item["name"] for item in read.items] == ["sea/0.png", "sea/1.png"]
    assert read.licence_counts == {"CC-BY-SA-4.0": 2}
    item = read.items[0]
    assert (item["rights_holder"], item["source"]) == ("Ada Painter", "https://ada.example/paintings")
    assert (item["label"], read.description["frozen_from"]) == ("sea", "Croissant")


def test_a_file_whose_digest_differs_is_refused(archived: Path, tmp_path: Path) -> None:
    path = _describe(archived, _object(archived / "all.zip", "application/zip", sha256="0" * 64), _file_set())
    with pytest.raises(datasets.DatasetRefused, match=r"all\.zip is not the file that was described"):
        datasets.freeze(path, CONSENT, into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "address", ["https://example.org/all.zip", "../all.zip", "/etc/passwd", "", "file:///etc/passwd", "x\\y", 5]
)
def test_nothing_outside_is_read_and_nothing_is_fetched(archived: Path, tmp_path: Path, address: Any) -> None:
    (tmp_path / "all.zip").write_bytes((archived / "all.zip").read_bytes())
    path = _describe(archived, _object(archived / "all.zip", "application/zip", contentUrl=address))
    with pytest.raises(datasets.DatasetRefused, match=r"beside the description|outside"):
        datasets.freeze(path, CONSENT, into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_links_are_not_followed(archived: Path, tmp_path: Path) -> None:
    os.symlink(tmp_path / "source", archived / "linked")
    node = _object(tmp_path / "source" / "0.png", "image/png", contentUrl="linked/0.png")
    with pytest.raises(datasets.ArchiveUnsafe, match="behind a link"):
        datasets.freeze(_describe(archived, node), CONSENT, into=tmp_path / "out")
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(_describe(archived, _file_set(includes="linked/*.png")), CONSENT, into=tmp_path / "out")


def test_a_description_without_a_licence_freezes_nothing(archived: Path, tmp_path: Path) -> None:
    files = _file_set(containedIn={"@id": "all.zip"})
    path = _describe(archived, _object(archived / "all.zip", "application/zip"), files, license="")
    with pytest.raises(datasets.ItemsWithoutLicence):
        datasets.freeze(path, CONSENT, into=tmp_path / "out")


def test_records_of_a_table_are_texts_with_their_own_terms(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    table = text(folder / "poems.csv", "id,body,terms\n1,A short poem of rain,CC0-1.0\n2,Another one of wind,MIT\n")
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"poems/{name}",
            "name": name,
            "source": {"fileObject": {"@id": "poems.csv"}, "extract": {"column": column}},
        }
        for name, column in (("text", "body"), ("license", "terms"))
    ]
    records = [{"@type": "cr:RecordSet", "@id": "poems", "field": fields}]
    path = _describe(folder, _object(table, "text/csv"), recordSet=records)
    read = datasets.freeze(path, CONSENT, into=tmp_path / "out")
    assert (read.kind, read.licence_counts) == ("text", {"CC0-1.0": 1, "MIT": 1})


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"conformsTo": "http://mlcommons.org/croissant/1.0", "distribution": 5}', "[" * 5000]
)
def test_what_is_no_croissant_is_refused(tmp_path: Path, content: str) -> None:
    path = text(tmp_path / "in" / "croissant.json", content)
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(path, CONSENT, into=tmp_path / "out")


def test_what_is_exported_and_frozen_again_is_the_same_dataset(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "in" / "sea" / f"{number}.png", number)
    (tmp_path / "in" / "items.csv").write_text(
        "file,licence,title,label\nsea/0.png,CC0-1.0,First,waves\nsea/1.png,MIT,,waves\n", encoding="utf-8"
    )
    first = datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    address = "https://house.example/api/v1/datasets/small"
    path = datasets.export(tmp_path / "out", into=tmp_path / "away", published_at="2026-11-25", address=address)
    document = json.loads(path.read_text(encoding="utf-8"))
    table = next(part for part in document["distribution"] if part["@type"] == "cr:FileObject")
    lines = (tmp_path / "away" / "items.jsonl").read_bytes()
    assert table["sha256"] == hashlib.sha256(lines).hexdigest()
    assert frozen.merkle_root([json.loads(line) for line in lines.splitlines()]) == first.merkle_root
    assert document["license"] == [f"https://spdx.org/licenses/{name}.html" for name in ("CC-BY-4.0", "CC0-1.0", "MIT")]
    again = datasets.freeze(path, asked(terms=Terms()), into=tmp_path / "again")
    assert again.items == first.items
    assert again.merkle_root == first.merkle_root


def test_a_version_is_exported_into_a_new_folder_only(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    with pytest.raises(datasets.DatasetRefused, match="is there already"):
        datasets.export(tmp_path / "out", into=tmp_path / "in", published_at="2026-11-25", address="x")
    with pytest.raises(datasets.DatasetRefused, match="cannot be read"):
        datasets.export(tmp_path / "none", into=tmp_path / "new", published_at="2026-11-25", address="x")
    assert not (tmp_path / "new").exists()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # the library's own, of its RDF parser
def test_a_shipped_dataset_as_croissant_is_read_without_complaint_by_the_fields_own_library(tmp_path: Path) -> None:
    path = datasets.export(DATASET_2, into=tmp_path / "out", published_at="2026-11-26", address="https://example.org/")

    read = mlcroissant.Dataset(jsonld=str(path))

    assert not read.metadata.ctx.issues.errors
    assert not read.metadata.ctx.issues.warnings
    assert read.metadata.ctx.conforms_to.name == "V_1_1"
    assert "no third party's work" in str(read.metadata.to_json()["rai:dataCollection"])
    first = next(iter(read.records("items")))
    assert first["items/licence_spdx"] == b"CC0-1.0"
