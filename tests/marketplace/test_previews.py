"""Previews: small, public, marked, and without anything that the master keeps to itself."""

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from PIL import Image, ImageChops, PngImagePlugin

from common import outbox, storage
from generation.models import Piece
from licensing.provenance import publish
from marketplace import previews
from marketplace.models import Preview
from tests import factories

pytestmark = pytest.mark.django_db


def piece_of(picture: Image.Image, **save: Any) -> Piece:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **save)
    name = storages["masters"].save("pieces/test.png", ContentFile(buffer.getvalue()))
    return factories.piece(factories.user(), width=picture.width, height=picture.height, master_name=name)


def opened(preview: Preview) -> Image.Image:
    image = Image.open(io.BytesIO(storage.read("previews", preview.name)))
    image.load()
    return image


def letters(image: Image.Image) -> tuple[int, int, int, int]:
    """The box around the light letters of the mark on a mid-grey picture."""
    box = image.convert("L").point(lambda value: 255 * (value > 215)).getbbox()
    assert box is not None
    return box


def test_a_wide_picture_gets_every_width_in_its_own_proportion() -> None:
    made = previews.make(piece_of(Image.new("RGB", (2000, 1000), (120, 120, 120))).pk)
    assert [(preview.width, preview.height) for preview in made] == [(480, 240), (960, 480), (1600, 800)]
    assert [opened(preview).size for preview in made] == [(480, 240), (960, 480), (1600, 800)]
    assert {opened(preview).format for preview in made} == {"WEBP"}


def test_no_preview_is_wider_than_the_picture() -> None:
    made = previews.make(piece_of(Image.new("RGB", (700, 900), (120, 120, 120))).pk)
    assert [(preview.width, preview.height) for preview in made] == [(480, 617), (700, 900)]


@pytest.mark.parametrize("size", [(2000, 1000), (600, 900), (128, 128)])
def test_the_letters_are_at_least_a_twentieth_of_the_short_side_high(size: tuple[int, int]) -> None:
    for preview in previews.make(piece_of(Image.new("RGB", size, (120, 120, 120))).pk):
        left, top, right, bottom = letters(opened(preview))
        assert bottom - top >= 0.05 * min(preview.width, preview.height)
        assert right - left <= 0.5 * preview.width


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_the_mark_reads_on_any_ground(ground: int) -> None:
    made = previews.make(piece_of(Image.new("RGB", (640, 480), (ground,) * 3)).pk)
    left, top, right, bottom = 480 - 150, 360 - 40, 480 - 14, 360 - 14
    plate = opened(made[0]).convert("L").crop((left, top, right, bottom))
    tones = plate.tobytes()
    darkest, lightest = min(tones), max(tones)
    contrast = (((lightest / 255) ** 2.2) + 0.05) / (((darkest / 255) ** 2.2) + 0.05)
    assert contrast >= 7


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_the_mark_keeps_clear_of_a_busy_corner(x: int, y: int) -> None:
    picture = Image.effect_noise((800, 600), 90).convert("RGB")
    picture.paste((120, 120, 120), (x * 400, y * 300, x * 400 + 400, y * 300 + 300))
    preview = previews.make(piece_of(picture).pk)[0]
    without = picture.resize((preview.width, preview.height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    changed = ImageChops.difference(opened(preview).convert("L"), without.convert("L"))
    half = (preview.width // 2, preview.height // 2)
    calm = changed.crop((x * half[0], y * half[1], x * half[0] + half[0], y * half[1] + half[1]))
    assert max(calm.tobytes()) > 90


def test_nothing_of_the_masters_metadata_comes_along_but_the_source_type_does() -> None:
    secret = PngImagePlugin.PngInfo()
    secret.add_text("parameters", "seed 424242, a private brief")
    preview = previews.make(piece_of(Image.new("RGB", (640, 480), (9, 99, 199)), pnginfo=secret).pk)[0]
    data = storage.read("previews", preview.name)
    assert b"424242" not in data
    assert b"private brief" not in data
    assert b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" in data


def test_making_them_again_changes_nothing() -> None:
    piece = factories.piece(factories.user())
    first = previews.make(piece.pk)
    again = previews.make(piece.pk)
    assert [preview.pk for preview in again] == [preview.pk for preview in first]
    assert Preview.objects.filter(piece=piece).count() == 1


def test_a_run_cut_short_is_completed_without_doubling() -> None:
    piece = piece_of(Image.new("RGB", (1000, 800), (120, 120, 120)))
    first = previews.make(piece.pk)
    Preview.objects.filter(pk=first[1].pk).delete()
    again = previews.make(piece.pk)
    assert [preview.name for preview in again] == [preview.name for preview in first]


def test_the_name_is_the_digest_of_the_preview_and_tells_nothing_of_the_piece() -> None:
    piece = factories.piece(factories.user())
    preview = previews.make(piece.pk)[0]
    assert len(preview.name) == len("ab/") + 64 + len(".webp")
    assert piece.content_sha256 not in preview.name
    assert str(piece.pk) not in preview.name


def test_a_piece_that_got_its_papers_gets_its_previews() -> None:
    piece = factories.piece(factories.user())
    publish.papers(piece.pk)
    outbox.deliver_due()
    assert [(preview.width, preview.height) for preview in piece.previews.all()] == [(64, 48)]


def a_text(words: str) -> Piece:
    name = storage.put("masters", words.encode(), ".txt").name
    return factories.piece(
        factories.user(), kind="text", media_type="text/plain", width=None, height=None, master_name=name
    )


def test_a_work_whose_master_is_no_picture_shows_its_still_once_it_has_papers() -> None:
    still = io.BytesIO()
    Image.new("RGB", (700, 500), (120, 120, 120)).save(still, "PNG")
    name = storage.put("masters", still.getvalue(), ".png").name
    piece = factories.piece(
        factories.user(), kind="sculpture", media_type="model/gltf-binary", width=None, height=None, still_name=name
    )
    outbox.emit("piece.papered", piece_id=str(piece.pk))
    outbox.deliver_due()
    assert [(preview.width, preview.height) for preview in piece.previews.all()] == [(480, 343), (700, 500)]


def test_a_text_is_shown_as_a_sheet_of_paper_with_its_words_and_the_mark() -> None:
    made = previews.make(a_text("霜降寒塘月满城，\n清风吹叶夜无声。\n").pk)
    assert [(preview.width, preview.height) for preview in made] == [(480, 600), (960, 1200), (1200, 1500)]
    sheet = opened(made[-1]).convert("L")
    ink = sheet.point(lambda value: 255 * (value < 90)).getbbox()
    assert ink is not None
    # Two lines of verse stand in the middle of the page, over the mark in a corner.
    assert 500 < ink[1] < 800


def test_of_a_long_text_only_the_beginning_can_be_read() -> None:
    words = "The harbour is quiet tonight, and nobody has come. " * 60
    sheet = opened(previews.make(a_text(words).pk)[-1]).convert("L")
    middle = sheet.crop((0, 150, 1200, 600)), sheet.crop((0, 1250, 1200, 1340))
    darkest = [min(part.tobytes()) for part in middle]
    assert darkest[0] < 60
    assert darkest[1] > 200


def test_letters_that_no_font_has_are_marked_and_an_empty_text_is_an_empty_sheet() -> None:
    for words in ("", "🐻\n", "ab\x00🐻c"):
        assert previews.make(a_text(words).pk)
