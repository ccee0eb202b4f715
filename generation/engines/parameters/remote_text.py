"""What can be asked of a language model behind an HTTP server that speaks as OpenAI's does."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from generation.engines.base import EngineError
from generation.engines.parameters.prose import prose_fields
from generation.engines.parameters.spec import Spec

__all__ = ["APIS", "spec"]

APIS = ("completions", "chat")
# Servers differ in what else they know; these every one of them takes.
_LEFT_OUT = ("top_k", "repetition_penalty")
_DEFAULT_ROOM = 4096


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`architecture` is the method's document. Raises EngineError `architecture_unknown` for a wrong one."""
    url = urlsplit(str(architecture["url"]))
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query or url.fragment:
        raise EngineError("architecture_unknown", "url must be http or https, without a user, a query or a fragment.")
    if architecture["api"] not in APIS or not str(architecture["model"]).strip():
        raise EngineError("architecture_unknown", f"api must be one of {', '.join(APIS)}, and model a name.")
    fields = prose_fields(room=int(architecture.get("positions", _DEFAULT_ROOM)), watermark=False)
    kept = {name: known for name, known in fields.items() if name not in _LEFT_OUT}
    return Spec(kind="text", fields=kept, queue=str(architecture.get("queue", "")))
