"""A claim comes in: checked for form, stored with its evidence, and the piece hidden where the policy says so."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit
from common.errors import Conflict
from common.models import User
from generation.models import Piece
from licensing.claims import business_days, evidence
from licensing.claims.advancing import announce, locked_review
from licensing.claims.evidence import File
from licensing.models import Claim, ClaimEvidence, Review
from licensing.rights import policy, reviews

__all__ = ["ClaimOpen", "Filing", "receive"]


class ClaimOpen(Conflict):
    code = "claim_open"
    title = "A claim against this work from this address is open already. Answer in its letters."


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What a claimant states, in good faith."""

    named: str
    name: str
    email: str
    role: str
    own_work: str
    statement: str
    contact: str = ""


def receive(
    *, piece: Piece, filing: Filing, files: Sequence[File] = (), by: User | None = None, language: str = "en"
) -> Claim:
    """Take a claim in; announced as `claim.received`, and answered by letters to both sides.

    Nothing is stored unless all of it is. Raises EvidenceRefused, ClaimOpen.
    """
    rows = evidence.stored(files)
    terms, now = policy.current().claims, timezone.now()
    claim = Claim(
        **{**asdict(filing), "email": filing.email.lower()},
        piece=piece,
        claimant=by,
        good_faith=True,
        language=language,
        hides=terms.hide_on_receipt,
        received_at=now,
        due_at=business_days.after(now, terms.answer_days, terms.holidays),
    )
    try:
        with transaction.atomic():
            if claim.hides:
                _hide(claim)
            claim.save(force_insert=True)
            for row in rows:
                row.claim = claim
            ClaimEvidence.objects.bulk_create(rows)
            audit.record(action="claim.received", subject=claim, role="claimant", actor=by, after=claim.state)
            announce(claim, "received")
    except IntegrityError:
        if Claim.objects.filter(piece=piece, email=claim.email, state__in=Claim.OPEN).exists():
            raise ClaimOpen() from None
        raise
    return claim


def _hide(claim: Claim) -> None:
    review = locked_review(claim.piece)
    if review is not None and review.state == Review.State.APPROVED:
        reviews.suspend(review=review, reason=f"claim {claim.pk}")
