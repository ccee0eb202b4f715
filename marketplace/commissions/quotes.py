"""Up to the start of work: brief, quote, decline, accept, cancel."""

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.errors import BadRequest, Conflict, Unprocessable
from common.models import User
from licensing.models import LicenceTemplate
from marketplace.catalogue import HIGHEST_PRICE_MINOR, LOWEST_PRICE_MINOR
from marketplace.commissions.milestones import give_back_everything, place_order
from marketplace.commissions.steps import COMMISSIONER, MAKER, lock, role_of, step
from marketplace.models import Commission, Order, Profile

__all__ = ["NotQuoted", "NotTakingCommissions", "WorkHasStarted", "accept_quote", "brief", "cancel", "decline", "quote"]

LONGEST_BRIEF = 5_000
LONGEST_NOTE = 2_000
MOST_REVISIONS = 20
_STARTED = (
    Commission.State.IN_PROGRESS,
    Commission.State.DRAFTED,
    Commission.State.REVISION_REQUESTED,
    Commission.State.ACCEPTED,
    Commission.State.PAID,
)


class NotTakingCommissions(Conflict):
    code = "not_taking_commissions"
    title = "This maker takes no commissions at the moment."


class NotQuoted(Conflict):
    code = "not_quoted"
    title = "There is no quote to accept."


class WorkHasStarted(Conflict):
    code = "work_has_started"
    title = "Work has started, so the deposit stays with the maker and the commission can no longer be cancelled."


def brief(*, commissioner: User, maker: Profile, title: str, brief: str) -> Commission:
    """Ask a maker for a piece. The brief is private to the two of them.

    BadRequest for an empty or overlong title or brief; NotTakingCommissions; Unprocessable for oneself.
    """
    title, brief = title.strip(), brief.strip()
    if not 1 <= len(title) <= 120:
        raise BadRequest("A title has between 1 and 120 characters.")
    if not 1 <= len(brief) <= LONGEST_BRIEF:
        raise BadRequest(f"A brief has between 1 and {LONGEST_BRIEF} characters.")
    if maker.user_id == commissioner.pk:
        raise Unprocessable("You cannot commission a piece from yourself.")
    if not maker.takes_commissions:
        raise NotTakingCommissions()
    with transaction.atomic():
        commission = Commission.objects.create(commissioner=commissioner, maker=maker, title=title, brief=brief)
        audit.record(
            action="commission.briefed",
            subject=commission,
            role=COMMISSIONER,
            actor=commissioner,
            after=Commission.State.BRIEFED,
        )
        outbox.emit("commission.briefed", commission_id=str(commission.pk))
    return commission


def quote(
    *,
    commission: Commission,
    by: User,
    price_minor: int,
    deposit_minor: int,
    revisions: int,
    template: LicenceTemplate,
    note: str = "",
) -> None:
    """Answer a brief with a price in minor units of the house's currency; part of it is due before work starts.

    A quote is given once and never changes: what the commissioner reads is what is accepted.
    """
    role_of(commission, by, MAKER)
    _check_amounts(price_minor, deposit_minor)
    if not 0 <= revisions <= MOST_REVISIONS:
        raise BadRequest(f"Between 0 and {MOST_REVISIONS} revisions can be included.")
    if not template.exclusive:
        raise Unprocessable("A commission is delivered under an exclusive licence. Choose one that is exclusive.")
    with transaction.atomic():
        step(
            commission,
            to=Commission.State.QUOTED,
            role=MAKER,
            action="quoted",
            by=by,
            price_minor=price_minor,
            deposit_minor=deposit_minor,
            currency=settings.CURRENCY,
            revisions_included=revisions,
            template=template,
            quote_note=note.strip()[:LONGEST_NOTE],
        )


def decline(*, commission: Commission, by: User, reason: str = "") -> None:
    """The maker says no to a brief, or takes back a quote that is not paid for yet."""
    role_of(commission, by, MAKER)
    with transaction.atomic():
        step(commission, to=Commission.State.DECLINED, role=MAKER, action="declined", by=by, reason=reason.strip())


def accept_quote(*, commission: Commission, by: User) -> Order:
    """The order for the deposit. Asked for again, it is the same order for as long as that can still be paid.

    The commission moves once the deposit is paid. NotQuoted in any other state.
    """
    role_of(commission, by, COMMISSIONER)
    with transaction.atomic():
        lock(commission)
        if commission.state != Commission.State.QUOTED:
            raise NotQuoted(f"The commission is {commission.state}: there is no quote to accept.")
        order, fresh = place_order(commission, Order.Purpose.DEPOSIT)
        if fresh:
            audit.record(action="commission.quote_accepted", subject=commission, role=COMMISSIONER, actor=by)
            outbox.emit("commission.quote_accepted", commission_id=str(commission.pk))
    return order


def cancel(*, commission: Commission, by: User, reason: str = "") -> None:
    """Call it off before work has started; a paid deposit goes back in full. WorkHasStarted after that."""
    role = role_of(commission, by, COMMISSIONER, MAKER)
    with transaction.atomic():
        lock(commission)
        if commission.state in _STARTED:
            raise WorkHasStarted()
        step(commission, to=Commission.State.CANCELLED, role=role, action="cancelled", by=by, reason=reason.strip())
        give_back_everything(commission, "The commission was cancelled before work started.")


def _check_amounts(price_minor: int, deposit_minor: int) -> None:
    """Deposit and balance are paid one by one, so each has to be an amount that can be paid by card."""
    if not LOWEST_PRICE_MINOR <= price_minor <= HIGHEST_PRICE_MINOR:
        raise BadRequest(f"A price is between {LOWEST_PRICE_MINOR} and {HIGHEST_PRICE_MINOR} minor units.")
    if not LOWEST_PRICE_MINOR <= deposit_minor <= price_minor - LOWEST_PRICE_MINOR:
        raise BadRequest(f"Deposit and balance are each at least {LOWEST_PRICE_MINOR} minor units.")
