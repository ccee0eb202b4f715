"""Input works: kept byte by byte with a stated right, refused without one, and never anything but a still picture."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from PIL import Image

from common.errors import PayloadTooLarge
from common.models import User
from generation import inputs, jobs
from generation.engines.base import EngineError
from generation.models import Checkpoint, InputWork, Job
from tests import factories

pytestmark = pytest.mark.django_db


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), **save: Any) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, form, **save)
    return buffer.getvalue()


def bring(owner: User, data: bytes | None = None, **rights: str) -> InputWork:
    given = {"licence_spdx": "CC-BY-4.0", "rights_holder": "Ada Example", "source": "https://example.org/1", **rights}
    return inputs.store(owner=owner, data=picture() if data is None else data, **given)


def restyler() -> Checkpoint:
    return factories.checkpoint(engine="style-transfer", architecture={"swatches": ["ink"]})


def ask(person: User, **works: InputWork) -> Job:
    return jobs.request(requested_by=person, checkpoint=restyler(), parameters={}, inputs=works)


def files(owner: User) -> list[str]:
    try:
        return storages["masters"].listdir(f"inputs/{owner.pk}")[1]
    except FileNotFoundError:
        return []


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_kept_byte_by_byte_with_its_right_and_reaches_the_worker(form: str, media_type: str) -> None:
    person, data = factories.user(), picture(form)
    work = bring(person, data)

    assert (work.media_type, work.width, work.height) == (media_type, 40, 30)
    assert (work.licence_spdx, work.rights_holder) == ("CC-BY-4.0", "Ada Example")
    assert inputs.contents(ask(person, content=work)) == {"content": data}


def test_the_same_picture_under_the_same_right_is_the_same_input_work() -> None:
    person = factories.user()
    first, again = bring(person), bring(person)
    other = bring(factories.user())

    assert first == again != other
    assert len(files(person)) == 1


@pytest.mark.parametrize(
    "rights",
    [
        {"licence_spdx": ""},
        {"licence_spdx": "   "},
        {"licence_spdx": "NOASSERTION"},
        {"licence_spdx": "NONE"},
        {"licence_spdx": "found on the web"},
        {"licence_spdx": "CC-BY-99.9"},
        {"licence_spdx": "LicenseRef-"},
        {"rights_holder": ""},
        {"rights_holder": " \n "},
    ],
)
def test_without_a_stated_right_nothing_is_kept(rights: dict[str, str]) -> None:
    person = factories.user()
    with pytest.raises(inputs.RightMissing):
        bring(person, None, **rights)

    assert not InputWork.objects.exists()
    assert files(person) == []


def moving() -> bytes:
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in (0, 90, 180)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(buffer, "PNG")
    return buffer.getvalue()


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "text": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a GIF": picture("GIF"),
    "a TIFF": picture("TIFF"),
    "a PDF": picture("PDF"),
    "an EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n",
    "a picture cut short": picture("JPEG", (400, 300))[:900],
    "a PNG cut short": picture()[:-40],
    "a moving picture": moving(),
    "256 megapixels in a few kilobytes": bomb(),
    "a sliver": picture(size=(4000, 3)),
    "wider than anything": picture(size=(17_000, 20)),
}


@pytest.mark.parametrize("words", sorted(HOSTILE))
def test_what_is_no_still_picture_of_a_bounded_size_is_refused(words: str) -> None:
    person = factories.user()
    with pytest.raises(inputs.InputRefused):
        bring(person, HOSTILE[words])

    assert not InputWork.objects.exists()
    assert files(person) == []


def test_more_bytes_than_allowed_are_not_even_looked_at(settings: Any) -> None:
    settings.INPUT_MAX_BYTES = 100
    with pytest.raises(PayloadTooLarge):
        bring(factories.user())


def test_one_person_keeps_so_many_and_no_more(settings: Any) -> None:
    settings.INPUT_WORKS_PER_USER = 1
    person = factories.user()
    bring(person)
    with pytest.raises(inputs.TooManyInputs):
        bring(person, picture(size=(64, 64)))

    assert InputWork.objects.count() == 1
    assert bring(person).pk == InputWork.objects.get().pk


def test_two_statements_about_one_picture_are_not_mixed() -> None:
    person = factories.user()
    bring(person)
    with pytest.raises(inputs.InputKnown):
        bring(person, rights_holder="Somebody Else")

    assert InputWork.objects.get().rights_holder == "Ada Example"


def test_an_own_piece_can_be_worked_from_and_nobody_elses() -> None:
    person = factories.user()
    piece = factories.piece(person)
    work = inputs.from_piece(owner=person, piece=piece)

    assert (work.origin, work.piece, work.sha256) == ("piece", piece, piece.content_sha256)
    assert inputs.from_piece(owner=person, piece=piece) == work
    with pytest.raises(inputs.UnknownInput):
        inputs.from_piece(owner=factories.user(), piece=piece)
    with pytest.raises(inputs.InputRefused):
        inputs.from_piece(owner=person, piece=factories.piece(person, kind="text", media_type="text/plain"))
    assert InputWork.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_not_used_is_deleted_with_its_file_unless_it_is_here_under_another_licence() -> None:
    person = factories.user()
    first, second = bring(person), bring(person, licence_spdx="CC0-1.0")
    inputs.delete(work=first, by=person)
    assert len(files(person)) == 1

    inputs.delete(work=second, by=person)
    assert files(person) == []
    assert not InputWork.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_used_stays() -> None:
    person = factories.user()
    work = bring(person)
    ask(person, content=work)
    with pytest.raises(inputs.InputInUse):
        inputs.delete(work=work, by=person)

    assert InputWork.objects.filter(pk=work.pk).exists()
    assert len(files(person)) == 1


@pytest.mark.django_db(transaction=True)
def test_deleting_the_input_work_of_a_piece_leaves_its_master() -> None:
    person = factories.user()
    piece = factories.piece(person)
    inputs.delete(work=inputs.from_piece(owner=person, piece=piece), by=person)

    assert storages["masters"].exists(piece.master_name)


def test_a_file_that_was_altered_never_reaches_an_engine() -> None:
    person = factories.user()
    work = bring(person)
    job = ask(person, content=work)
    path = Path(storages["masters"].path(work.name))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(EngineError) as altered:
        inputs.contents(job)
    path.unlink()
    with pytest.raises(EngineError) as gone:
        inputs.contents(job)

    assert altered.value.code == gone.value.code == "input_altered"


def test_works_of_others_and_unknown_ones_are_not_found() -> None:
    person = factories.user()
    mine, foreign = bring(person), bring(factories.user())

    assert inputs.mine(person, {"content": mine.pk}) == {"content": mine}
    with pytest.raises(inputs.UnknownInput, match="style"):
        inputs.mine(person, {"content": mine.pk, "style": foreign.pk})
