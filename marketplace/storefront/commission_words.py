"""A commission in words: whose turn it is and what happens next, how far it is, where the money is, what happened."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User
from marketplace import commissions
from marketplace.models import Commission
from marketplace.storefront.templatetags.vernissage import day
from marketplace.storefront.words import in_language

__all__ = ["Line", "Milestone", "Step", "happened", "milestones", "role", "steps", "turn_words"]

Words = str | Promise
State = Commission.State


@dataclass(frozen=True, slots=True)
class Step:
    state: str
    words: Words
    note: Words = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """Deposit or balance, with a verdict's tone for what became of it."""

    name: Words
    amount_minor: int
    currency: str
    tone: str
    words: Words


@dataclass(frozen=True, slots=True)
class Line:
    at: object
    words: str
    reason: str


TURNS: dict[str, tuple[Words, Words]] = {
    # key: to whoever has to act, to the other
    "quote": (
        _("Read the brief, then quote a price or decline."),
        _("%(maker)s reads the brief and answers with a price, or declines. Nothing is owed until you accept."),
    ),
    "accept_quote": (
        _("Pay the deposit and work starts. We hold it; until work starts it goes back in full if you cancel."),
        _("Your quote is with %(commissioner)s. Work starts when the deposit is paid."),
    ),
    "start_draft": (
        _("The deposit is paid and held by us. Start the first draft."),
        _("The deposit is paid and held by us. %(maker)s starts the first draft; until then you can still cancel."),
    ),
    "send_draft": (
        _("Choose the best of what was made, and send it."),
        _("Drafts are being made. %(maker)s sends you the best of them."),
    ),
    "revise_draft": (
        _("Notes came back. Make another draft and send it."),
        _("Your notes are with %(maker)s, who makes another draft."),
    ),
    "replace_draft": (
        _("The rights review refused this draft. Make another one."),
        _("The rights review refused this draft. %(maker)s makes another; it costs you no revision."),
    ),
    "review_draft": (
        _("A reviewer checks the rights in this draft."),
        _("A reviewer checks the rights in this draft. It can be accepted as soon as that is done."),
    ),
    "answer_draft": (
        _("Accept it, or send your notes back. Nothing is ever accepted by silence."),
        _("The draft is with %(commissioner)s. Nothing is ever accepted by silence."),
    ),
    "pay_balance": (
        _("You accepted the draft. Pay the balance and it is delivered."),
        _("The draft is accepted. It is delivered when the balance is paid."),
    ),
    "deliver": (_("Deliver it."), _("Everything is paid. Files, licence and certificate are being made.")),
    "delivered": (_("Delivered."), _("Delivered, with its papers, an exclusive licence and a certificate.")),
    "declined": (_("Declined."), _("%(maker)s declined. Nothing was charged.")),
    "cancelled": (_("Cancelled."), _("This commission was cancelled. What is to be returned goes back by itself.")),
}
HEADINGS: dict[str, Words] = {
    "delivered": _("Delivered"),
    "declined": _("Declined"),
    "cancelled": _("Cancelled"),
}
MONEY: dict[str, tuple[str, Words]] = {
    "to_come": ("none", _("Not due yet")),
    "due": ("look", _("Due now")),
    "held": ("holds", _("Paid, held by us")),
    "released": ("holds", _("Paid, released to the maker")),
    "returning": ("look", _("On its way back")),
    "returned": ("none", _("Returned")),
    "never": ("none", _("Never charged")),
}
PURPOSES: dict[str, Words] = {"deposit": _("Deposit"), "balance": _("Balance")}
HAPPENED: dict[str, Words] = {
    "briefed": _("%(who)s wrote the brief."),
    "quoted": _("%(who)s gave a quote."),
    "declined": _("%(who)s declined."),
    "quote_accepted": _("%(who)s accepted the quote."),
    "deposit_paid": _("The deposit was paid. We hold it."),
    "draft_started": _("%(who)s started a draft."),
    "drafted": _("%(who)s sent a draft."),
    "revision_requested": _("%(who)s asked for changes."),
    "accepted": _("%(who)s accepted the draft."),
    "paid": _("The balance was paid."),
    "delivered": _("The piece was delivered."),
    "cancelled": _("The commission was cancelled."),
}
ORDER = (
    (_("Brief"), ()),
    (_("Quote"), (State.BRIEFED,)),
    (_("Deposit"), (State.QUOTED,)),
    (_("Drafts"), (State.DEPOSIT_PAID, State.IN_PROGRESS, State.DRAFTED, State.REVISION_REQUESTED)),
    (_("Balance"), (State.ACCEPTED,)),
    (_("Delivery"), (State.PAID,)),
)


def role(commission: Commission, viewer: User) -> str:
    """Which party is looking: maker, commissioner or staff."""
    if viewer.pk == commission.commissioner_id:
        return "commissioner"
    return "maker" if viewer.pk == commission.maker_id else "staff"


def turn_words(commission: Commission, viewer: User) -> tuple[bool, Words, str]:
    """Whether it is the viewer's turn, the heading, and what that means, in a sentence or two."""
    turn = commissions.whose_turn(commission)
    mine = turn.who == role(commission, viewer)
    names = {"maker": in_language(commission.maker, "name"), "commissioner": _name(commission)}
    heading = HEADINGS.get(turn.key) or (_("Your turn") if mine else _waiting(turn.who, names))
    return mine, heading, str(TURNS[turn.key][0 if mine else 1]) % names


def _waiting(who: str, names: dict[str, str]) -> Words:
    if who == "house":
        return _("Our turn")
    return gettext("%(name)s’s turn") % {"name": names.get(who, "")}


def _name(commission: Commission) -> str:
    return commission.commissioner.get_full_name() or gettext("the commissioner")


def steps(commission: Commission) -> list[Step]:
    """The way from brief to delivery, with where it stands."""
    ended = commission.state in (State.CANCELLED, State.DECLINED)
    if commission.state == State.DELIVERED:
        return [Step("done", words) for words, _states in ORDER]
    reached = _reached(commission)
    shown = []
    for index, (words, _states) in enumerate(ORDER):
        if index < reached:
            shown.append(Step("done", words, day(commission.created_at) if index == 0 else ""))
        elif ended:
            shown.append(Step("cancelled", words))
        else:
            shown.append(Step("now" if index == reached else "to_come", words))
    return shown


def _reached(commission: Commission) -> int:
    for index, (_words, states) in enumerate(ORDER):
        if commission.state in states:
            return index
    return 1 if commission.price_minor is None else 2


def milestones(commission: Commission) -> list[Milestone]:
    """Deposit and balance with where each is."""
    return [
        Milestone(PURPOSES[each.purpose], each.amount_minor, each.currency, *MONEY[each.state])
        for each in commissions.money(commission)
    ]


def happened(commission: Commission, viewer: User) -> list[Line]:
    """Every step on record in words, latest first. A reason is shown as it was written."""
    lines = []
    for step in commissions.timeline(commission):
        words = HAPPENED.get(step.action)
        if words is None:
            continue
        lines.append(Line(step.at, str(words) % {"who": _who(commission, viewer, step.by)}, step.reason))
    return lines[::-1]


def _who(commission: Commission, viewer: User, by: User | None) -> str:
    if by is None:
        return gettext("The house")
    if by.pk == viewer.pk:
        return gettext("You")
    if by.pk == commission.maker_id:
        return in_language(commission.maker, "name")
    return by.get_full_name() or gettext("The commissioner")
