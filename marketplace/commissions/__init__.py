"""Commissions from brief to delivery. Every verb checks who asks, takes one step, and puts it on record.

briefed → quoted → deposit_paid → in_progress → drafted ⇄ revision_requested, drafted → accepted → paid → delivered;
and declined, cancelled. `steps.TABLE` says who may take which step.
"""

from marketplace.commissions.drafts import Note, accept_draft, latest_sent, request_revision, send_draft, start_draft
from marketplace.commissions.milestones import close_orders, deliver, milestone_paid, milestone_refunded
from marketplace.commissions.quotes import accept_quote, brief, cancel, decline, quote
from marketplace.commissions.reading import Happening, Milestone, Turn, money, timeline, visible_to, whose_turn

__all__ = [
    "Happening",
    "Milestone",
    "Note",
    "Turn",
    "accept_draft",
    "accept_quote",
    "brief",
    "cancel",
    "close_orders",
    "decline",
    "deliver",
    "latest_sent",
    "milestone_paid",
    "milestone_refunded",
    "money",
    "quote",
    "request_revision",
    "send_draft",
    "start_draft",
    "timeline",
    "visible_to",
    "whose_turn",
]
