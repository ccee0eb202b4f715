"""The door for an ASGI server, which serves event streams only: `uvicorn config.asgi:application`.

A fleet's proxy sends `/api/v1/generations/<id>/events` here, where thousands of listeners cost one process; all else
stays with the WSGI processes, which answer streams too where there is no such proxy, a few at a time.
"""

import os
import re
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_asgi_application()
_SERVED = re.compile(r"/api/v1/generations/[0-9a-f-]{36}/events|/healthz|/readyz")


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Events and signs of life; any other address is not here."""
    if scope["type"] == "http" and not _SERVED.fullmatch(scope["path"]):
        await _not_here(send)
    else:
        await _django(scope, receive, send)  # type: ignore[arg-type]


async def _not_here(send: ASGISendCallable) -> None:
    from common.api import document
    from common.errors import NotFound

    answer = document(NotFound("This process serves the events of generations only."))
    headers = [(b"content-type", answer["Content-Type"].encode())]
    start: Any = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
    body: Any = {"type": "http.response.body", "body": answer.content}
    await send(start)
    await send(body)
