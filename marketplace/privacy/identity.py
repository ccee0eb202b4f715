"""Making sure that it is the person who asks, and not somebody who found their browser open or has a key of theirs."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.core import ratelimit
from django.http import HttpRequest

from common.errors import PermissionRefused, TooManyRequests
from common.models import User

__all__ = ["TooManyGuesses", "WrongPassword", "confirm"]

FRESH_SECONDS = 300


class WrongPassword(PermissionRefused):
    code = "wrong_password"
    title = "This is not your password. If you have none, sign in again and ask within five minutes."


class TooManyGuesses(TooManyRequests):
    code = "too_many_guesses"
    title = "Too many passwords were tried. Wait a minute."


def confirm(request: HttpRequest, *, person: User, password: str) -> None:
    """Return if it is they: by the password, or, for who has none, by a sign-in of this browser a moment ago.

    Raises WrongPassword, and TooManyGuesses after ten tries in a minute.
    """
    if not ratelimit.consume(request, action="reauthenticate", user=person):
        raise TooManyGuesses(retry_after=60)
    known = person.check_password(password) if person.has_usable_password() else _fresh(request, person)
    if not known:
        raise WrongPassword()


def _fresh(request: HttpRequest, person: User) -> bool:
    since = time.time() - FRESH_SECONDS
    return any(record["at"] > since for record in get_authentication_records(request, person))
