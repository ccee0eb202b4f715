"""A work that its maker took down goes under review too when its approval is lost: what is held of it is not sold.

Only the work's own row is touched after the review's, so that a sale at the same moment comes before or after.
"""

from django.db import migrations

from common.append_only import run_sql

_UNLISTS = """UPDATE marketplace_artwork SET state = 'under_review'
WHERE piece_id = {row}.piece_id AND state IN ({states})"""
_TRIGGERS = {
    "lost_approval_unlists": ("UPDATE", "OLD.state = 'approved' AND NEW.state <> 'approved'", "NEW"),
    "deleted_review_unlists": ("DELETE", "OLD.state = 'approved'", "OLD"),
    "moved_review_unlists": ("UPDATE", "OLD.state = 'approved' AND OLD.piece_id <> NEW.piece_id", "OLD"),
}


def _sqlite(states: str) -> list[str]:
    return [
        statement
        for name, (verb, when, row) in _TRIGGERS.items()
        for statement in (
            f"DROP TRIGGER IF EXISTS {name}",
            f"""CREATE TRIGGER {name} AFTER {verb} ON licensing_review
            WHEN {when} BEGIN {_UNLISTS.format(row=row, states=states)}; END""",
        )
    ]


def _postgresql(states: str) -> list[str]:
    lost, gone = (_UNLISTS.format(row=row, states=states) for row in ("NEW", "OLD"))
    return [
        f"""CREATE OR REPLACE FUNCTION lost_approval_unlists() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.state = 'approved' AND NEW.state <> 'approved' THEN {lost}; END IF;
        RETURN NEW; END $$""",
        f"""CREATE OR REPLACE FUNCTION lost_review_unlists() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {gone}; RETURN NULL; END $$""",
    ]


_BEFORE, _NOW = "'listed'", "'listed', 'withdrawn'"


class Migration(migrations.Migration):
    # After every migration that rebuilds the reviews, since SQLite drops a table's triggers with the old table.
    dependencies = [("marketplace", "0007_search"), ("licensing", "0012_claims")]

    operations = [
        run_sql(
            sqlite=_sqlite(_NOW),
            sqlite_back=_sqlite(_BEFORE),
            postgresql=_postgresql(_NOW),
            postgresql_back=_postgresql(_BEFORE),
        )
    ]
