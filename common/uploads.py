"""What a form may bring: no file of a request that is longer than the house takes ever reaches the disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

__all__ = ["FORM_BYTES", "BoundedUpload", "is_overlong"]

# What a form needs beside its file.
FORM_BYTES = 64 * 1024


def is_overlong(content_length: int | str | None) -> bool:
    """Whether a request of this stated length is longer than any form of ours."""
    return int(content_length or 0) > settings.VERIFY_MAX_BYTES + FORM_BYTES


class BoundedUpload(FileUploadHandler):
    """Stands before the handlers that keep files, and passes over those of an overlong request."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        self.overlong = is_overlong(content_length)

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        if self.overlong:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
