"""Fetch a model of a hub into a folder, once, at one commit; what is made with it later needs no network.

Off unless `MODEL_HUB` is set. Only forms that hold data are fetched; `HF_HUB_OFFLINE` and `HF_ENDPOINT` are respected.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import PermissionRefused, Unprocessable
from generation.checkpoints import cards

__all__ = ["FetchFailed", "HubRefused", "fetch"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "LICENSE*", "README.md"]


class HubRefused(PermissionRefused):
    code = "hub_refused"
    title = "This installation fetches no models: set MODEL_HUB=1 to allow it, or bring the folder yourself."


class FetchFailed(Unprocessable):
    code = "fetch_failed"
    title = "The model could not be fetched."


def fetch(name: str, folder: Path, *, revision: str) -> dict[str, Any]:
    """Fetch `OWNER/NAME` at a commit into a new folder and draft its card, in which the source is filled in.

    Raises HubRefused, FetchFailed, or CheckpointRefused for files that are refused; then the folder is not there.
    """
    if not settings.MODEL_HUB:
        raise HubRefused()
    if not _NAME.fullmatch(name) or not _COMMIT.fullmatch(revision):
        raise FetchFailed("Name it as OWNER/NAME, and the revision by its whole commit: branches move.")
    if folder.exists():
        raise FetchFailed(f"{folder} is there already; name a new folder.")
    try:
        _download(name, folder, revision)
        return cards.write_draft(folder, source=f"https://huggingface.co/{name} at commit {revision}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _download(name: str, folder: Path, revision: str) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        snapshot_download(name, revision=revision, local_dir=folder, allow_patterns=_WANTED)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise FetchFailed(f"{name} could not be fetched: {str(error).strip().splitlines()[0][:300]}") from error
    # What the hub's client notes for itself is no part of the model.
    shutil.rmtree(folder / ".cache", ignore_errors=True)
