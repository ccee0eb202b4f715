"""What the marketplace keeps: makers, artworks with editions and offers, orders, money, commissions,
deliveries, and what people decide about their data."""

from marketplace.models.artwork import Artwork, Edition, Offer, Preview
from marketplace.models.commission import Commission, CommissionNote, Draft
from marketplace.models.delivery import Delivery, Download
from marketplace.models.ledger import Account, Entry, Line
from marketplace.models.order import Order, OrderLine
from marketplace.models.payment import Payment, Refund, StripeEvent
from marketplace.models.payout import PayoutAccount, Reversal, Transfer
from marketplace.models.privacy import Consent, Erasure, Export
from marketplace.models.profile import Profile
from marketplace.models.search import SearchDocument, SearchWord
from marketplace.models.webhook import WebhookEndpoint, WebhookMessage

__all__ = [
    "Account",
    "Artwork",
    "Commission",
    "CommissionNote",
    "Consent",
    "Delivery",
    "Download",
    "Draft",
    "Edition",
    "Entry",
    "Erasure",
    "Export",
    "Line",
    "Offer",
    "Order",
    "OrderLine",
    "Payment",
    "PayoutAccount",
    "Preview",
    "Profile",
    "Refund",
    "Reversal",
    "SearchDocument",
    "SearchWord",
    "StripeEvent",
    "Transfer",
    "WebhookEndpoint",
    "WebhookMessage",
]
