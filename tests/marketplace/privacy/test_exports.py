"""A copy of everything about a person: whole, theirs alone, bounded, and gone in time."""

import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from common import personal, storage
from common.errors import NotFound
from common.models import ApiToken, OutboxEvent, User
from generation.models import Piece
from marketplace.models import Export
from marketplace.privacy import archive, erasures, exports
from tests import factories
from tests.marketplace.privacy.life import NAME, somebody
from tests.racing import race

pytestmark = pytest.mark.django_db


def _made(person: User) -> Export:
    asked = exports.ask(person=person, language="en")
    assert exports.make_due()
    asked.refresh_from_db()
    return asked


def _read(export: Export) -> dict[str, bytes]:
    with exports.open_file(export.pk, by=export.person) as file, ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_area_of_a_whole_life_is_in_it_with_the_files() -> None:
    person = somebody()
    export = _made(person)
    found = _read(export)

    held = [held for part in personal.parts() for held in part.held if held.rows(person).exists()]
    assert {f"data/{each.area}.json" for each in held} == {name for name in found if name.startswith("data/")}
    assert len(held) > 15
    job = json.loads(found["data/generation.job.json"])
    assert [each["prompt"] for each in job if each["prompt"]] == [f"{NAME} by the sea"]
    piece = Piece.objects.get(slot__job__requested_by=person)
    assert found[f"files/pieces/{piece.pk}.png"] == storage.read("masters", piece.master_name)
    assert sum(name.startswith("files/inputs/") for name in found) == 2
    assert any(name.endswith("/certificate.pdf") for name in found)
    assert b"data/generation.job.json" in found["README.txt"]
    assert (export.state, export.done, export.left_out) == (Export.State.READY, export.total, 0)
    assert export.total == archive.parts_of(person)
    assert [event.payload for event in OutboxEvent.objects.filter(topic="export.ready")] == [
        {"export_id": str(export.pk)}
    ]


def test_secrets_are_not_in_it_and_nobody_elses_data() -> None:
    person, other = somebody(), factories.user("neighbour")
    factories.job(other, prompt="neighbour's secret")
    whole = b"".join(content for name, content in _read(_made(person)).items() if name.startswith("data/"))

    assert person.password.encode() not in whole
    assert ApiToken.objects.get(user=person).secret_sha256.encode() not in whole
    assert b"neighbour" not in whole


def test_only_that_person_opens_it_and_only_in_time() -> None:
    person = factories.user()
    waiting = exports.ask(person=person, language="en")
    assert exports.ask(person=person, language="en") == waiting
    with pytest.raises(exports.ExportNotReady):
        exports.open_file(waiting.pk, by=person)
    exports.make_due()
    with pytest.raises(NotFound):
        exports.open_file(waiting.pk, by=factories.user())
    exports.open_file(waiting.pk, by=person).close()

    name = Export.objects.get().file_name
    Export.objects.update(expires_at=timezone.now())
    with pytest.raises(exports.ExportExpired):
        exports.open_file(waiting.pk, by=person)
    assert storages["masters"].exists(name)
    assert exports.expire_due() == 1
    assert exports.expire_due() == 0
    assert not storages["masters"].exists(name)
    with pytest.raises(exports.ExportExpired):
        exports.open_file(waiting.pk, by=person)
    assert exports.ask(person=person, language="en") != waiting


def test_files_beyond_the_bound_and_missing_ones_are_named(settings: Any) -> None:
    person = factories.user()
    gone, large, small = (factories.piece(person) for _ in range(3))
    storages["masters"].delete(gone.master_name)
    settings.EXPORT_MAX_BYTES = storages["masters"].size(large.master_name)
    export = _made(person)
    found = _read(export)

    assert json.loads(found["left_out.json"]) == [f"pieces/{gone.pk}.png", f"pieces/{small.pk}.png"]
    assert export.left_out == 2
    assert f"files/pieces/{large.pk}.png" in found


class Killed(BaseException):
    """What SIGKILL is to a process: nothing catches it."""


def test_a_killed_maker_is_followed_by_another_and_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    person = somebody()
    asked = exports.ask(person=person, language="en")

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(exports, "_finish", killed)
        with pytest.raises(Killed):
            exports.make_due()
    asked.refresh_from_db()
    first = asked.file_name
    assert (asked.state, storages["masters"].exists(first)) == (Export.State.MAKING, True)
    assert not exports.make_due()  # its lease still holds

    Export.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert exports.make_due()
    asked.refresh_from_db()
    assert (asked.state, asked.fence) == (Export.State.READY, 2)
    assert not storages["masters"].exists(first)
    assert _read(asked)


@pytest.mark.parametrize("tell_every", [0, 3600], ids=["while it tells how far it is", "at the end"])
def test_a_maker_that_lost_its_lease_stops(monkeypatch: pytest.MonkeyPatch, tell_every: int) -> None:
    monkeypatch.setattr(exports, "TELL_EVERY", timedelta(seconds=tell_every))
    person = factories.user()
    asked = exports.ask(person=person, language="en")
    write = archive.write

    def overtaken(*args: Any, **kwargs: Any) -> list[str]:
        Export.objects.filter(pk=asked.pk).update(fence=9)
        return write(*args, **kwargs)

    monkeypatch.setattr(archive, "write", overtaken)
    assert not exports.make_due()
    asked.refresh_from_db()
    assert (asked.state, asked.fence) == (Export.State.MAKING, 9)
    assert not storages["masters"].exists(asked.file_name)


def test_it_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = exports.ask(person=factories.user(), language="en")
    seen: list[int] = []
    monkeypatch.setattr(exports, "TELL_EVERY", timedelta(0))
    write = archive.write

    def watched(person: User, to: Any, *, progress: Any) -> list[str]:
        def tell(done: int) -> None:
            progress(done)
            seen.append(Export.objects.get(pk=asked.pk).done)

        return write(person, to, progress=tell)

    monkeypatch.setattr(archive, "write", watched)
    assert exports.make_due()
    assert seen == list(range(1, Export.objects.get().total + 1))


def test_one_that_always_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = exports.ask(person=factories.user(), language="en")

    def broken(*_: Any, **__: Any) -> list[str]:
        raise OSError("disk full")

    monkeypatch.setattr(archive, "write", broken)
    for _ in range(exports.MOST_TRIES + 1):
        assert not exports.make_due()
        Export.objects.filter(state=Export.State.MAKING).update(lease_expires_at=timezone.now())
    asked.refresh_from_db()
    assert asked.state == Export.State.FAILED
    assert exports.ask(person=asked.person, language="en") != asked


def test_an_erasure_takes_the_copies_with_it() -> None:
    person = factories.user()
    export = _made(person)
    erasure = erasures.ask(person=person, language="en")
    type(erasure).objects.update(due_at=timezone.now())
    for _ in range(3):
        erasures.run_due()

    assert not Export.objects.exists()
    assert not storages["masters"].exists(export.file_name)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_makers_at_once_one_makes_it() -> None:
    person = factories.user()
    factories.piece(person)
    asked = exports.ask(person=person, language="en")

    assert sorted(map(str, race([exports.make_due] * 6))) == ["False"] * 5 + ["True"]
    asked.refresh_from_db()
    assert (asked.state, asked.fence) == (Export.State.READY, 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_wishes_at_once_one_stands() -> None:
    person = factories.user()
    asked = race([lambda: exports.ask(person=person, language="en").pk] * 6)
    wished = race([lambda: erasures.ask(person=person, language="en").pk] * 6)

    assert len(set(asked)) == len(set(wished)) == 1
    assert not any(isinstance(each, Exception) for each in [*asked, *wished])
