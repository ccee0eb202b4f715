"""What the common parts and Django's own apps hold of people, and how an account becomes nobody's."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from common.models import User
from common.personal import ERASED, FOR_CLAIMS, PROOF, SERVICE, UNTIL_ERASED, Held, Part

__all__ = ["PART", "close", "forget"]


def _unname_in_the_log(person: User) -> int:
    """The administration's log calls everybody by their user name."""
    about = LogEntry.objects.filter(content_type__app_label="common", content_type__model="user")
    return about.filter(object_id=str(person.pk)).exclude(object_repr=ERASED).update(object_repr=ERASED)


PART = Part(
    name="common",
    held=(
        Held(
            model="common.User",
            of=("pk",),
            what=_("Your account: address, name and password"),
            why=SERVICE,
            until=UNTIL_ERASED,
            changed=("username", "email", "first_name", "last_name", "password", "language"),
            beside=("date_joined", "last_login", "is_active"),
            secret=("password",),
        ),
        Held(
            model="account.EmailAddress",
            of=("user",),
            what=_("The addresses you sign in with"),
            why=SERVICE,
            until=UNTIL_ERASED,
            fields=("user", "email"),
            beside=("verified", "primary"),
            deleted=True,
        ),
        Held(
            model="common.ApiToken",
            of=("user",),
            what=_("Your keys to the API"),
            why=SERVICE,
            until=UNTIL_ERASED,
            fields=("user", "name", "secret_sha256", "ending"),
            beside=("scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
            secret=("secret_sha256",),
            deleted=True,
        ),
        Held(
            model="mfa.Authenticator",
            of=("user",),
            what=_("Your second factors and passkeys"),
            why=SERVICE,
            until=UNTIL_ERASED,
            fields=("user", "data"),
            beside=("type", "created_at", "last_used_at"),
            secret=("data",),
            deleted=True,
        ),
        Held(
            model="common.IdempotentAnswer",
            of=("user",),
            what=_("Answers that are kept so that a repeated request does nothing twice"),
            why=SERVICE,
            until=_("Thirty days."),
            fields=("user", "key", "body"),
            beside=("scope", "created_at"),
            deleted=True,
        ),
        Held(
            model="common.AuditLine",
            of=("actor",),
            what=_("The audit trail: what you did, and when"),
            why=PROOF,
            until=_("For good; after an erasure it leads to nobody."),
            kept=("actor", "reason"),
            because=FOR_CLAIMS,
            beside=("at", "action", "role", "subject_type", "subject_id", "before", "after"),
        ),
        Held(
            model="admin.LogEntry",
            of=("user",),
            what=_("What staff did in the administration"),
            why=PROOF,
            until=_("For good; after an erasure it leads to nobody."),
            kept=("user", "object_id", "object_repr", "change_message"),
            because=FOR_CLAIMS,
            beside=("action_time",),
        ),
    ),
    impersonal={
        "auth.Permission": (),
        "auth.Group": (),
        "contenttypes.ContentType": (),
        # Good for nothing once the account is closed, and gone in two weeks.
        "sessions.Session": (),
        # Goes with its address.
        "account.EmailConfirmation": (),
        # Events name rows and never people; what failed names the event.
        "common.OutboxEvent": ("payload",),
        "common.OutboxDelivery": ("error",),
        "common.IdempotentAnswer": ("fingerprint",),
    },
    steps=(_unname_in_the_log,),
)


def close(person: User) -> None:
    """Let nobody sign in any more, by whichever way: the first thing that an erasure does."""
    person.is_active = False
    person.password = make_password(None)
    person.save(update_fields=["is_active", "password"])
    person.groups.clear()
    person.user_permissions.clear()


def forget(person: User) -> None:
    """Leave of the account only its id, to which the audit trail and the books refer."""
    person.username = f"erased-{person.pk.hex}"
    person.email = person.first_name = person.last_name = ""
    person.language = "en"
    person.last_login = None
    person.password = make_password(None)
    person.is_active = False
    person.save()
