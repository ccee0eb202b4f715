"""Claims as others may read them, and how often a creator was found to have infringed."""

from django.db.models import QuerySet

from common.models import User
from licensing.models import Claim

__all__ = ["against", "repeats"]


def against(creator: User) -> QuerySet[Claim]:
    """The claims against pieces that were made for `creator`."""
    return Claim.objects.filter(piece__slot__job__requested_by=creator)


def repeats(creator: User) -> int:
    """Against how many different pieces of `creator` a claim was upheld."""
    return against(creator).filter(state=Claim.State.UPHELD).values("piece").distinct().count()
