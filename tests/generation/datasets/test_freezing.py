"""Freezing is all or nothing: what is frozen can be proved item by item, and what is refused is refused by name."""

import csv
import hashlib
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from generation import datasets
from generation.datasets import Terms
from generation.models import Dataset
from generation.training import frozen
from tests.generation.datasets.samples import TERMS, asked, picture, text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(("sea/one.png", "sea/two.jpg", "hill/three.webp")):
        picture(tmp_path / "in" / name, number)
    text(tmp_path / "in" / "README.md", "not an item")
    return tmp_path / "in"


def test_a_folder_of_pictures_is_frozen_with_digest_terms_fingerprint_and_label(folder: Path, tmp_path: Path) -> None:
    read = datasets.freeze(folder, asked(), into=tmp_path / "out")
    assert [item["name"] for item in read.items] == ["hill/three.webp", "sea/one.png", "sea/two.jpg"]
    item = read.items[1]
    content = (folder / "sea" / "one.png").read_bytes()
    assert item["sha256"] == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "out" / item["file"]).read_bytes() == content
    assert (item["label"], item["licence_spdx"], item["rights_holder"]) == ("sea", "CC-BY-4.0", "Ada Painter")
    assert (item["source"], item["consent_basis"]) == (TERMS.source, TERMS.consent_basis)
    assert item["fingerprint"].startswith("pdq:")
    assert len(item["fingerprint"]) == 4 + 64
    assert (read.kind, read.licence_counts, read.opt_out_count) == ("picture", {"CC-BY-4.0": 3}, 0)
    assert frozen.load(tmp_path / "out").merkle_root == read.merkle_root


def test_freezing_the_same_files_again_gives_the_same_root(folder: Path, tmp_path: Path) -> None:
    first = datasets.freeze(folder, asked(), into=tmp_path / "one")
    assert datasets.freeze(folder, asked(), into=tmp_path / "two").merkle_root == first.merkle_root


@pytest.mark.django_db
def test_a_frozen_folder_is_taken_in_with_columns_for_fingerprint_title_and_signals(
    folder: Path, tmp_path: Path
) -> None:
    text(folder / "robots.txt", "User-agent: *\nAllow: /\n")
    (folder / "items.csv").write_text("file,title\nsea/one.png,At sea\n", encoding="utf-8")
    datasets.freeze(folder, asked(), into=tmp_path / "out")
    version = datasets.install(tmp_path / "out")
    item = version.items.get(title="At sea")
    assert item.fingerprint.startswith("pdq:")
    assert item.opt_out == {"robots.txt": "open"}
    assert (version.kind, version.opt_out_count, version.item_count) == ("picture", 0, 3)
    assert [step["name"] for step in version.cleaning] == ["duplicates", "near-copies"]
    assert item.recipe is not None
    assert item.recipe["name"] == "sea/one.png"


def test_items_without_a_licence_are_refused_by_name_and_nothing_is_frozen(folder: Path, tmp_path: Path) -> None:
    rows = [("sea/one.png", "CC0-1.0"), ("sea/two.jpg", ""), ("hill/three.webp", "")]
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "licence"), *rows])
    terms = Terms("", "Ada Painter", "a studio", "permission")
    with pytest.raises(datasets.ItemsWithoutLicence, match=r"hill/three\.webp lacks licence") as refused:
        datasets.freeze(folder, asked(terms=terms), into=tmp_path / "out")
    assert refused.value.code == "items_without_licence"
    assert refused.value.extra["items"] == ["hill/three.webp", "sea/two.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_licence_that_spdx_does_not_know_is_none(folder: Path, tmp_path: Path) -> None:
    terms = Terms("free for all", "Ada Painter", "a studio", "permission")
    with pytest.raises(datasets.ItemsWithoutLicence, match="no identifier of the SPDX list"):
        datasets.freeze(folder, asked(terms=terms), into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("terms", "lacks"),
    [
        (Terms("MIT", "", "a studio", "permission"), "rights holder"),
        (Terms("MIT", "Ada", "", "permission"), "source"),
        (Terms("MIT", "Ada", "a studio", " "), "consent basis"),
    ],
)
def test_holder_source_and_consent_are_needed_too(folder: Path, tmp_path: Path, terms: Terms, lacks: str) -> None:
    with pytest.raises(datasets.ItemsWithoutLicence, match=f"lacks {lacks}"):
        datasets.freeze(folder, asked(terms=terms), into=tmp_path / "out")


def test_rows_of_a_table_speak_for_their_files_and_keep_further_columns(folder: Path, tmp_path: Path) -> None:
    row = {"file": "sea/one.png", "license": "https://creativecommons.org/publicdomain/zero/1.0/", "creator": "Bo"}
    row |= {"title": "A sea", "family": "waves", "camera": "none", "url": "https://bo.example/sea.png"}
    (folder / "items.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    read = datasets.freeze(folder, asked(), into=tmp_path / "out")
    item = next(item for item in read.items if item["name"] == "sea/one.png")
    assert (item["licence_spdx"], item["rights_holder"], item["title"]) == ("CC0-1.0", "Bo", "A sea")
    assert (item["label"], item["camera"], item["source"]) == ("waves", "none", "https://bo.example/sea.png")
    assert read.licence_counts == {"CC-BY-4.0": 2, "CC0-1.0": 1}


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("file,licence\nnone.png,MIT\n", "names files that are not there: none.png"),
        ("file,licence\nsea/one.png,MIT\nsea/one.png,MIT\n", "two rows for sea/one.png"),
        ("licence\nMIT\n", "needs a file or a text"),
        ('file,licence\n"sea/one.png,MIT\n', "cannot be read"),
        ("file,file name!,licence\nsea/one.png,x,MIT\n", "no plain name"),
    ],
)
def test_a_table_that_is_wrong_is_refused(folder: Path, tmp_path: Path, table: str, complaint: str) -> None:
    (folder / "items.csv").write_text(table, encoding="utf-8")
    with pytest.raises(datasets.DatasetRefused, match=complaint):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_cannot_say_what_freezing_itself_finds_out(folder: Path, tmp_path: Path) -> None:
    (folder / "items.csv").write_text("file,sha256,fingerprint,index\nsea/one.png,00,pdq:00,7\n", encoding="utf-8")
    read = datasets.freeze(folder, asked(), into=tmp_path / "out")
    assert [item["index"] for item in read.items] == [0, 1, 2]
    assert all(len(item["sha256"]) == 64 and len(item["fingerprint"]) == 68 for item in read.items)


def test_equal_files_count_once_and_near_copies_are_counted(folder: Path, tmp_path: Path) -> None:
    (folder / "sea" / "copy.png").write_bytes((folder / "sea" / "one.png").read_bytes())
    with Image.open(folder / "sea" / "one.png") as opened:
        opened.save(folder / "sea" / "near.jpg", quality=98, subsampling=0)
    read = datasets.freeze(folder, asked(), into=tmp_path / "out")
    duplicates, near = read.description["cleaning"]
    assert (len(read.items), duplicates["dropped"], near["near"]) == (4, 1, 1)


def test_links_other_files_and_broken_pictures_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "sea" / "tool.exe").write_bytes(b"MZ")
    with pytest.raises(datasets.DatasetRefused, match=r"sea/tool\.exe"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    (folder / "sea" / "tool.exe").unlink()
    os.symlink("/etc/hostname", folder / "sea" / "host.txt")
    with pytest.raises(datasets.DatasetRefused, match="is a link"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    (folder / "sea" / "host.txt").unlink()
    (folder / "sea" / "broken.png").write_bytes((folder / "sea" / "one.png").read_bytes()[:200])
    with pytest.raises(datasets.DatasetRefused, match=r"broken\.png cannot be opened"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    (folder / "sea" / "broken.png").write_bytes((folder / "sea" / "two.jpg").read_bytes())
    with pytest.raises(datasets.DatasetRefused, match="is a JPEG; its name says otherwise"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("1", (20_000, 20_000)).save(tmp_path / "in" / "bomb.png")
    with pytest.raises(datasets.DatasetTooLarge, match="million pixels"):
        datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")


def test_pictures_and_texts_are_two_datasets_and_nothing_is_none(folder: Path, tmp_path: Path) -> None:
    text(folder / "sea" / "poem.txt", "words")
    with pytest.raises(datasets.DatasetRefused, match="two datasets"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(datasets.DatasetRefused, match="nothing to freeze"):
        datasets.freeze(tmp_path / "empty", asked(), into=tmp_path / "out")


def test_frozen_data_never_change(folder: Path, tmp_path: Path) -> None:
    read = datasets.freeze(folder, asked(), into=tmp_path / "out")
    with pytest.raises(datasets.DatasetRefused, match="never change"):
        datasets.freeze(folder, asked(), into=tmp_path / "out")
    assert frozen.load(tmp_path / "out") == read


def test_texts_are_cleaned_and_each_step_says_what_it_did(tmp_path: Path) -> None:
    for number in range(3):
        text(
            tmp_path / "in" / f"{number}.txt", f"The {number}th  story of a ship,\r\nand what became of it in the end."
        )
    text(tmp_path / "in" / "again.txt", "The 0th story of a ship,\nand what became of it in the end.")
    text(tmp_path / "in" / "zh.txt", "春眠不覺曉，處處聞啼鳥。")
    text(tmp_path / "in" / "page.html", "<p>A page about the weather of <b>yesterday</b>.</p><script>x()</script>")
    read = datasets.freeze(tmp_path / "in", asked(language="en", tokeniser="bpe:300"), into=tmp_path / "out")
    steps = {step["name"]: step for step in read.description["cleaning"]}
    assert steps["whitespace"]["changed"] >= 3
    assert steps["language"]["dropped"] == 1
    assert steps["duplicates"]["dropped"] == 1
    assert steps["tokeniser"]["vocabulary"] <= 300
    assert len(steps["tokeniser"]["vocabulary_sha256"]) == 64
    page = next(item for item in read.items if item["name"] == "page.html")
    assert (tmp_path / "out" / page["file"]).read_text(encoding="utf-8") == "A page about the weather of yesterday."
    assert page["fingerprint"].startswith("simhash64:")
    assert read.kind == "text"


def test_chinese_texts_of_a_table_are_frozen_with_their_characters(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = [
        {"text": "春眠不覺曉,處處聞啼鳥。", "title": "春曉"},
        {"text": "床前明月光,疑是地上霜。", "title": "靜夜思"},
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "in" / "items.jsonl").write_text(lines, encoding="utf-8")
    read = datasets.freeze(tmp_path / "in", asked(language="zh", tokeniser="characters:1"), into=tmp_path / "out")
    assert [item["title"] for item in read.items] == ["春曉", "靜夜思"]
    kept = (tmp_path / "out" / read.items[0]["file"]).read_text(encoding="utf-8")
    assert kept == "春眠不覺曉，處處聞啼鳥。"
    vocabulary = json.loads((tmp_path / "out" / "tokeniser.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert {"春", "曉", "<unk>"} < set(vocabulary)


def test_a_text_that_is_not_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    text(tmp_path / "in" / "good.txt", "fine")
    (tmp_path / "in" / "latin.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(datasets.DatasetRefused, match=r"latin\.txt is not UTF-8 \(byte 3\)"):
        datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")


@pytest.mark.django_db
def test_nothing_of_a_refused_dataset_reaches_the_database(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(folder, asked(terms=Terms()), into=tmp_path / "out")
    with pytest.raises(datasets.DatasetRefused):
        datasets.install(tmp_path / "out")
    assert not Dataset.objects.exists()
