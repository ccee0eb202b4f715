"""For whoever runs the site: is the process up, and can it serve?"""

import functools

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.api import document
from common.errors import DomainError

__all__ = ["healthz", "readyz"]


class NotReady(DomainError):
    status = 503
    code = "not_ready"
    title = "The site cannot serve yet."


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Touches nothing else."""
    return JsonResponse({"status": "up"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 once the database answers and every migration is applied, 503 until then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated():
            return document(NotReady("Migrations are not applied. Run: python manage.py migrate"))
    except DatabaseError:
        return document(NotReady("The database does not answer."))
    return JsonResponse({"status": "ready"})


def _migrated() -> bool:
    """Looked up until it is true; it stays true as long as this process runs."""
    try:
        _check_migrations()
    except LookupError:
        return False
    return True


@functools.cache
def _check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError("some migrations are not applied")
