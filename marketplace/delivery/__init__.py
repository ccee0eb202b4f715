"""Delivery: grants and files for what was paid, and the signed links through which alone the files leave the house."""

from marketplace.delivery.files import make_files
from marketplace.delivery.fulfilment import fulfil, revoke
from marketplace.delivery.links import (
    Opened,
    What,
    current,
    grants_of,
    guest_key,
    guest_order,
    library,
    link,
    open,
)

__all__ = [
    "Opened",
    "What",
    "current",
    "fulfil",
    "grants_of",
    "guest_key",
    "guest_order",
    "library",
    "link",
    "make_files",
    "open",
    "revoke",
]
