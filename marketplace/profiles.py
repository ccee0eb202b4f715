"""Becoming a maker: a public name and address under which a person's works hang."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from common import audit
from common.errors import Conflict
from common.ids import new_id
from common.models import User
from marketplace.models import Profile

__all__ = ["AlreadyAMaker", "open_profile"]


class AlreadyAMaker(Conflict):
    code = "already_a_maker"
    title = "You have a maker's profile already."


def open_profile(
    *, user: User, name: str, name_zh: str = "", about: str = "", takes_commissions: bool = False
) -> Profile:
    """Give `user` a maker's profile with an address of its own; AlreadyAMaker for a second one."""
    slug = slugify(name)[:40] or "maker"
    if Profile.objects.filter(slug=slug).exists():
        slug = f"{slug}-{new_id().hex[-8:]}"
    try:
        with transaction.atomic():
            profile = Profile.objects.create(
                user=user, slug=slug, name=name, name_zh=name_zh, about=about, takes_commissions=takes_commissions
            )
            audit.record(action="profile.opened", subject=profile, role="maker", actor=user)
    except IntegrityError:
        raise AlreadyAMaker() from None
    return profile
