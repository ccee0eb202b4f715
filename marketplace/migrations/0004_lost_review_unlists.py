"""A listing comes down too when the approved review behind it is deleted, or is moved to another piece."""

from django.db import migrations

from common.append_only import run_sql

_UNLISTS = """UPDATE marketplace_artwork SET state = 'under_review'
WHERE piece_id = OLD.piece_id AND state = 'listed'"""

_SQLITE = [
    f"""CREATE TRIGGER deleted_review_unlists AFTER DELETE ON licensing_review
    WHEN OLD.state = 'approved' BEGIN {_UNLISTS}; END""",
    f"""CREATE TRIGGER moved_review_unlists AFTER UPDATE ON licensing_review
    WHEN OLD.state = 'approved' AND OLD.piece_id <> NEW.piece_id BEGIN {_UNLISTS}; END""",
]
_SQLITE_BACK = ["DROP TRIGGER deleted_review_unlists", "DROP TRIGGER moved_review_unlists"]
_POSTGRESQL = [
    f"""CREATE FUNCTION lost_review_unlists() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {_UNLISTS}; RETURN NULL; END $$""",
    """CREATE TRIGGER deleted_review_unlists AFTER DELETE ON licensing_review
    FOR EACH ROW WHEN (OLD.state = 'approved') EXECUTE FUNCTION lost_review_unlists()""",
    """CREATE TRIGGER moved_review_unlists AFTER UPDATE OF piece_id ON licensing_review
    FOR EACH ROW WHEN (OLD.state = 'approved' AND OLD.piece_id <> NEW.piece_id)
    EXECUTE FUNCTION lost_review_unlists()""",
]
_POSTGRESQL_BACK = [
    "DROP TRIGGER moved_review_unlists ON licensing_review",
    "DROP TRIGGER deleted_review_unlists ON licensing_review",
    "DROP FUNCTION lost_review_unlists()",
]


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0003_listing_needs_approval"),
        ("licensing", "0006_findings_name_their_policy"),
    ]

    operations = [
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        )
    ]
