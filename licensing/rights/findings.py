"""Findings as rows, and reviews held against the policy again after its file was changed."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from licensing.models import Finding, Review
from licensing.rights import policy
from licensing.rights.policy import Found, PolicyFile

__all__ = ["Outcome", "again", "fresh", "outdated"]

State = Review.State
_HELD = (State.PENDING, State.IN_REVIEW, State.APPROVED)


@dataclass(frozen=True)
class Outcome:
    """`reopened`: the approval no longer stands, because of the rules in `blocking`."""

    reopened: bool
    blocking: tuple[str, ...]


def fresh(review: Review, found: Found, version: str) -> Finding:
    """A finding of `review` that is not stored yet."""
    return Finding(
        review=review,
        rule=found.rule,
        rule_version=found.rule_version,
        policy_version=version,
        severity=found.severity,
        sentence=found.sentence,
        evidence=found.evidence,
    )


def outdated(by: PolicyFile) -> list[Review]:
    """What waits or was approved, and was held against another policy file or none; the oldest first."""
    other = Q(findings__isnull=True) | ~Q(findings__policy_version=by.version)
    rows = Review.objects.filter(other, state__in=_HELD).distinct()
    return list(rows.select_related("piece").order_by("submitted_at", "id"))


def again(review: Review, by: PolicyFile) -> Outcome:
    """Hold one review against the policy again. An answer is kept where the rule still says the same.

    Never decides: an approved piece with a new blocking finding goes back in line, in the same transaction.
    """
    from licensing.rights import reviews  # it makes findings with `fresh`

    with transaction.atomic():
        review = Review.objects.select_for_update().select_related("piece").get(pk=review.pk)
        before = {one.rule: one for one in review.findings.all()}
        rows = [fresh(review, found, by.version) for found in policy.evaluate(review.piece, by)]
        for row in rows:
            row.answer = _kept(row, before.get(row.rule))
        review.findings.all().delete()
        Finding.objects.bulk_create(rows)
        blocking = tuple(one.rule for one in rows if one.severity == policy.BLOCKS and not one.answer)
        reopened = bool(blocking) and review.state == State.APPROVED
        if reopened:
            reviews.reopen(review=review, reason=f"The policy changed and now blocks: {', '.join(blocking)}.")
    return Outcome(reopened, blocking)


def _kept(row: Finding, old: Finding | None) -> str:
    same = old is not None and (old.rule_version, old.sentence) == (row.rule_version, row.sentence)
    return old.answer if old is not None and same else ""
