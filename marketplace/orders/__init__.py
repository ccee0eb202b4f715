"""Orders from placing to paid, expired or cancelled. `settle` is the one door to paid.

The provider is never called inside a transaction. Locks are taken in one order: payment, order, artwork.
"""

from marketplace.orders.ending import cancel, expire_due, sweep
from marketplace.orders.paying import start_payment
from marketplace.orders.placing import (
    AlreadyPaid,
    MilestoneChanged,
    OfferNotFound,
    OwnArtwork,
    place,
    place_milestone,
)
from marketplace.orders.sessions import NotPayable, adopt_session
from marketplace.orders.settling import fulfil, settle

__all__ = [
    "AlreadyPaid",
    "MilestoneChanged",
    "NotPayable",
    "OfferNotFound",
    "OwnArtwork",
    "adopt_session",
    "cancel",
    "expire_due",
    "fulfil",
    "place",
    "place_milestone",
    "settle",
    "start_payment",
    "sweep",
]
