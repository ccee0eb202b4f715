"""What the OpenAPI description says about every operation alike: refusals, and the list of their codes."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions

from common.api.bearer import needed
from common.api.problems import MEDIA_TYPE
from common.errors import DomainError

__all__ = ["AppSession", "BearerScheme", "SessionCookie", "codes", "with_problems"]

# No serializer of ours is one of pydantic's, and to look for them would load it: 7 MB in every web process.
PydanticExtension.target_class = None  # type: ignore[assignment]

PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457). `code` is stable; `errors` says per field what would be right.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": True},
    },
    "additionalProperties": True,
}
STANDARD: tuple[type[exceptions.APIException], ...] = (
    exceptions.ParseError,
    exceptions.NotAuthenticated,
    exceptions.AuthenticationFailed,
    exceptions.PermissionDenied,
    exceptions.NotFound,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
    exceptions.Throttled,
)


class SessionCookie(SessionScheme):  # type: ignore[no-untyped-call]
    """How the description calls a browser's session."""

    target_class = "common.api.sessions.SignedInBySession"


class AppSession(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description calls an app's session."""

    target_class = "common.api.sessions.SignedInByApp"
    name = "appSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        words = "An app's session: sign in under `/api/auth/app/v1/`, which `/api/auth/openapi.json` describes."
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token", "description": words}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description calls an API token, and which scope it needs where."""

    target_class = "common.api.bearer.BearerToken"
    name = "apiToken"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]] | list[dict[str, list[str]]]:
        wanted = needed(auto_schema.view, auto_schema.method)
        return {self.name: [wanted]} if wanted else []

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, `vns_…`, with the scope named here."}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problem document as every operation's `default` answer, and the codes to the description."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    refused = {"description": "Refused", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path in result["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].setdefault("default", refused)
    rows = "\n".join(f"| `{code}` | {status} | {meaning} |" for code, (status, meaning) in sorted(codes().items()))
    result["info"]["description"] += f"\n\n## Errors\n\n| code | status | meaning |\n|---|---|---|\n{rows}\n"
    return result


def codes() -> dict[str, tuple[int, str]]:
    """Every stable code that is in use, with its status and meaning."""
    found = {"invalid": (400, "Some fields are not right; `errors` says which.")}
    found |= {error.default_code: (error.status_code, str(error.default_detail)) for error in STANDARD}
    return found | {error.code: (error.status, error.title) for error in _leaves(DomainError)}


def _leaves(of: type[DomainError]) -> Iterator[type[DomainError]]:
    for error in of.__subclasses__():
        yield error
        yield from _leaves(error)
