"""The operator's own licences: read from a folder, and refused with a sentence where something is wrong."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from licensing.licences import files, terms
from licensing.models import LicenceTemplate

TOML = """title = "Studio use"
summary = "Use it in one studio for a year."
rank = 5
lasts_days = 365
goods_limit = 10

[rights]
hang_show_lend = true
print_on_goods = true
train_a_model = false
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LICENCE_DIR = str(tmp_path)
    (tmp_path / "studio-use-1.toml").write_text(TOML)
    (tmp_path / "studio-use-1.en.md").write_text("# Studio use\n")
    return tmp_path


@pytest.mark.django_db
def test_an_operators_licence_stands_beside_ours(folder: Path) -> None:
    assert [row.slug for row in terms.install()][-1] == "studio-use"
    row = LicenceTemplate.objects.get(slug="studio-use")
    assert (row.version, row.text, row.text_zh, row.exclusive) == (1, "# Studio use\n", "", False)
    assert (row.lasts_days, row.goods_limit) == (365, 10)
    assert row.terms == {"hang_show_lend": True, "print_on_goods": True, "train_a_model": False}
    (folder / "studio-use-1.zh.md").write_text("# 工作室许可\n")
    with pytest.raises(terms.PublishedTextChanged):
        terms.install()
    for name in ("toml", "en.md", "zh.md"):
        (folder / f"studio-use-1.{name}").rename(folder / f"studio-use-2.{name}")
    terms.install()
    assert list(LicenceTemplate.objects.filter(slug="studio-use").values_list("version", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('title = "Studio use"', "", "it does not say its title"),
        ("rank = 5", "rank = 0", "rank must be a whole number from 1 to 32767"),
        ("rank = 5", "rank = true", "rank must be a whole number"),
        ("lasts_days = 365", 'lasts_days = "a year"', "lasts_days must be a whole number from 1 to 36500"),
        ("rank = 5", "rank = 5\nprice = 9", "nobody reads price"),
        ('summary = "Use', f'summary = "{"x" * 300}', "summary must be a text of at most 300 characters"),
        ("hang_show_lend", "hang_it", "there is no right hang_it; there are hang_show_lend, resell_edition"),
        ("hang_show_lend = true", 'hang_show_lend = "yes"', "hang_show_lend must be true or false"),
        ("print_on_goods = true\n", "", "goods_limit limits nothing"),
        ("= true\n", "= false\n", "at least one right is true"),
        ("[rights]", "rights", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(folder: Path, before: str, after: str, says: str) -> None:
    (folder / "studio-use-1.toml").write_text(TOML.replace(before, after))
    with pytest.raises(files.LicenceFileWrong) as caught:
        files.all_written()
    assert caught.value.detail.startswith("studio-use-1.toml")
    assert says in caught.value.detail


def test_a_wrong_name_a_missing_text_and_a_missing_folder_are_said(folder: Path, settings: Any) -> None:
    (folder / "studio-use-1.en.md").write_text("  \n")
    with pytest.raises(files.LicenceFileWrong, match=r"studio-use-1\.toml: its text is empty"):
        files.all_written()
    (folder / "studio-use-1.en.md").unlink()
    with pytest.raises(files.LicenceFileWrong, match=r"studio-use-1\.toml cannot be read"):
        files.all_written()
    (folder / "studio-use-1.toml").rename(folder / "Studio.toml")
    with pytest.raises(files.LicenceFileWrong, match=r"Studio\.toml: name it SLUG-VERSION\.toml"):
        files.all_written()
    settings.LICENCE_DIR = str(folder / "nowhere")
    with pytest.raises(files.LicenceFileWrong, match="which is no folder"):
        files.all_written()


def test_the_names_of_our_licences_are_taken(folder: Path) -> None:
    for name in ("toml", "en.md"):
        (folder / f"studio-use-1.{name}").rename(folder / f"personal-2.{name}")
    with pytest.raises(files.LicenceFileWrong, match="Give personal-2 another name"):
        files.all_written()


@pytest.mark.django_db
def test_set_up_says_it_in_one_sentence(folder: Path) -> None:
    (folder / "studio-use-1.toml").write_text("[")
    with pytest.raises(CommandError, match=r"studio-use-1\.toml cannot be read"):
        call_command("set_up")
    assert not LicenceTemplate.objects.exists()
