"""Letters that the house sends. Each says what happened and where to go next, in the language of whoever gets it."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.personal import ERASED_EMAIL
from licensing.licences import transfers
from licensing.models import GrantTransfer
from marketplace import delivery
from marketplace.models import Erasure, Export, Order

__all__ = ["erasure_asked", "export_ready", "grant_transferred", "order_fulfilled", "transfer_offered"]


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
    _send(subject, paragraphs, order.email)


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
        _send(_("A licence for you: %(title)s") % named, paragraphs, transfer.to_email)


def grant_transferred(transfer: GrantTransfer) -> None:
    """Tell both that the licence has passed on. May be sent twice."""
    assert transfer.taker is not None
    named = {"title": transfer.grant.work_title, "taker": transfer.to_email}
    with translation.override(transfer.language):
        library = f"{settings.SITE_URL}{reverse('storefront:library')}"
        ready = [_("%(title)s is yours. Your files and your certificate are ready:") % named, library]
        _send(_("Your files are ready: %(titles)s") % {"titles": named["title"]}, ready, transfer.grant.holder_email)
        passed = [_("Your offer of %(title)s to %(taker)s was accepted. Its files are no longer given to you.") % named]
        _send(_("It has passed on: %(title)s") % named, passed, transfer.giver_email)


def export_ready(export_id: UUID) -> None:
    """Tell the person that the copy of their data is ready. May be sent twice."""
    export = Export.objects.select_related("person").filter(pk=export_id, state=Export.State.READY).first()
    if export is None or export.expires_at is None:
        return
    with translation.override(export.language):
        paragraphs = [
            _("The copy of everything that we hold about you is ready. Sign in and take it here:"),
            f"{settings.SITE_URL}{reverse('storefront:my_data')}",
            _("It is deleted on %(day)s.") % {"day": date_format(export.expires_at, "DATE_FORMAT")},
        ]
        _send(_("The copy of your data is ready"), paragraphs, export.person.email)


def erasure_asked(erasure_id: UUID) -> None:
    """Tell the person until when they can stay: somebody else may have asked. May be sent twice."""
    erasure = Erasure.objects.select_related("person").get(pk=erasure_id)
    if erasure.state != Erasure.State.ASKED:
        return
    with translation.override(erasure.language):
        paragraphs = [
            _("You asked us to erase your account. We will do so after %(day)s, and this is our last letter about it.")
            % {"day": date_format(erasure.due_at, "DATE_FORMAT")},
            _("If you change your mind, or if it was not you, sign in before that day and take it back here:"),
            f"{settings.SITE_URL}{reverse('storefront:my_data')}",
        ]
        _send(_("Your account will be erased"), paragraphs, erasure.person.email)


def _send(subject: str, paragraphs: list[str], address: str) -> None:
    if address in ("", ERASED_EMAIL):  # whoever it was has been erased since
        return
    send_mail(" ".join(subject.split()), "\n\n".join(paragraphs) + "\n", None, [address])
