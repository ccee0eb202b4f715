"""What the house says of a file, and what it costs the web process to say it."""

import io
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from benchmarks.journeys import JOURNEYS
from common import storage
from generation import marked_texts
from generation.marked_texts import TextMark
from licensing.provenance import inquiry, verify
from tests.licensing.provenance.test_every_kind import a_piece
from tests.licensing.provenance.test_recovery import papered
from tests.racing import race


class Watched(io.BytesIO):
    """A file that knows how many of its kind are in memory at once."""

    now, most = 0, 0
    guard = threading.Lock()

    def read(self, size: int | None = -1) -> bytes:
        with self.guard:
            Watched.now += 1
            Watched.most = max(Watched.most, Watched.now)
        time.sleep(0.05)
        with self.guard:
            Watched.now -= 1
        return super().read(size)


@pytest.mark.django_db(transaction=True)
def test_one_file_at_a_time_is_in_the_memory_of_a_process() -> None:
    inquiry.look_into(io.BytesIO(b"warm"), name="warm")
    answers = race([lambda: inquiry.look_into(Watched(b"nothing"), name="x")] * 4)
    assert [one.report.overall.value for one in answers if isinstance(one, inquiry.Found)] == ["none"] * 4
    assert Watched.most == 1


def a_mark(**fields: Any) -> TextMark:
    given: dict[str, Any] = {"checkpoint": "verse", "scored": 60, "favoured": 40, "chance": 1e-10}
    return TextMark(**{**given, **fields})


@pytest.mark.django_db
def test_words_and_the_watermark_in_them_are_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = a_piece("text/plain")
    words = storage.read("masters", piece.master_name)
    monkeypatch.setattr(marked_texts, "find", lambda text: a_mark())

    found = inquiry.look_into(io.BytesIO(words), name="a.txt")

    assert (found.same_words, found.text_mark) == (piece.pk, a_mark())
    assert found.report.exit_code == 2, "what is left proves nothing, and changes no outcome"
    told = {verdict.code: verdict for verdict in found.report.verdicts}
    assert str(piece.pk) in told["words_known"].sentence("en")
    assert str(piece.pk) in told["words_known"].sentence("zh")
    assert "40 of 60" in told["text_mark_found"].sentence("en")
    assert "15 would be by chance" in told["text_mark_found"].sentence("en")
    assert "{" not in told["text_mark_found"].sentence("zh")


@pytest.mark.django_db
def test_a_chance_too_small_for_a_number_can_still_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_texts, "find", lambda text: a_mark(chance=0.0))
    found = inquiry.look_into(io.BytesIO(b"any words"), name="a.txt")
    assert "in 1000000000 shows" in found.report.verdicts[-1].sentence("en")


@pytest.mark.django_db
def test_the_sites_command_looks_for_what_is_left_and_the_standalone_one_has_nothing_to_ask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece, pixels = papered(1)
    (tmp_path / "found.jpg").write_bytes(JOURNEYS["half size"](pixels))

    with pytest.raises(SystemExit) as ended:
        call_command("verify", str(tmp_path / "found.jpg"))
    assert ended.value.code == 2
    assert str(piece.pk) in capsys.readouterr().out
    assert verify.main([str(tmp_path / "found.jpg")]) == 2
    assert "mark" not in capsys.readouterr().out
