"""The audit trail: who did what, when and why. Lines are only ever added."""

from django.db.models import Model

from common.models import AuditLine, User

__all__ = ["history", "record"]


def record(
    *,
    action: str,
    subject: Model,
    role: str,
    actor: User | None = None,
    before: str = "",
    after: str = "",
    reason: str = "",
) -> AuditLine:
    """Add one line about `subject`. Call it in the transaction that makes the change."""
    return AuditLine.objects.create(
        actor=actor,
        role=role,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        before=before,
        after=after,
        reason=reason,
    )


def history(subject: Model) -> list[AuditLine]:
    """The lines about `subject`, oldest first."""
    lines = AuditLine.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(lines.select_related("actor").order_by("at", "id"))
