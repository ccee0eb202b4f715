"""A form that is longer than the house takes loses its files before they are written anywhere."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from common.uploads import FORM_BYTES


def form(size: int) -> Any:
    return RequestFactory().post("/", {"words": "kept", "file": SimpleUploadedFile("x.png", b"a" * size)})


def test_an_overlong_form_keeps_its_words_and_loses_its_files(settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 1000
    request = form(1000 + FORM_BYTES)
    assert (request.POST["words"], dict(request.FILES)) == ("kept", {})


def test_a_form_that_fits_keeps_both(settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 1000
    request = form(1000)
    assert (request.POST["words"], request.FILES["file"].read()) == ("kept", b"a" * 1000)
