"""The ledger keeps itself: an entry posts only if it balances, and what is posted never changes.

An entry is inserted unposted, gets its lines, and is posted by an UPDATE; a trigger checks the balance there.
"""

from django.db import migrations

from common.append_only import run_sql

_SQLITE = [
    """CREATE TRIGGER ledger_entry_insert BEFORE INSERT ON marketplace_entry WHEN NEW.posted
    BEGIN SELECT RAISE(ABORT, 'ledger: insert the entry unposted'); END""",
    """CREATE TRIGGER ledger_entry_post BEFORE UPDATE ON marketplace_entry WHEN NEW.posted AND NOT OLD.posted
    BEGIN SELECT RAISE(ABORT, 'ledger: unbalanced')
    WHERE (SELECT COUNT(*) FROM marketplace_line WHERE entry_id = NEW.id) < 2
    OR EXISTS (SELECT 1 FROM marketplace_line WHERE entry_id = NEW.id GROUP BY currency HAVING SUM(amount_minor) <> 0)
    OR EXISTS (SELECT 1 FROM marketplace_line l JOIN marketplace_account a ON a.id = l.account_id
               WHERE l.entry_id = NEW.id AND a.currency <> l.currency); END""",
    """CREATE TRIGGER ledger_entry_update BEFORE UPDATE ON marketplace_entry WHEN OLD.posted
    BEGIN SELECT RAISE(ABORT, 'ledger: posted'); END""",
    """CREATE TRIGGER ledger_entry_delete BEFORE DELETE ON marketplace_entry WHEN OLD.posted
    BEGIN SELECT RAISE(ABORT, 'ledger: posted'); END""",
    """CREATE TRIGGER ledger_line_insert BEFORE INSERT ON marketplace_line
    WHEN (SELECT posted FROM marketplace_entry WHERE id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'ledger: posted'); END""",
    """CREATE TRIGGER ledger_line_update BEFORE UPDATE ON marketplace_line
    BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END""",
    """CREATE TRIGGER ledger_line_delete BEFORE DELETE ON marketplace_line
    BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END""",
]
_SQLITE_BACK = [
    f"DROP TRIGGER ledger_{name}"
    for name in (
        "entry_insert",
        "entry_post",
        "entry_update",
        "entry_delete",
        "line_insert",
        "line_update",
        "line_delete",
    )
]
_REFUSE = "RAISE EXCEPTION 'ledger: {why}' USING ERRCODE = 'integrity_constraint_violation'"
_POSTGRESQL = [
    f"""CREATE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.posted THEN {_REFUSE.format(why="insert the entry unposted")}; END IF;
      RETURN NEW;
    END IF;
    IF OLD.posted THEN {_REFUSE.format(why="posted")}; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.posted AND (
      (SELECT COUNT(*) FROM marketplace_line WHERE entry_id = NEW.id) < 2
      OR EXISTS (SELECT 1 FROM marketplace_line WHERE entry_id = NEW.id
                 GROUP BY currency HAVING SUM(amount_minor) <> 0)
      OR EXISTS (SELECT 1 FROM marketplace_line l JOIN marketplace_account a ON a.id = l.account_id
                 WHERE l.entry_id = NEW.id AND a.currency <> l.currency)
    ) THEN {_REFUSE.format(why="unbalanced")}; END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_entry BEFORE INSERT OR UPDATE OR DELETE ON marketplace_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_guard()""",
    f"""CREATE FUNCTION ledger_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'INSERT' THEN {_REFUSE.format(why="immutable")}; END IF;
    IF (SELECT posted FROM marketplace_entry WHERE id = NEW.entry_id FOR UPDATE)
    THEN {_REFUSE.format(why="posted")}; END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_line BEFORE INSERT OR UPDATE OR DELETE ON marketplace_line
    FOR EACH ROW EXECUTE FUNCTION ledger_line_guard()""",
]
_POSTGRESQL_BACK = [
    "DROP TRIGGER ledger_line ON marketplace_line",
    "DROP TRIGGER ledger_entry ON marketplace_entry",
    "DROP FUNCTION ledger_line_guard()",
    "DROP FUNCTION ledger_entry_guard()",
]


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]

    operations = [
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        )
    ]
