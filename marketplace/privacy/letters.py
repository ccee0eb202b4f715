"""Letters about a person's data, in the language in which they asked. Each may be sent twice."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace import notices
from marketplace.models import Erasure, Export

__all__ = ["erasure_asked", "export_ready"]


def export_ready(export_id: UUID) -> None:
    """Tell the person that the copy of their data is ready."""
    export = Export.objects.select_related("person").filter(pk=export_id, state=Export.State.READY).first()
    if export is None or export.expires_at is None:
        return
    with translation.override(export.language):
        paragraphs = [
            _("The copy of everything that we hold about you is ready. Sign in and take it here:"),
            _page(),
            _("It is deleted on %(day)s.") % {"day": date_format(export.expires_at, "DATE_FORMAT")},
        ]
        notices.send(_("The copy of your data is ready"), paragraphs, export.person.email)


def erasure_asked(erasure_id: UUID) -> None:
    """Tell the person until when they can stay: somebody else may have asked."""
    erasure = Erasure.objects.select_related("person").get(pk=erasure_id)
    if erasure.state != Erasure.State.ASKED:
        return
    with translation.override(erasure.language):
        paragraphs = [
            _("You asked us to erase your account. We will do so after %(day)s, and this is our last letter about it.")
            % {"day": date_format(erasure.due_at, "DATE_FORMAT")},
            _("If you change your mind, or if it was not you, sign in before that day and take it back here:"),
            _page(),
        ]
        notices.send(_("Your account will be erased"), paragraphs, erasure.person.email)


def _page() -> str:
    return f"{settings.SITE_URL}{reverse('storefront:my_data')}"
