"""The people of the demo. They are invented, share one password made for this installation, and sell nothing real."""

from django.conf import settings
from django.db import transaction

from common import tokens
from common.laptop import kept_secret
from common.models import ApiToken, User
from common.scopes import SCOPES
from marketplace.models import Profile

__all__ = ["MAKERS", "maker", "password", "person", "reviewer", "token"]

MAKERS = {
    "mei-tanaka": ("Mei Tanaka", "田中芽衣"),
    "studio-lindqvist": ("Studio Lindqvist", "林奎斯特工作室"),
    "ana-beltran": ("Ana Beltrán", "安娜·贝尔特兰"),
}
NAMED = "The demo"


def password() -> str:
    """The one password of this installation's demo people."""
    return kept_secret(settings.VAR_DIR / "keys" / "demo_password")[:16]


def person(name: str, *, staff: bool = False) -> User:
    """The demo person with this name, made on first use."""
    with transaction.atomic():
        user, made = User.objects.get_or_create(
            username=name, defaults={"email": f"{name}@vernissage.example", "is_staff": staff, "is_superuser": staff}
        )
        if made:
            user.first_name, _, user.last_name = name.title().partition("-")
            user.set_password(password())
            user.save()
    return user


def maker(slug: str) -> Profile:
    """A maker of the gallery, who takes commissions."""
    name, name_zh = MAKERS[slug]
    defaults = {"slug": slug, "name": name, "name_zh": name_zh, "takes_commissions": True}
    return Profile.objects.get_or_create(user=person(slug), defaults=defaults)[0]


def reviewer() -> User:
    """The rights reviewer: staff, and no maker."""
    return person("ida-voss", staff=True)


def token(user: User) -> str:
    """A new API token of a demo person, good for a week; one of an earlier run is revoked."""
    for earlier in ApiToken.objects.filter(user=user, name=NAMED, revoked_at=None):
        tokens.revoke(token=earlier, by=user)
    return tokens.issue(user=user, name=NAMED, scopes=SCOPES, days=7)[1]
