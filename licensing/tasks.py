"""Celery entry points of licensing."""

from celery import shared_task
from django.conf import settings


@shared_task(name="licensing.stamp_head", ignore_result=True)
def stamp_head() -> None:
    """Have the newest tree head stamped, where an authority is set; one that is silent is asked again next time."""
    if settings.TSA_URL:
        from licensing.provenance import log

        log.stamp_newest(url=settings.TSA_URL)


@shared_task(name="licensing.sweep_grants", ignore_result=True)
def sweep_grants() -> None:
    """End the licences whose time is over."""
    from licensing.licences import expiry

    expiry.sweep()


@shared_task(name="licensing.carry_withdrawals", ignore_result=True)
def carry_withdrawals() -> None:
    """Carry running withdrawals on, a little at a time, so that other work of the house gets its turn."""
    from licensing.rights import withdrawals

    withdrawals.carry_on(seconds=3)


@shared_task(name="licensing.sweep_claims", ignore_result=True)
def sweep_claims() -> None:
    """Take the next step of claims in which a side has let its time go by."""
    from licensing import claims

    claims.run_out()
