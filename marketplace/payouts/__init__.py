"""Paying makers: what they have coming, where it goes, how it is sent, and how it is taken back.

The provider is never called inside a transaction. A maker's balance changes hands under the lock of their account.
"""

from marketplace.payouts import reversals, transfers
from marketplace.payouts.accounts import refresh as refresh_account
from marketplace.payouts.accounts import refresh_waiting
from marketplace.payouts.reversals import recover
from marketplace.payouts.transfers import run

__all__ = ["recover", "refresh_account", "run", "send_due", "sweep"]


def send_due() -> int:
    """Send what was set aside for makers, take back what is owed, and return how much of both was done."""
    return transfers.send_due() + reversals.send_due()


def sweep() -> None:
    """What a lost message or a crash left undone: money to be sent, and accounts of which nobody told us."""
    send_due()
    refresh_waiting()
