"""Letters that the house sends. Each says what happened and where to go next, in the language of whoever gets it."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common.personal import ERASED_EMAIL
from licensing.licences import transfers
from licensing.models import GrantTransfer
from marketplace import delivery
from marketplace.models import Order

__all__ = ["grant_transferred", "order_fulfilled", "send", "transfer_offered"]


def order_fulfilled(order_id: UUID) -> None:
    """Tell the buyer that the files are ready. A guest gets the one link that opens them, so it goes only there.

    After a crash the letter may be sent twice.
    """
    order = Order.objects.get(pk=order_id)
    if order.state != Order.State.FULFILLED:
        return
    if order.buyer_id is None:
        path = reverse("storefront:guest_library", args=[delivery.guest_key(order)])
    else:
        path = reverse("storefront:library")
    titles = ", ".join(grant.work_title for grant in delivery.grants_of(order).order_by("id"))
    with translation.override(order.language):
        subject = _("Your files are ready: %(titles)s") % {"titles": titles}
        paragraphs = [
            _("You bought %(titles)s. The picture, your certificate and the papers that prove both are ready:")
            % {"titles": titles},
            f"{settings.SITE_URL}{path}",
            _("Keep this letter: whoever has the link can take the files. It stays good.")
            if order.buyer_id is None
            else _("Sign in to take them. Nobody else can."),
            _("Order %(number)s") % {"number": order.pk},
        ]
    send(subject, paragraphs, order.email)


def transfer_offered(transfer_id: UUID) -> None:
    """Send the offer's key to the address that it was offered to, unless it has ended. May be sent twice."""
    transfer = GrantTransfer.objects.select_related("grant").get(pk=transfer_id)
    if transfer.state != GrantTransfer.State.OFFERED:
        return
    named = {"title": transfer.grant.work_title, "giver": transfer.giver_email}
    with translation.override(transfer.language):
        paragraphs = [
            _("%(giver)s gives you the licence in %(title)s. Look at it, and accept it with an account of your own:")
            % named,
            f"{settings.SITE_URL}{reverse('storefront:offered', args=[transfers.key(transfer)])}",
            _("The offer is good for %(days)s days. Whoever has the link can accept it, so send it to nobody.")
            % {"days": transfers.DAYS},
        ]
        send(_("A licence for you: %(title)s") % named, paragraphs, transfer.to_email)


def grant_transferred(transfer: GrantTransfer) -> None:
    """Tell both that the licence has passed on. May be sent twice."""
    assert transfer.taker is not None
    named = {"title": transfer.grant.work_title, "taker": transfer.to_email}
    with translation.override(transfer.language):
        library = f"{settings.SITE_URL}{reverse('storefront:library')}"
        ready = [_("%(title)s is yours. Your files and your certificate are ready:") % named, library]
        send(_("Your files are ready: %(titles)s") % {"titles": named["title"]}, ready, transfer.grant.holder_email)
        passed = [_("Your offer of %(title)s to %(taker)s was accepted. Its files are no longer given to you.") % named]
        send(_("It has passed on: %(title)s") % named, passed, transfer.giver_email)


def send(subject: str, paragraphs: list[str], address: str) -> None:
    """Hand one letter over, in the words given; to whoever has been erased since, none."""
    if address in ("", ERASED_EMAIL):
        return
    send_mail(" ".join(subject.split()), "\n\n".join(paragraphs) + "\n", None, [address])
