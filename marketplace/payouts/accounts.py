"""Where a maker's money goes: an account with the payment provider, which the maker fills in on the provider's page."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common import audit
from common.errors import Unprocessable
from common.models import User
from marketplace.models import PayoutAccount, Profile
from marketplace.payments import connect
from marketplace.payments.provider import PaymentProviderError, PaymentProviderUnavailable

__all__ = ["AccountRefused", "NotAMaker", "Onboarding", "begin", "refresh", "refresh_waiting"]

log = logging.getLogger(__name__)

_LOOK_AGAIN = timedelta(hours=1)


class NotAMaker(Unprocessable):
    code = "not_a_maker"
    title = "Only makers are paid. Open a maker's profile first."


class AccountRefused(Unprocessable):
    code = "payout_account_refused"
    title = "The payment provider did not open an account. Check the country, or write to us."


class Onboarding(NamedTuple):
    """The provider's page for the maker, good for one visit until `expires_at`."""

    url: str
    expires_at: datetime


def begin(*, user: User, country: str) -> Onboarding:
    """Open the maker's account, unless there is one, and give a link to its form. `NotAMaker`, `AccountRefused`.

    The row is committed before the provider is asked, and its key names the maker: asking again opens no second
    account. Once there is one, its country stays.
    """
    account = _row(user, country)
    if not account.provider_id:
        _open(account, user)
    page = f"{settings.SITE_URL}{reverse('storefront:earnings')}"
    url, expires_at = connect.onboarding_link(account.provider_id or "", return_url=f"{page}?back=1", refresh_url=page)
    return Onboarding(url, expires_at)


def refresh(*, provider_id: str) -> None:
    """Look again at an account that the provider says has changed. One that is not ours is left alone."""
    account = PayoutAccount.objects.filter(provider_id=provider_id).first()
    if account is None:
        return
    asked_at = timezone.now()
    theirs = connect.retrieve_account(provider_id)
    seen = {
        "submitted": theirs.submitted,
        "active": theirs.active,
        "requirements": theirs.requirements,
        "disabled_reason": theirs.disabled_reason[:120],
        "seen_at": asked_at,
    }
    with transaction.atomic():
        # Of two who look at the same time, the one who asked later knows more.
        older = PayoutAccount.objects.filter(Q(seen_at__isnull=True) | Q(seen_at__lt=asked_at), pk=account.pk)
        if older.update(**seen) and theirs.active != account.active:
            states = {True: "active", False: "closed"}
            audit.record(
                action="payout_account.change",
                subject=account,
                role="system",
                before=states[account.active],
                after=states[theirs.active],
                reason=theirs.disabled_reason,
            )


def refresh_waiting(*, limit: int = 50) -> None:
    """Look again at accounts that are not active yet, in case an event was lost: each once an hour.

    One that cannot be looked at holds up no other.
    """
    before = timezone.now() - _LOOK_AGAIN
    waiting = PayoutAccount.objects.filter(
        Q(seen_at__isnull=True) | Q(seen_at__lt=before), active=False, provider_id__isnull=False
    )
    for provider_id in list(waiting.order_by("seen_at").values_list("provider_id", flat=True)[:limit]):
        try:
            refresh(provider_id=provider_id or "")
        except PaymentProviderUnavailable:
            log.warning("the payment provider does not answer: accounts are looked at later")
            return
        except Exception:
            log.exception("account %s could not be looked at", provider_id)
            PayoutAccount.objects.filter(provider_id=provider_id).update(seen_at=timezone.now())


def _row(user: User, country: str) -> PayoutAccount:
    if not Profile.objects.filter(pk=user.pk).exists():
        raise NotAMaker()
    with transaction.atomic(durable=True):
        account, _ = PayoutAccount.objects.get_or_create(maker_id=user.pk, defaults={"country": country})
        if not account.provider_id and account.country != country:
            PayoutAccount.objects.filter(pk=account.pk, provider_id__isnull=True).update(country=country)
            account.country = country
    return account


def _open(account: PayoutAccount, user: User) -> None:
    try:
        theirs = connect.create_account(
            maker_id=str(user.pk),
            country=account.country,
            email=user.email,
            idempotency_key=f"account:{user.pk}:{account.country}",
        )
    except PaymentProviderError as error:
        raise AccountRefused(**error.extra) from error
    with transaction.atomic(durable=True):
        mine = PayoutAccount.objects.filter(pk=account.pk, provider_id__isnull=True)
        if mine.update(provider_id=theirs.id):
            audit.record(action="payout_account.open", subject=account, role="maker", actor=user, after="closed")
    account.refresh_from_db()
