"""What happens when a side lets its time go by. Works off rows, so that running it twice or late does no harm."""

from datetime import datetime

from django.utils import timezone

from common.errors import InvalidTransition
from licensing.claims.advancing import State, step
from licensing.claims.outcomes import lapse
from licensing.models import Claim

__all__ = ["run_out"]

_MOST = 200


def run_out(*, at: datetime | None = None) -> int:
    """Take the next step of each claim whose time is over, and return of how many.

    No counter-notice: a person decides. A counter-notice that the claimant did not answer: the claim is rejected.
    """
    due = Claim.objects.filter(due_at__lte=at or timezone.now()).select_related("piece")
    done = 0
    for claim in due.order_by("due_at", "id")[:_MOST]:
        try:
            if claim.state == State.RECEIVED:
                step(claim, State.TO_DECIDE, event="unanswered", role="timer", due_at=None)
            else:
                lapse(claim)
        except InvalidTransition:  # somebody was faster
            continue
        done += 1
    return done
