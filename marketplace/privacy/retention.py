"""What goes by itself once its time is over. Each rule works off a chunk at a time, and may be repeated."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone

from common.models import AuditLine, IdempotentAnswer
from common.personal import CHUNK, ERASED, ERASED_EMAIL
from generation import personal as generation
from licensing.models import GrantTransfer
from marketplace.models import Commission, CommissionNote, Download, Draft, Order
from marketplace.privacy import exports

__all__ = ["run"]

_ENDED = (Commission.State.DELIVERED, Commission.State.DECLINED, Commission.State.CANCELLED)


def run() -> dict[str, int]:
    """Apply every rule; returns what each let go of."""
    call_command("clearsessions")
    gone = {"exports": exports.expire_due()}
    for name, (rule, days) in _rules().items():
        before = timezone.now() - timedelta(days=days)
        gone[name] = sum(iter(lambda rule=rule, before=before: rule(before), 0))  # type: ignore[misc]
    return gone


def _rules() -> dict[str, tuple[Callable[[datetime], int], int]]:
    return {
        "idle inputs": (lambda before: generation.delete_idle_inputs(before=before), settings.KEEP_IDLE_INPUTS_DAYS),
        "words of commissions": (_words_of_commissions, settings.KEEP_DRAFT_WORDS_DAYS),
        "addresses of offers": (_addresses_of_offers, settings.KEEP_DRAFT_WORDS_DAYS),
        "downloads": (_downloads, max(settings.KEEP_DOWNLOADS_DAYS, 366)),
        "answers": (_answers, settings.KEEP_ANSWERS_DAYS),
        "addresses of orders": (_addresses_of_orders, settings.KEEP_ORDERS_DAYS),
    }


def _words_of_commissions(before: datetime) -> int:
    """Of what ended before then: the brief, the quote, and what was said of drafts. Prices and states stay."""
    ended = Commission.objects.filter(state__in=_ENDED, created_at__lt=before).exclude(brief=ERASED, quote_note="")
    lines = AuditLine.objects.filter(subject_type=Commission._meta.label_lower, at__gte=before)
    touched = set(lines.values_list("subject_id", flat=True))
    due = [pk for pk in ended.order_by("pk").values_list("pk", flat=True) if str(pk) not in touched][:CHUNK]
    CommissionNote.objects.filter(draft__commission__in=due).update(text=ERASED)
    Draft.objects.filter(commission__in=due).update(note="")
    return Commission.objects.filter(pk__in=due).update(brief=ERASED, quote_note="")


def _addresses_of_offers(before: datetime) -> int:
    """Of offers of licences that nobody accepted: to whom they were made."""
    ended = GrantTransfer.objects.exclude(state=GrantTransfer.State.ACCEPTED).filter(expires_at__lt=before)
    due = ended.exclude(to_email=ERASED_EMAIL).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    return GrantTransfer.objects.filter(pk__in=list(due)).update(to_email=ERASED_EMAIL)


def _addresses_of_orders(before: datetime) -> int:
    due = Order.objects.filter(created_at__lt=before).exclude(email=ERASED_EMAIL).order_by("pk")
    return Order.objects.filter(pk__in=list(due.values_list("pk", flat=True)[:CHUNK])).update(email=ERASED_EMAIL)


def _downloads(before: datetime) -> int:
    return _delete(Download.objects.filter(at__lt=before))


def _answers(before: datetime) -> int:
    return _delete(IdempotentAnswer.objects.filter(created_at__lt=before))


def _delete(due: QuerySet[Any]) -> int:
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return int(due.model._default_manager.filter(pk__in=ids).delete()[0])
