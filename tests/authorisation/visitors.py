"""Somebody of each role at the API, and the proof that a refusal changes nothing."""

from typing import Any

from django.apps import apps
from django.db import transaction
from django.urls import URLPattern
from rest_framework.test import APIClient

from common.api.bearer import needed
from common.models import ApiToken
from tests.api import client
from tests.authorisation.world import World

__all__ = ["ROLES", "Visitor"]

ROLES = ("guest", "buyer", "creator", "other", "staff", "reviewer", "operator", "token", "bare")
WITH_TOKENS = ("token", "bare")
REFUSED = (401, 403, 404)
OURS = ("common", "generation", "licensing", "marketplace")


class Visitor:
    """One role in a world of its own. `token` has the one scope that is needed, `bare` has every other."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.world = World()
        self._clients: dict[str, APIClient] = {}
        self._before: list[Any] = []

    def ask(self, method: str, name: str, pattern: URLPattern) -> int:
        """The status of the answer; what it changed is undone, and if it is a refusal there must be nothing to undo."""
        come = getattr(self._client(method, pattern), method)
        given = {"data": self.world.bodies.get(name, {}), "format": "json"} if method != "get" else {}
        undone = transaction.atomic()
        undone._from_testcase = True  # type: ignore[attr-defined]  # what must be outermost may be inside of this
        with undone:
            status: int = come(address(pattern, self.world), **given).status_code
            if status in REFUSED:
                assert everything() == self._before, f"{method} {name} refused {self.role} and changed something"
            transaction.set_rollback(True)
        return status

    def _client(self, method: str, pattern: URLPattern) -> APIClient:
        view: Any = pattern.callback.view_class  # type: ignore[attr-defined]
        scope = needed(view, method.upper()) if self.role in WITH_TOKENS and hasattr(view, "area") else ""
        if scope not in self._clients:
            self._clients = {scope: self._made(scope)}
            self._before = everything()
        return self._clients[scope]

    def _made(self, scope: str) -> APIClient:
        if self.role not in WITH_TOKENS:
            return client(self.world.people.get(self.role))
        make = self.world.secret if self.role == "token" else self.world.secret_without
        made = client()
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {make(scope)}")
        return made


def address(pattern: URLPattern, world: World) -> str:
    """The address of the row in this world that the pattern is about."""
    path = str(pattern.pattern)
    first = path.split("/")[0]
    row = {"generations": "generation", "training-jobs": "training", "training-runs": "run"}.get(first, first[:-1])
    named = dict.fromkeys(("job_id", "slug", "name"), world.keys.get(row))
    values = {"version": 1, "number": 1, "token": "not-a-token", **world.keys, **named}
    for name in pattern.pattern.converters:
        start = path.index("<")
        path = f"{path[:start]}{values[name]}{path[path.index('>', start) + 1 :]}"
    return f"/api/v1/{path}"


def everything() -> list[Any]:
    """Every row of ours but tokens, whose last use is noted."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return [list(model._default_manager.order_by("pk").values_list()) for model in models if model is not ApiToken]
