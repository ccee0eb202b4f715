"""The house's words for things that the tables name by a code, and how to pick a text in the reader's language."""

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from generation.models import Piece
from licensing.models import LicenceTemplate
from marketplace.storefront.templatetags.vernissage import count

__all__ = ["allowed", "facts", "in_language", "lasts", "licence", "right"]

RIGHTS: dict[str, str | Promise] = {
    "hang_show_lend": _("Hang it, show it, lend it"),
    "resell_edition": _("Resell your edition"),
    "print_on_goods": _("Print on goods"),
    "advertise": _("Use in advertising"),
    "illustrate": _("Illustrate news and teaching"),
    "let_others_use": _("Let clients use it"),
    "stop_further_sales": _("Stop further sales"),
    "own_the_rights": _("Own the rights in it"),
    "train_a_model": _("Train a model on it"),
}
LICENCES: dict[str, str | Promise] = {
    "personal": pgettext_lazy("licence", "Personal"),
    "commercial": pgettext_lazy("licence", "Commercial"),
    "commercial-extended": pgettext_lazy("licence", "Extended"),
    "editorial": pgettext_lazy("licence", "Editorial"),
    "exclusive": pgettext_lazy("licence", "Exclusive"),
    "buy-out": pgettext_lazy("licence", "Buy-out"),
}

FACTS: dict[str, str | Promise] = {
    "picture": _("Picture, AI-generated. %(width)s × %(height)s px."),
    "motion": _("Moving picture, AI-generated. %(width)s × %(height)s px."),
    "sculpture": _("Sculpture, AI-generated: a mesh to print, cut or place in a scene."),
}


def facts(piece: Piece) -> str:
    """What the work is in one line, for somebody who is about to buy it."""
    if piece.kind == "text":
        return gettext("Text, AI-generated.")
    words = FACTS.get(piece.kind, FACTS["picture"])
    return str(words) % {"width": piece.width, "height": piece.height}


def right(code: str) -> str | Promise:
    """A right in words; one without words yet is shown by its name rather than hidden."""
    return RIGHTS.get(code, code.replace("_", " ").capitalize())


def allowed(template: LicenceTemplate, code: str) -> bool | str:
    """Whether a licence gives a right, or up to which limit."""
    given = bool(template.terms.get(code))
    if given and code == "print_on_goods" and template.goods_limit:
        return gettext("to %(number)s") % {"number": count(template.goods_limit)}
    return given


def lasts(template: LicenceTemplate) -> str:
    """How long a licence stands, in words."""
    if template.lasts_days is None:
        return gettext("no end")
    days = {"days": count(template.lasts_days)}
    return ngettext("%(days)s day", "%(days)s days", template.lasts_days) % days


def licence(template: LicenceTemplate) -> str:
    """A licence in one word, for narrow places; one of which we know no short name keeps its title."""
    return str(LICENCES.get(template.slug) or in_language(template, "title"))


def in_language(row: Model, field: str) -> str:
    """`row.<field>` in the reader's language where a translation was written, otherwise in English."""
    if (get_language() or "").startswith("zh"):
        translated: str = getattr(row, f"{field}_zh", "")
        if translated:
            return translated
    value: str = getattr(row, field)
    return value
