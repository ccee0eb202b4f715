"""Nothing is listed whose review is not approved: the database refuses it, and takes down what loses its approval.

The listing side locks the review's row (PostgreSQL), so that an approval withdrawn at the same moment either stops
the listing or takes it down again.
"""

from django.db import migrations

from common.append_only import append_only, run_sql

_NOT_APPROVED = "listing refused: the review of this piece is not approved"
_UNLISTS = """UPDATE marketplace_artwork SET state = 'under_review'
WHERE piece_id = NEW.piece_id AND state = 'listed'"""

_SQLITE = [
    f"""CREATE TRIGGER listing_needs_approval_{verb} BEFORE {verb} ON marketplace_artwork
    WHEN NEW.state = 'listed' AND NOT EXISTS
      (SELECT 1 FROM licensing_review WHERE piece_id = NEW.piece_id AND state = 'approved')
    BEGIN SELECT RAISE(ABORT, '{_NOT_APPROVED}'); END"""
    for verb in ("INSERT", "UPDATE")
] + [
    f"""CREATE TRIGGER lost_approval_unlists AFTER UPDATE ON licensing_review
    WHEN OLD.state = 'approved' AND NEW.state <> 'approved' BEGIN {_UNLISTS}; END"""
]
_SQLITE_BACK = [
    f"DROP TRIGGER {name}"
    for name in ("listing_needs_approval_INSERT", "listing_needs_approval_UPDATE", "lost_approval_unlists")
]
_POSTGRESQL = [
    f"""CREATE FUNCTION listing_needs_approval() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.state = 'listed' THEN
      PERFORM 1 FROM licensing_review WHERE piece_id = NEW.piece_id AND state = 'approved' FOR SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION '{_NOT_APPROVED}' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
    END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER listing_needs_approval BEFORE INSERT OR UPDATE OF state, piece_id ON marketplace_artwork
    FOR EACH ROW EXECUTE FUNCTION listing_needs_approval()""",
    f"""CREATE FUNCTION lost_approval_unlists() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.state = 'approved' AND NEW.state <> 'approved' THEN {_UNLISTS}; END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER lost_approval_unlists AFTER UPDATE OF state ON licensing_review
    FOR EACH ROW EXECUTE FUNCTION lost_approval_unlists()""",
]
_POSTGRESQL_BACK = [
    "DROP TRIGGER lost_approval_unlists ON licensing_review",
    "DROP FUNCTION lost_approval_unlists()",
    "DROP TRIGGER listing_needs_approval ON marketplace_artwork",
    "DROP FUNCTION listing_needs_approval()",
]


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0002_ledger_balances"), ("licensing", "0002_append_only")]

    operations = [
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        ),
        append_only("marketplace_download"),
    ]
