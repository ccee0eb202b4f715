"""The workers, and how many pieces each account may ask for: the one thing of generation that staff set here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from common.admin import ReadOnlyAdmin
from common.models import User
from generation import quotas
from generation.models import Account, Worker


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "device", "queues", "pieces", "started_at", "beat_at"]
    list_filter = ["state"]
    search_fields = ["name", "device"]
    ordering = ["-beat_at"]


@admin.register(Account)
class AccountAdmin(ModelAdmin):  # type: ignore[misc]
    """An account's own number of pieces a day; empty, it is as the settings say. Each change leaves an audit line."""

    list_display = ["user", "pieces_per_day", "served_at"]
    list_select_related = ["user"]
    list_per_page = 50
    search_fields = ["user__username", "user__email"]
    ordering = ["-served_at", "user"]
    fields = ["user", "pieces_per_day", "served_at"]
    readonly_fields = ["served_at"]
    autocomplete_fields = ["user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["served_at"] if obj is None else ["user", "served_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Saved by its one column, since a worker may note meanwhile that the account was served."""
        assert isinstance(request.user, User)
        if change:
            obj.save(update_fields=["pieces_per_day"])
        else:
            super().save_model(request, obj, form, change)
        quotas.allow(account=obj, by=request.user)
