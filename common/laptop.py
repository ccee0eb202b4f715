"""What a laptop run makes for itself at first start, so that nothing has to be configured."""

import contextlib
import os
import secrets
from pathlib import Path

__all__ = ["kept_secret"]


def kept_secret(path: Path) -> str:
    """The secret in `path` (mode 0600), made on first use. Two processes starting at once get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was faster; its secret is the one
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
