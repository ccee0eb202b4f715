"""The letters of a claim, each in the language of whoever gets it. The creator never reads who the claimant is.

After a crash a letter may be sent twice.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.models import User
from licensing import claims
from licensing.models import Claim
from marketplace import claimed
from marketplace.notices import send

__all__ = ["LETTERS"]


def received(claim: Claim) -> None:
    """The acknowledgement to the claimant, and the statement to the creator."""
    with translation.override(claim.language):
        named = _named(claim)
        _to_claimant(
            claim,
            _("We have your claim: %(title)s") % named,
            _("Your claim against “%(title)s” came in. Its number is %(number)s.") % named,
            _hidden(claim),
            _("The creator reads your statement, not who you are, and may answer until %(day)s. Then we decide.")
            % named
            if claim.due_at
            else "",
            _("With this link you follow the claim or take it back. Keep it to yourself:"),
        )
    with translation.override(_creator(claim).language):
        named = _named(claim)
        _to_creator(
            claim,
            _("A claim against your work: %(title)s") % named,
            _("Somebody claims that “%(title)s” infringes a right of theirs. Their own work or right:") % named,
            claim.own_work,
            _("Their statement:"),
            claim.statement,
            _hidden(claim),
            _("If you may offer it, answer with a counter-notice until %(day)s. Without one, we decide.") % named
            if claim.due_at
            else "",
        )


def countered(claim: Claim) -> None:
    """The counter-notice to the claimant, who may keep the claim up."""
    with translation.override(claim.language):
        named = _named(claim)
        _to_claimant(
            claim,
            _("The creator has answered: %(title)s") % named,
            _("The creator of “%(title)s” answers your claim:") % named,
            claim.counter,
            _("If you keep the claim up, say why until %(day)s. If not, it ends rejected, and a hidden work returns.")
            % named
            if claim.due_at
            else "",
        )


def kept_up(claim: Claim) -> None:
    """The claimant's answer to the creator."""
    with translation.override(_creator(claim).language):
        named = _named(claim)
        _to_creator(
            claim,
            _("The claim is kept up: %(title)s") % named,
            _("The claim against “%(title)s” is kept up in spite of your answer:") % named,
            claim.upkeep,
            _("A person decides now. You both hear of it."),
        )


def ended(claim: Claim) -> None:
    """The outcome to both, with the reason where a person gave one."""
    for language, tell in ((claim.language, _to_claimant), (_creator(claim).language, _to_creator)):
        with translation.override(language):
            named = _named(claim)
            tell(claim, _("The claim has ended: %(title)s") % named, _outcome(claim) % named, claim.reason)


LETTERS: dict[str, Callable[[Claim], None]] = {
    "received": received,
    "countered": countered,
    "kept_up": kept_up,
    **dict.fromkeys((Claim.State.UPHELD, Claim.State.REJECTED, Claim.State.WITHDRAWN), ended),
}


def _outcome(claim: Claim) -> str:
    if claim.state == Claim.State.UPHELD:
        return _("The claim against “%(title)s” was upheld. The work is no longer shown or sold.")
    if claim.state == Claim.State.WITHDRAWN:
        return _("The claim against “%(title)s” was taken back. If it hid the work, the work returns.")
    if claim.decided_by_id is None:
        return _("The claim against “%(title)s” was not kept up in time, so it ended as rejected.")
    return _("The claim against “%(title)s” was rejected. If it hid the work, the work returns.")


def _hidden(claim: Claim) -> str:
    return _("The work is not shown or sold while the claim is open.") if claim.hides else ""


def _to_claimant(claim: Claim, subject: str, *paragraphs: str) -> None:
    address = reverse("storefront:claim", args=[claims.key(claim)])
    send(subject, [*filter(None, paragraphs), f"{settings.SITE_URL}{address}"], claim.email)


def _to_creator(claim: Claim, subject: str, *paragraphs: str) -> None:
    address = reverse("storefront:claim_against", args=[claim.pk])
    if email := _creator(claim).email:
        send(subject, [*filter(None, paragraphs), f"{settings.SITE_URL}{address}"], email)


def _named(claim: Claim) -> dict[str, str]:
    """What our sentences are filled with. A time ends with a day, so that the day before its end is the last one."""
    last = date_format(claim.due_at - timedelta(days=1), "DATE_FORMAT") if claim.due_at else ""
    return {"title": claimed.title(claim.piece), "number": str(claim.pk), "day": last}


def _creator(claim: Claim) -> User:
    return claim.piece.slot.job.requested_by
