"""How many pieces each person may ask for: a day's number, and a number that may wait at the same time.

Asked inside the transaction that writes the job, with the person's account row locked, so that two requests at once
are counted one after the other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from common import audit
from common.errors import TooManyRequests
from common.models import User
from generation.models import Account, Slot

__all__ = ["Quota", "QuotaExceeded", "allow", "check", "left"]

# Slots that wait move on within minutes; whoever asks again sooner only asks in vain.
_WAIT_SECONDS = 60


class QuotaExceeded(TooManyRequests):
    code = "quota_exceeded"
    title = "You have asked for as many pieces as one person may at this time."


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What a person may ask for and has asked for. The day is that of UTC, and ends at `renewed_at`."""

    per_day: int
    asked_today: int
    may_wait: int
    waiting: int
    renewed_at: datetime

    @property
    def left_today(self) -> int:
        """How many more pieces may be asked for before the day ends."""
        return max(0, self.per_day - self.asked_today)

    @property
    def left_now(self) -> int:
        """How many may be asked for at this moment."""
        return min(self.left_today, max(0, self.may_wait - self.waiting))


def left(user: User) -> Quota:
    """What `user` may still ask for, in two queries. Slots that were cancelled before anybody began them are free."""
    now = timezone.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = Q(state__in=[Slot.State.WAITING, Slot.State.CLAIMED])
    never_begun = Q(state=Slot.State.CANCELLED, attempts=0)
    of_today = Q(job__created_at__gte=today)
    counts = Slot.objects.filter(of_today | waiting, job__requested_by=user).aggregate(
        today=Count("pk", filter=of_today & ~never_begun), waiting=Count("pk", filter=waiting)
    )
    account = Account.objects.filter(user=user).values_list("pieces_per_day", flat=True).first()
    return Quota(
        per_day=settings.GENERATION_PIECES_PER_DAY if account is None else account,
        asked_today=counts["today"],
        may_wait=settings.GENERATION_WAITING_SLOTS,
        waiting=counts["waiting"],
        renewed_at=today + timedelta(days=1),
    )


def check(user: User, count: int) -> None:
    """Raise QuotaExceeded unless `user` may ask for `count` more pieces. Call it in the job's own transaction."""
    Account.objects.get_or_create(user=user)
    Account.objects.select_for_update().get(user=user)
    quota = left(user)
    if count > quota.left_today:
        seconds = max(1, round((quota.renewed_at - timezone.now()).total_seconds()))
        raise QuotaExceeded(
            f"You may ask for {quota.left_today} more pieces today, of {quota.per_day} a day (UTC).",
            retry_after=seconds,
        )
    if count > quota.left_now:
        raise QuotaExceeded(
            f"{quota.waiting} of your pieces wait to be made, of {quota.may_wait} that may. "
            f"Ask for at most {quota.left_now} now, or for more when some are done.",
            retry_after=_WAIT_SECONDS,
        )


def allow(*, account: Account, by: User) -> None:
    """Note in the audit trail that somebody's own number of pieces a day was set, or given back to the settings."""
    number = "as the settings say" if account.pieces_per_day is None else str(account.pieces_per_day)
    audit.record(action="account.pieces_per_day", subject=account, role="staff", actor=by, after=number)
