"""Celery entry points of the marketplace. Each works off rows, so that running it twice or late does no harm."""

from celery import shared_task

from marketplace import orders, payouts, refunds, search, stripe_events, webhooks
from marketplace.privacy import erasures, exports, retention


@shared_task(name="marketplace.sweep_orders", ignore_result=True)
def sweep_orders() -> None:
    """Expire what was not paid in time, and settle what was paid without anybody telling us."""
    orders.sweep()


@shared_task(name="marketplace.sweep_refunds", ignore_result=True)
def sweep_refunds() -> None:
    """Send the refunds that are due."""
    refunds.send_due()


@shared_task(name="marketplace.run_payouts", ignore_result=True)
def run_payouts() -> None:
    """Pay every maker who has enough: once a day."""
    payouts.run()


@shared_task(name="marketplace.sweep_payouts", ignore_result=True)
def sweep_payouts() -> None:
    """Send the transfers and reversals that are due."""
    payouts.sweep()


@shared_task(name="marketplace.sweep_stripe_events", ignore_result=True)
def sweep_stripe_events() -> None:
    """Act on the provider's events; also rung by the webhook."""
    stripe_events.process_due()


@shared_task(name="marketplace.send_webhooks", ignore_result=True)
def send_webhooks() -> None:
    """Tell the operator's systems what is due."""
    webhooks.deliver_due()


@shared_task(name="marketplace.sweep_search", ignore_result=True)
def sweep_search() -> None:
    """Write the search documents that are missing or outdated."""
    search.sweep()


@shared_task(name="marketplace.sweep_privacy", ignore_result=True)
def sweep_privacy() -> None:
    """Begin the erasures that are due and go on with those begun; make the next copy of somebody's data."""
    erasures.run_due()
    exports.make_due()


@shared_task(name="marketplace.retain", ignore_result=True)
def retain() -> None:
    """Let go of what is no longer needed."""
    retention.run()
