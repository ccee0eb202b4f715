"""Every trigger that keeps an invariant is there. SQLite drops them silently when a migration rebuilds a table."""

import pytest
from django.db import connection

APPEND_ONLY = {
    "common_auditline",
    "generation_datasetitem",
    "generation_piece",
    "licensing_logleaf",
    "licensing_provenancerecord",
    "licensing_signedfile",
    "licensing_treehead",
    "marketplace_consent",
    "marketplace_download",
}
SQLITE = (
    {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in ("UPDATE", "DELETE")}
    | {f"ledger_entry_{verb}" for verb in ("insert", "post", "update", "delete")}
    | {f"ledger_line_{verb}" for verb in ("insert", "update", "delete")}
    | {"listing_needs_approval_INSERT", "listing_needs_approval_UPDATE", "lost_approval_unlists"}
    | {"deleted_review_unlists", "moved_review_unlists"}
    | {f"approval_needs_no_claim_{verb}" for verb in ("INSERT", "UPDATE")}
    | {f"claim_needs_no_approval_{verb}" for verb in ("INSERT", "UPDATE")}
)
POSTGRESQL = {f"{table}_append_only" for table in APPEND_ONLY} | {
    "approval_needs_no_claim",
    "claim_needs_no_approval",
    "ledger_entry",
    "ledger_line",
    "listing_needs_approval",
    "lost_approval_unlists",
    "deleted_review_unlists",
    "moved_review_unlists",
}


@pytest.mark.concurrency
@pytest.mark.django_db
def test_the_database_has_every_trigger() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        there = {name for (name,) in cursor.fetchall()}
    assert there >= (SQLITE if connection.vendor == "sqlite" else POSTGRESQL)
