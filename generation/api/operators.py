"""Who runs the house: what their doors have in common."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

__all__ = ["Operator"]


class Operator(BasePermission):
    """Active staff with the permission that the view names as `operators_may`, such as `generation.view_worker`."""

    message = "Only staff with the right to run the house's workers and trainings may do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        person = request.user
        return bool(person and person.is_active and person.is_staff and person.has_perm(view.operators_may))
