"""The admin of what every app shares: people, audit trail, outbox; and the base of every admin that only shows."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from common import audit
from common.models import ApiToken, AuditLine, OutboxDelivery, User

__all__ = ["ReadOnlyAdmin"]


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows rows and changes none: whatever changes state goes through the function that audits it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditLine)
class AuditLineAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "role", "actor", "subject_type", "subject_id", "before", "after"]
    list_filter = ["role", "subject_type"]
    list_select_related = ["actor"]
    search_fields = ["subject_id", "action", "actor__username"]
    ordering = ["-at", "-id"]


@admin.register(OutboxDelivery)
class OutboxDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["event", "handler", "attempts", "due_at", "done_at", "error"]
    list_filter = ["handler", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["event"]
    search_fields = ["event__topic", "handler"]
    ordering = ["-due_at"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Whose tokens there are and what they open. Their secrets are nowhere."""

    list_display = ["user", "name", "ending", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "ending", "user__username", "user__email"]
    exclude = ["secret_sha256"]
    ordering = ["-id"]


admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """People are protected by what refers to them; each change of theirs here leaves an audit line."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_staff", "is_active", "date_joined"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note("user.added", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note("user.changed", request, obj, message)
        return super().log_change(request, obj, message)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    def log_addition(self, request: HttpRequest, obj: Group, message: Any) -> Any:
        _note("group.added", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Group, message: Any) -> Any:
        _note("group.changed", request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for group in queryset:
            _note("group.deleted", request, group, "")
        return super().log_deletions(request, queryset)


def _note(action: str, request: HttpRequest, subject: Model, message: Any) -> None:
    assert isinstance(request.user, User)
    audit.record(action=action, subject=subject, role="staff", actor=request.user, reason=str(message))
