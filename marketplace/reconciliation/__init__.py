"""Whether the books agree with themselves, with what was sold, and with the payment provider. Changes nothing."""

from datetime import datetime

from marketplace.reconciliation.provider import at_the_provider
from marketplace.reconciliation.rows import in_our_rows

__all__ = ["at_the_provider", "differences", "in_our_rows"]


def differences(*, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    """Everything that does not agree, one sentence each; empty if all does.

    `since` and `until` bound what is compared with the provider; our own rows are always looked at in full.
    """
    return [*in_our_rows(), *at_the_provider(since=since, until=until)]
