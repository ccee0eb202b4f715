"""Time that is counted in business days: no Saturday, no Sunday, none of the operator's holidays."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone

__all__ = ["after"]


def after(moment: datetime, days: int, holidays: Collection[date] = ()) -> datetime:
    """The end of the `days`-th business day after the day of `moment`, in the house's time zone."""
    day = timezone.localtime(moment).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5 and day not in holidays
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
