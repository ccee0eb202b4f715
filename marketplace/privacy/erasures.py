"""Being forgotten: asked for, taken back in time or else carried out, by passes that may end anywhere and go on later.

The account is closed first, so that nothing new is written about the person; its own fields go last, together with the
last step. Until then every pass looks at everything again, so a crash leaves nothing behind that the next would miss.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit, outbox, people, personal, states
from common.errors import Conflict
from common.models import User
from common.personal import Blocker
from marketplace.models import Erasure

__all__ = ["ErasureBlocked", "NothingToTakeBack", "ask", "blockers", "resume", "run_due", "standing", "take_back"]

log = logging.getLogger(__name__)

_S = Erasure.State
STATES: states.Table = {
    (_S.ASKED, "person"): frozenset({_S.TAKEN_BACK}),
    (_S.ASKED, "system"): frozenset({_S.RUNNING}),
    (_S.RUNNING, "system"): frozenset({_S.DONE}),
}


class ErasureBlocked(Conflict):
    code = "erasure_blocked"
    title = "Something has to end before your account can be erased: see `blocked_by`."


class NothingToTakeBack(Conflict):
    code = "nothing_to_take_back"
    title = "You have not asked to be erased, or it has begun already."


def blockers(person: User) -> list[Blocker]:
    """What has to end first."""
    return [blocker for part in personal.parts() for blocker in part.blockers(person)]


def standing(person: User) -> Erasure | None:
    """The wish that stands, if one does."""
    return Erasure.objects.filter(person=person).exclude(state=_S.TAKEN_BACK).first()


def ask(*, person: User, language: str) -> Erasure:
    """Wish to be forgotten in ERASURE_DAYS; asking again changes nothing. Announced as `erasure.asked`.

    Whoever calls has made sure that it is the person. Raises ErasureBlocked.
    """
    if blocked := blockers(person):
        raise ErasureBlocked(
            " ".join(str(blocker.detail) for blocker in blocked), blocked_by=[blocker.code for blocker in blocked]
        )
    due_at = timezone.now() + timedelta(days=settings.ERASURE_DAYS)
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(person=person, language=language, due_at=due_at)
            audit.record(action="erasure.asked", subject=erasure, role="person", actor=person, after=_S.ASKED)
            outbox.emit("erasure.asked", erasure_id=str(erasure.pk))
    except IntegrityError:
        found = standing(person)
        if found is None:
            raise
        return found
    return erasure


def take_back(*, person: User) -> None:
    """Stay, after all. Raises NothingToTakeBack."""
    erasure = standing(person)
    if erasure is None or erasure.state != _S.ASKED:
        raise NothingToTakeBack()
    states.advance(erasure, to=_S.TAKEN_BACK, table=STATES, role="person", action="erasure.taken_back", actor=person)


def run_due() -> None:
    """Begin what is due and not held up, and go on with what has begun. One that fails does not hold up the others."""
    due = Erasure.objects.filter(state=_S.ASKED, due_at__lte=timezone.now())
    for erasure in (due | Erasure.objects.filter(state=_S.RUNNING)).select_related("person").order_by("due_at", "pk"):
        try:
            if erasure.state == _S.RUNNING or _begin(erasure):
                resume(erasure)
        except Exception:
            log.exception("erasure %s stopped; the next sweep goes on with it", erasure.pk)


def resume(erasure: Erasure) -> None:
    """One pass over everything; where nothing was left to change and nothing is under way, the last step."""
    person = erasure.person
    if personal.erase(person) or any(part.unfinished(person) for part in personal.parts()):
        return
    with transaction.atomic():
        states.advance(erasure, to=_S.DONE, table=STATES, role="system", action="erasure.done", done_at=timezone.now())
        people.forget(person)
        outbox.emit("erasure.done", erasure_id=str(erasure.pk))


def _begin(erasure: Erasure) -> bool:
    """Close the account; False while something holds it up."""
    if blockers(erasure.person):
        return False
    with transaction.atomic():
        states.advance(
            erasure, to=_S.RUNNING, table=STATES, role="system", action="erasure.begun", begun_at=timezone.now()
        )
        people.close(erasure.person)
    return True
