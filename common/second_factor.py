"""Who must have a second factor and has none. Knows nothing of how one is set up."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from common.errors import PermissionRefused
from common.models import User

__all__ = ["SecondFactorRequired", "lacks_it"]

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactorRequired(PermissionRefused):
    code = "second_factor_required"
    title = "Staff need a second factor. Set one up in your account, then come back."


def lacks_it(person: object) -> bool:
    """Whether this is somebody of the staff who must have a second factor and has none. Costs others no query."""
    if not (settings.STAFF_SECOND_FACTOR and isinstance(person, User) and person.is_staff):
        return False
    return not is_mfa_enabled(person, FACTORS)
