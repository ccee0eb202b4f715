"""What the sandbox refuses, in the words, codes and statuses that Stripe uses."""

from __future__ import annotations

from typing import Any

__all__ = ["StripeRefusal", "invalid", "missing_resource", "not_simulated"]


class StripeRefusal(Exception):
    """An answer other than 200. `stored`: whether an idempotency key remembers it, as Stripe's do once work began."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.body: dict[str, Any] = {"message": message, "type": kind}
        if code is not None:
            self.body["code"] = code
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.body["param"] = param


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeRefusal:
    """A parameter that Stripe would refuse before it begins any work."""
    return StripeRefusal(message, code=code, param=param, stored=False)


def missing_resource(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> StripeRefusal:
    return StripeRefusal(f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param)


def not_simulated(what: str, *, param: str | None = None) -> StripeRefusal:
    """Stripe knows this and the sandbox does not: said aloud, because silence would pass code that was never tried."""
    return invalid(
        f"The sandbox does not simulate {what}. Stripe itself accepts it: try it in Stripe's test mode.",
        param=param,
        code="sandbox_not_simulated",
    )
