"""API tokens: a person's own, each with scopes and an end. Of the secret only a digest is kept."""

import hashlib
import secrets
import string
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import audit
from common.errors import BadRequest, Conflict
from common.models import ApiToken, User
from common.scopes import SCOPES

__all__ = ["DAYS", "MOST", "PREFIX", "TooManyTokens", "digest", "issue", "known", "note_use", "revoke"]

PREFIX = "vns_"  # scanners for leaked secrets look for `vns_[A-Za-z0-9]{40}`
ALPHABET = string.ascii_letters + string.digits
MOST = 20
DAYS = (7, 30, 90, 365)
USE_IS_NOTED_EVERY = timedelta(hours=1)


class TooManyTokens(Conflict):
    code = "too_many_tokens"
    title = f"A person has at most {MOST} tokens at a time. Revoke one that you no longer need."


class UnknownScope(BadRequest):
    code = "unknown_scope"
    title = "Choose one scope or more of those that the documentation lists."


def issue(*, user: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """A new token and its secret, which is told here and never again."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise UnknownScope()
    secret = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(40))
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two requests at once must not both find room
        if ApiToken.objects.live(now).filter(user=user).count() >= MOST:
            raise TooManyTokens()
        made = ApiToken.objects.create(
            user=user,
            name=name,
            secret_sha256=digest(secret),
            ending=secret[-4:],
            scopes=" ".join(sorted(set(scopes))),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        audit.record(action="token.issued", subject=made, role="owner", actor=user, reason=made.scopes)
    return made, secret


def revoke(*, token: ApiToken, by: User) -> None:
    """End a token at once. To end it again changes nothing."""
    with transaction.atomic():
        now = timezone.now()
        if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
            audit.record(action="token.revoked", subject=token, role="owner", actor=by)


def known(secret: str) -> ApiToken | None:
    """The token with this secret, whatever its state, with its person."""
    return ApiToken.objects.select_related("user").filter(secret_sha256=digest(secret)).first()


def note_use(token: ApiToken) -> None:
    """Keep when a token was last used, to the hour: a busy one costs no write per request."""
    now = timezone.now()
    stale = now - USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < stale:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=stale)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)


def digest(secret: str) -> str:
    """What is kept of a secret. It has 238 random bits, so a plain digest is as good as a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()
