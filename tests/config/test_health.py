"""What a machine in front of the site asks."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config import health
from tests.api import client, refused


def test_a_process_that_is_up_says_so_without_a_database() -> None:
    response = client().get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "up"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_site_is_ready_once_every_migration_is_applied() -> None:
    health._check_migrations.cache_clear()
    last = MigrationRecorder.Migration.objects.filter(app="marketplace").order_by("-id").first()
    assert last is not None
    MigrationRecorder(connection).record_unapplied("marketplace", last.name)
    refused(client().get("/readyz"), 503, "not_ready")
    MigrationRecorder(connection).record_applied("marketplace", last.name)
    response = client().get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})
