"""The tree of expected errors: what the outside gets as `application/problem+json` (RFC 9457), never as a 500.

DomainError
├── BadRequest           400  the request cannot be understood or has a value out of range
├── PermissionRefused    403  signed in, but not entitled
├── NotFound             404
├── Conflict             409  the thing is in another state than the request assumes
│   └── InvalidTransition     no such step from here for this actor
├── Gone                 410  it was here, and is no longer
├── PayloadTooLarge      413
├── Unprocessable        422  well formed, but refused by a rule
└── TooManyRequests      429  not now; `retry_after` says in how many seconds
Each app adds its own leaves beside the code that raises them. `code` is stable: callers may rely on it.
"""

from typing import Any, ClassVar

__all__ = [
    "BadRequest",
    "Conflict",
    "DomainError",
    "Gone",
    "InvalidTransition",
    "NotFound",
    "PayloadTooLarge",
    "PermissionRefused",
    "TooManyRequests",
    "Unprocessable",
]


class DomainError(Exception):
    """An expected refusal. `detail` is a sentence that says what to do; `extra` goes into the problem document."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "This was refused."

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        self.detail = detail or self.title
        self.extra = extra
        super().__init__(self.detail)


class BadRequest(DomainError):
    status = 400
    code = "bad_request"
    title = "The request cannot be carried out as it stands."


class PermissionRefused(DomainError):
    status = 403
    code = "permission_refused"
    title = "You may not do this."


class NotFound(DomainError):
    status = 404
    code = "not_found"
    title = "There is nothing here."


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = "Something changed in the meantime."


class InvalidTransition(Conflict):
    code = "invalid_transition"
    title = "This step is not possible from here."


class Gone(DomainError):
    status = 410
    code = "gone"
    title = "This is no longer available."


class PayloadTooLarge(DomainError):
    status = 413
    code = "payload_too_large"
    title = "The file is too large."


class Unprocessable(DomainError):
    status = 422
    code = "unprocessable"
    title = "A rule refuses this."


class TooManyRequests(DomainError):
    status = 429
    code = "too_many_requests"
    title = "Not now: try again later."

    def __init__(self, detail: str | None = None, *, retry_after: int, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after
