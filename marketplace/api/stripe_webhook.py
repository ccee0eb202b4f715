"""Where the payment provider knocks: an event is verified, stored once and acknowledged; it is acted on elsewhere."""

import logging

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import PayloadTooLarge
from marketplace import stripe_events
from marketplace.payments import gateway
from marketplace.tasks import sweep_stripe_events

__all__ = ["StripeWebhook"]

log = logging.getLogger(__name__)

LARGEST_BYTES = 256 * 1024


class StripeWebhook(APIView):
    """POST an event, signed. 200 once it is stored; 400 `bad_signature` or 413 `payload_too_large`, and nothing is."""

    authentication_classes = []
    permission_classes = [AllowAny]
    schema = None

    def post(self, request: Request) -> Response:
        body = request.read(LARGEST_BYTES + 1)
        if len(body) > LARGEST_BYTES:
            raise PayloadTooLarge(f"An event has at most {LARGEST_BYTES} bytes.")
        event = gateway.read_event(body, request.headers.get("Stripe-Signature", ""))
        if stripe_events.keep(event):
            _ring()
        return Response({"received": True})


def _ring() -> None:
    try:
        sweep_stripe_events.delay()
    except Exception:  # a lost bell only delays: the scheduler rings again
        log.warning("event bell could not be rung", exc_info=True)
