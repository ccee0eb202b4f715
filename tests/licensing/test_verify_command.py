"""`manage.py verify` says what the site says, also of works that lost their papers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image

from common import storage
from generation.evaluation import text_marks
from licensing.provenance import recovery
from licensing.provenance.report import ExitCode
from tests import factories
from tests.licensing.provenance.test_recovery import papered


def told(capsys: pytest.CaptureFixture[str], path: Path, *, code: ExitCode) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        call_command("verify", str(path), "--json")
    assert ended.value.code == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.django_db
def test_a_picture_without_papers_is_named_by_its_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_index", recovery._Index())
    piece, pixels = papered(1)
    bare = io.BytesIO()
    Image.fromarray(pixels).save(bare, "JPEG", quality=80)
    path = tmp_path / "bare.jpg"
    path.write_bytes(bare.getvalue())

    answer = told(capsys, path, code=ExitCode.NONE)

    assert answer["trace"]["piece_id"] == str(piece.pk)
    assert "same_words" not in answer
    with pytest.raises(SystemExit):
        call_command("verify", str(path))
    assert str(piece.pk) in capsys.readouterr().out


@pytest.mark.django_db
def test_a_text_is_named_by_its_words_and_else_by_its_watermark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = storage.put("masters", b"Still water.\n", ".txt")
    text: dict[str, Any] = {"kind": "text", "media_type": "text/plain", "width": None, "height": None}
    piece = factories.piece(factories.user(), content_sha256=stored.sha256, master_name=stored.name, **text)
    path = tmp_path / "words.txt"
    path.write_text("Still water.\r\n\r\n")
    assert told(capsys, path, code=ExitCode.NONE)["same_words"] == str(piece.pk)

    monkeypatch.setattr(text_marks, "find", lambda *_: text_marks.Marked(name="m 1", z=5.0, scored=40, favoured=30))
    path.write_text("Other words.")
    assert told(capsys, path, code=ExitCode.NONE)["text_mark"]["name"] == "m 1"
