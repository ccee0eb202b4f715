"""The key in a claimant's letters: whoever has it reads the letter box that was given, and may go on with the claim."""

from uuid import UUID

from django.core import signing

from common.errors import PermissionRefused
from licensing.models import Claim

__all__ = ["KeyInvalid", "key", "of_key"]

_KEYS = signing.Signer(salt="licensing.claim")


class KeyInvalid(PermissionRefused):
    code = "claim_key_invalid"
    title = "This is no key of a claim, or it was changed on its way. Use the link in the letter."


def key(claim: Claim) -> str:
    """It goes to the claimant's address only."""
    return _KEYS.sign(claim.pk.hex)


def of_key(given: str) -> Claim:
    """The claim that a key belongs to. Raises KeyInvalid."""
    try:
        return Claim.objects.select_related("piece__slot__job").get(pk=UUID(_KEYS.unsign(given)))
    except (signing.BadSignature, ValueError, Claim.DoesNotExist):
        raise KeyInvalid() from None
