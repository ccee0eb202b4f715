"""Letters that the house sends. Each says what happened and where to go next, in the language of whoever gets it."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace import delivery
from marketplace.models import Order

__all__ = ["order_fulfilled"]


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
    send_mail(" ".join(subject.split()), "\n\n".join(paragraphs) + "\n", None, [order.email])
