"""Which code is running: the commit, as far as it can be known."""

import shutil
import subprocess
from functools import cache

from django.conf import settings

__all__ = ["code_commit"]


@cache
def code_commit() -> str:
    """`CODE_COMMIT` of the environment, else the commit of the git checkout, else empty."""
    git = shutil.which("git")
    if settings.CODE_COMMIT or git is None:
        return str(settings.CODE_COMMIT)
    command = [git, "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # no outside input
    return asked.stdout.strip()
