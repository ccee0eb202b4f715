"""A picture that lost its papers is found again by its mark, and no other picture is."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image

from benchmarks.journeys import JOURNEYS
from common import storage
from generation.models import Piece
from generation.training.studio import EVALUATION_SEEDS, FAMILIES_OF, Recipe, render
from licensing.models import Fingerprint, Mark, SignedFile
from licensing.provenance import (
    alignment,
    credential_report,
    credentials,
    fingerprints,
    inquiry,
    keys,
    marks,
    publish,
    recovery,
    verify,
    watermark,
)
from tests import factories

Pixels = NDArray[np.uint8]
FAMILIES, SIDE = FAMILIES_OF["2"], 512


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process remembers fingerprints; between tests their rows are taken back."""
    monkeypatch.setattr(recovery, "_index", recovery._Index())


def painting(number: int) -> Pixels:
    return render(Recipe(FAMILIES[number % len(FAMILIES)], EVALUATION_SEEDS.start + number, number, SIDE, "2"))


def papered(number: int) -> tuple[Piece, Pixels]:
    """A piece with a real picture as its master, and the pixels of its signed file."""
    out = io.BytesIO()
    Image.fromarray(painting(number)).save(out, "PNG")
    stored = storage.put("masters", out.getvalue(), ".png")
    told: dict[str, Any] = {"width": SIDE, "height": SIDE, "content_sha256": stored.sha256, "master_name": stored.name}
    piece = factories.piece(factories.user(), **told)
    file = publish.papers(piece.pk)
    with Image.open(io.BytesIO(storage.read("masters", file.name))) as signed:
        return piece, np.asarray(signed.convert("RGB"))


@pytest.mark.django_db
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_piece_is_named_after_every_journey(journey: str) -> None:
    pieces = [papered(number) for number in range(4)]
    piece, pixels = pieces[1]

    trace = recovery.find(JOURNEYS[journey](pixels))

    assert trace is not None
    assert trace.piece_id == piece.pk
    assert trace.bits >= watermark.ENOUGH


@pytest.mark.django_db
def test_a_picture_laid_on_its_side_is_found_and_an_unmarked_original_is_not() -> None:
    piece, pixels = papered(3)

    trace = recovery.find(JOURNEYS["JPEG, quality 70"](np.ascontiguousarray(np.rot90(pixels, 3))))

    assert trace is not None
    assert trace.piece_id == piece.pk
    assert recovery.find(storage.read("masters", piece.master_name)) is None


@pytest.mark.django_db
def test_other_pictures_and_what_is_no_picture_are_claimed_by_nobody() -> None:
    papered(0)

    for number in range(8, 24):
        assert recovery.find(JOURNEYS["JPEG, quality 70"](painting(number))) is None
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"x" * 1000, JOURNEYS["mirrored"](painting(0))[:800]):
        assert recovery.find(data) is None


@pytest.mark.django_db
def test_another_secret_reads_nothing_from_the_mark() -> None:
    pixels = painting(2)
    marked = watermark.embed(pixels, 123456789, secret=b"ours")
    square = watermark.square(marked)

    assert watermark.agreement(watermark.read(square, secret=b"ours"), 123456789) == 64
    assert watermark.agreement(watermark.read(square, secret=b"theirs"), 123456789) < watermark.ENOUGH
    assert watermark.agreement(watermark.read(watermark.square(pixels), secret=b"ours"), 123456789) < watermark.ENOUGH
    error = np.square(marked.astype(float) - pixels).mean()
    assert 10 * np.log10(255**2 / error) > 36


@pytest.mark.django_db
def test_the_mark_of_a_piece_stays_and_the_database_lets_nobody_change_it() -> None:
    piece = factories.piece(factories.user())
    pixels = painting(5)
    first = marks.marked(piece, pixels)
    marks.remember(piece, first)
    marks.remember(piece, first)

    assert np.array_equal(marks.marked(piece, pixels), first)
    assert Fingerprint.objects.filter(piece=piece).count() == len(fingerprints.of_piece(watermark.square(first)))
    for act in (
        lambda: Mark.objects.update(payload=1),
        lambda: Fingerprint.objects.all().delete(),
        lambda: Mark.objects.create(piece=factories.piece(factories.user()), payload=piece.mark.payload, version=1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_rows_that_are_committed_late_are_read_all_the_same() -> None:
    first, pixels = papered(0)
    index = recovery._Index()
    seen = fingerprints.of_stranger(watermark.square(pixels))
    assert index.nearest(seen)[0][:2] == (0, first.pk)

    late = factories.piece(factories.user())
    other = watermark.square(painting(9))
    Fingerprint.objects.create(
        pk=Fingerprint.objects.earliest("pk").pk - 1, piece=late, part=0, bits=fingerprints.of_piece(other)[0]
    )

    assert index.nearest(fingerprints.of_stranger(other))[0][:2] == (0, late.pk)
    assert len(index._pieces) == Fingerprint.objects.count()


@pytest.mark.django_db
def test_the_house_says_which_piece_it_is_and_never_that_it_is_trusted() -> None:
    piece, pixels = papered(1)

    found = inquiry.look_into(io.BytesIO(JOURNEYS["half size"](pixels)), name="found.jpg")

    assert found.report.overall.value == "none"
    assert found.made_here is False
    assert found.trace is not None
    assert found.trace.piece_id == piece.pk


def test_a_flat_picture_carries_no_bits_of_anything() -> None:
    flat, everywhere = np.full((512, 512), 128, np.float32), np.ones((512, 512), bool)
    original = watermark.square(painting(0))
    carried = watermark.read_against(flat, everywhere, original, secret=b"ours")
    assert watermark.agreement(carried, 123456789) < watermark.ENOUGH


def test_pictures_without_anything_in_common_are_not_laid_onto_each_other() -> None:
    flat = np.full((512, 512), 128, np.float32)
    assert alignment.onto(flat, watermark.square(painting(0))) is None
    assert alignment.onto(watermark.square(painting(0)), flat) is None
    with pytest.raises(ValueError, match="64 bits"):
        watermark.embed(painting(0), 1 << 64, secret=b"x")


@pytest.mark.django_db
def test_the_credential_names_the_mark_that_is_read_in_the_picture_and_so_does_a_buyers_copy() -> None:
    piece, _ = papered(1)
    signed = SignedFile.objects.get(piece=piece)
    data, house = storage.read("masters", signed.name), keys.ensure(settings.SIGNING_KEYS)
    mark = Mark.objects.get(piece=piece)
    copy = credentials.sign_copy(
        signed=data, media_type=signed.media_type, title="Copy", grant_id="grant-1", keys=house, at=timezone.now()
    )

    for one in (data, copy):
        read = credentials.read(data=one, media_type=signed.media_type, anchors=house.root_pem)
        assert (read.state, read.failures) == (credentials.State.TRUSTED, ())
        assert read.soft_binding is not None
        assert read.soft_binding == {"alg": watermark.ALGORITHM, "value": f"{mark.payload:016x}"}
        assert read.papers is not None
        told = verify.check(one, name="x", trust=verify.Trust(anchors=house.root_pem)).as_json()
        assert told["soft_binding"] == read.soft_binding
        named = int(read.soft_binding["value"], 16)
    picture = watermark.square(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    carried = watermark.read(picture, secret=marks.secret(mark.version))
    assert watermark.agreement(carried, named) == watermark.BITS


@pytest.mark.parametrize("blocks", [None, [], {}, [7], [{"value": 7}], [{}]])
def test_a_strangers_soft_binding_of_another_shape_is_passed_over(blocks: object) -> None:
    assertion = {"label": "c2pa.soft-binding", "data": {"alg": "theirs", "blocks": blocks}}
    report = {"active_manifest": "one", "manifests": {"one": {"assertions": [assertion]}}}
    assert credential_report.understand(report).soft_binding is None


@pytest.mark.django_db
def test_after_a_rotation_new_pieces_get_the_new_secret_and_old_marks_are_still_read(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIGNING_KEYS = tmp_path / "keys"
    before = papered(1)
    call_command("signing_keys", "rotate-mark")
    after = papered(2)

    assert [Mark.objects.get(piece=piece).version for piece, _ in (before, after)] == [1, 2]
    assert marks.secret(1) != marks.secret(2)
    assert marks.marked(before[0], painting(1)).tolist() == before[1].tolist(), "a piece keeps its mark"
    for piece, pixels in (before, after):
        trace = recovery.find(JOURNEYS["half size"](pixels))
        assert trace is not None
        assert trace.piece_id == piece.pk
    call_command("signing_keys", "show")
    assert "mark        secret 2" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_secret_that_is_gone_is_asked_for_and_never_made_anew(settings: Any, tmp_path: Path) -> None:
    settings.SIGNING_KEYS = tmp_path / "keys"
    assert marks.rotate() == 2
    piece, _ = papered(1)
    (tmp_path / "keys" / "watermark-2.key").unlink()

    assert Mark.objects.get(piece=piece).version == 2
    with pytest.raises(keys.KeysDamaged, match=r"watermark-2\.key"):
        marks.secret(2)
    assert marks.rotate() == 3, "the lost one's number is not given to another"
