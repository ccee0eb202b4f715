"""Migration operations that make the database itself refuse changes to a table, on SQLite and on PostgreSQL."""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

__all__ = ["append_only", "rebuilt", "released", "run_sql"]

_FUNCTION = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
"""
_FUNCTION_BACK = "DROP TRIGGER {table}_append_only ON {table}; DROP FUNCTION {table}_append_only();"


def append_only(table: str) -> RunPython:
    """Refuse UPDATE and DELETE on `table` (IntegrityError). Reversible."""
    sqlite = [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    sqlite_back = [f"DROP TRIGGER {table}_no_{verb}" for verb in ("UPDATE", "DELETE")]
    return run_sql(
        sqlite=sqlite,
        postgresql=[_FUNCTION.format(table=table)],
        sqlite_back=sqlite_back,
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
