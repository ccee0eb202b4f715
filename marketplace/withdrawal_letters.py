"""Letters to those who hold licences in works that a withdrawal of consent reached: one for each holder."""

import logging
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from licensing.models import Grant, WithdrawalLetter
from marketplace import notices
from marketplace.models import OrderLine

__all__ = ["NotAllTold", "send"]

log = logging.getLogger(__name__)


class NotAllTold(RuntimeError):
    """Some letters could not be handed over. They stay owed, and are tried again."""


def send(withdrawal_id: UUID) -> None:
    """Tell every holder who is not told yet. An address that is refused holds up nobody else.

    A letter that was under way in a crash may be sent twice; one that was sent is not.
    """
    refused = 0
    for address in set(_owed(withdrawal_id).values_list("grant__holder_email", flat=True)):
        try:
            _tell(withdrawal_id, address)
        except OSError:  # also what smtplib raises
            refused += 1
            log.warning("a letter about the withdrawal %s could not be sent", withdrawal_id, exc_info=True)
    if refused:
        raise NotAllTold(f"{refused} letters about the withdrawal {withdrawal_id} are still owed.")


def _owed(withdrawal_id: UUID) -> QuerySet[WithdrawalLetter]:
    """A licence that has ended meanwhile needs no letter."""
    return WithdrawalLetter.objects.filter(
        withdrawal=withdrawal_id, sent_at__isnull=True, grant__state=Grant.State.LIVE
    )


def _tell(withdrawal_id: UUID, address: str) -> None:
    with transaction.atomic():
        mine = _owed(withdrawal_id).filter(grant__holder_email=address).select_related("grant").order_by("pk")
        letters = list(mine.select_for_update(of=("self",)))
        if not letters:  # another process was faster
            return
        with translation.override(_language(letters[0].grant)):
            notices.send(_("The consent behind a work of yours was withdrawn"), _words(letters), address)
        WithdrawalLetter.objects.filter(pk__in=[one.pk for one in letters]).update(sent_at=timezone.now())


def _words(letters: list[WithdrawalLetter]) -> list[str]:
    return [
        _("You hold a licence in these works. They were made with something whose author no longer agrees to its use:"),
        "\n".join(sorted({f"– {letter.grant.work_title}" for letter in letters})),
        _("The house sells them no more. Your licence stands, and your files and certificates stay yours."),
        _("Who checks a copy hears from now on that its papers hold, and that the work was withdrawn:"),
        f"{settings.SITE_URL}{reverse('storefront:verify')}",
    ]


def _language(grant: Grant) -> str:
    """That of the account, or of the guest's order."""
    if grant.holder:
        return grant.holder.language
    sort, _colon, line = grant.source.partition(":")
    sold = OrderLine.objects.select_related("order").filter(pk=line).first() if sort == "order_line" else None
    return sold.order.language if sold else settings.LANGUAGE_CODE
