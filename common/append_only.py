"""Migration operations that make the database itself refuse changes to a table, on SQLite and on PostgreSQL."""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

__all__ = ["append_only", "append_only_but_words", "append_only_for", "rebuilt", "released", "run_sql"]

_FUNCTION = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {unless} RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
"""
_FUNCTION_BACK = "DROP TRIGGER {table}_append_only ON {table}; DROP FUNCTION {table}_append_only();"
_REFUSAL = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} {when} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
)


def append_only(table: str) -> RunPython:
    """Refuse UPDATE and DELETE on `table` (IntegrityError). Reversible."""
    return _guard(table)


def append_only_for(table: str, *, days: int, column: str = "at") -> RunPython:
    """As `append_only`, but a row whose `column` lies more than so many days back may be deleted. Reversible."""
    return _guard(
        table,
        sqlite_delete=f"WHEN OLD.{column} > datetime('now', '-{days} days')",
        postgresql=f"IF TG_OP = 'DELETE' AND OLD.{column} <= now() - interval '{days} days' THEN RETURN OLD; END IF;",
    )


def append_only_but_words(table: str, *, words: tuple[str, ...], others: tuple[str, ...]) -> RunPython:
    """As `append_only`, but the JSON columns `words` may lose something and never gain. Reversible.

    `others` are all other columns: SQLite has no name for them together.
    """
    changed = [f"OLD.{name} IS NOT NEW.{name}" for name in others]
    grown = [f"length(NEW.{name}) > length(OLD.{name})" for name in words]
    rest = f"- ARRAY[{', '.join(repr(name) for name in words)}]"
    lost = " AND ".join(f"length(NEW.{name}::text) <= length(OLD.{name}::text)" for name in words)
    return _guard(
        table,
        sqlite_update=f"WHEN {' OR '.join(changed + grown)}",
        postgresql=f"IF TG_OP = 'UPDATE' THEN IF to_jsonb(NEW) {rest} = to_jsonb(OLD) {rest} AND {lost} "
        "THEN RETURN NEW; END IF; END IF;",
    )


def _guard(table: str, *, sqlite_update: str = "", sqlite_delete: str = "", postgresql: str = "") -> RunPython:
    verbs = {"UPDATE": sqlite_update, "DELETE": sqlite_delete}
    return run_sql(
        sqlite=[_REFUSAL.format(table=table, verb=verb, when=when) for verb, when in verbs.items()],
        postgresql=[_FUNCTION.format(table=table, unless=postgresql)],
        sqlite_back=[f"DROP TRIGGER {table}_no_{verb}" for verb in verbs],
        postgresql_back=[_FUNCTION_BACK.format(table=table)],
    )


def released(table: str) -> RunPython:
    """Let `table` be altered: the inverse of `append_only`, which has to follow in the same migration. Reversible.

    SQLite makes a table anew when a column is added to it, and would lose the triggers without a word.
    """
    kept = append_only(table)
    assert kept.reverse_code is not None
    return RunPython(kept.reverse_code, kept.code)


def run_sql(
    *, sqlite: list[str], postgresql: list[str], sqlite_back: list[str], postgresql_back: list[str]
) -> RunPython:
    """Run the statements of whichever of the two databases is in use; reversible."""
    forwards = {"sqlite": sqlite, "postgresql": postgresql}
    backwards = {"sqlite": sqlite_back, "postgresql": postgresql_back}

    def run(statements: dict[str, list[str]], editor: BaseDatabaseSchemaEditor) -> None:
        for statement in statements[editor.connection.vendor]:
            editor.execute(statement, params=None)

    def ahead(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        run(forwards, editor)

    def back(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        run(backwards, editor)

    return RunPython(ahead, back)


def rebuilt(table: str) -> tuple[RunPython, RunPython]:
    """The first and the last operation of a migration that alters `table`: its triggers come through. Reversible.

    SQLite makes a table anew for a new column or constraint. It drops the old table's triggers without a word, and
    refuses while another table's trigger reads the table.
    """
    kept: list[tuple[str, str]] = []

    def before(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        kept.clear()
        if editor.connection.vendor == "sqlite":
            kept.extend(_triggers(editor, table))
            editor.execute("PRAGMA legacy_alter_table = ON")

    def after(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute("PRAGMA legacy_alter_table = OFF")
            there = {name for name, _ in _triggers(editor, table)}
            for name, statement in kept:
                if name not in there:
                    editor.execute(statement, params=None)

    return RunPython(before, after), RunPython(after, before)


def _triggers(editor: BaseDatabaseSchemaEditor, table: str) -> list[tuple[str, str]]:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        return list(cursor.fetchall())
