"""The wire to Stripe: one client for each key and address, its errors as ours, and how its values are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from marketplace.payments.provider import PaymentProviderError, PaymentProviderUnavailable, PaymentRefused

if TYPE_CHECKING:
    from requests import Session as WebSession
    from stripe import StripeClient

__all__ = ["client", "client_for", "id_of", "moment", "translated"]

_CONNECT_SECONDS = 3.05
_ANSWER_SECONDS = 15.0
_NETWORK_RETRIES = 2


def id_of(reference: Any) -> str | None:
    return reference if reference is None or isinstance(reference, str) else str(reference.id)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def client() -> StripeClient:
    return client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def client_for(key: str, base: str) -> StripeClient:
    """A client whose every address is `base`, so that nothing said to a sandbox can reach Stripe, nor the reverse."""
    host = urlsplit(base).hostname or ""
    at_stripe = not base or host == "api.stripe.com"
    if not key:
        raise ImproperlyConfigured("STRIPE_SECRET_KEY is empty: no payment can be taken.")
    if "_live_" in key and not at_stripe:
        raise ImproperlyConfigured(f"A live key is never sent to {host}: STRIPE_API_BASE must be Stripe's own.")
    import stripe

    http_client = stripe.RequestsClient(
        timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), session=None if at_stripe else _direct_session()
    )
    base = base.rstrip("/")
    return stripe.StripeClient(
        key,
        base_addresses=None if at_stripe else {"api": base, "connect": base, "files": base, "meter_events": base},
        http_client=http_client,
        max_network_retries=_NETWORK_RETRIES,
    )


def _direct_session() -> WebSession:
    """Asks the sandbox directly: a proxy set for the outside world cannot reach this computer's own loopback."""
    from requests import Session

    session = Session()
    session.trust_env = False
    return session


@contextmanager
def translated() -> Iterator[None]:
    """Turns the SDK's errors into ours, and keeps Stripe's code and request id for whoever looks into it."""
    import stripe

    try:
        yield
    except stripe.StripeError as error:
        extra = {"provider_code": error.error.code if error.error else None, "provider_request_id": error.request_id}
        if isinstance(error, stripe.CardError):
            raise PaymentRefused(error.user_message, **extra) from error
        status = error.http_status or 0
        if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or status == 409 or status >= 500:
            raise PaymentProviderUnavailable(**extra) from error
        raise PaymentProviderError(**extra) from error
