"""The ledger: double entry, append-only, balanced by the database itself (triggers on SQLite and PostgreSQL)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id


class Account(models.Model):
    """One account in one currency, e.g. `stripe_balance`, `platform_revenue`, `payable:maker:<id>`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "currency"], name="one_account_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class Entry(models.Model):
    """One transaction. Its lines are written first; posting it (`posted` becomes true) freezes it for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(max_length=120, unique=True, help_text="The business action: booked once.")
    kind = models.CharField(max_length=30)
    posted = models.BooleanField(default=False)
    booked_at = models.DateTimeField(default=timezone.now)
    matures_at = models.DateTimeField(
        null=True, blank=True, help_text="When what it makes payable may be paid out; at once where there is none."
    )

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.action


class Line(models.Model):
    """Debit (positive) or credit (negative) of one account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_line_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
