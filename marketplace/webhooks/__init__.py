"""Outgoing webhooks: what happened, told to the operator's own systems, signed, in order, and until heard."""

from marketplace.webhooks.endpoints import TOPICS, add, remove
from marketplace.webhooks.queue import enqueue, replay
from marketplace.webhooks.sending import deliver_due

__all__ = ["TOPICS", "add", "deliver_due", "enqueue", "remove", "replay"]
