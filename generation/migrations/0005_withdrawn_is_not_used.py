"""No job is written for a checkpoint or an input work whose consent was withdrawn: the database refuses it.

The job's side locks that row for reading (PostgreSQL), so that a withdrawal at the same moment either stops the job
or finds its slots.
"""

import django.utils.timezone
from django.db import migrations, models

from common.append_only import run_sql

# Table of what is written: the column that names what is used, that thing's table, and when it may not be used.
_RULES = {
    "generation_job": ("checkpoint_id", "generation_checkpoint", "state = 'withdrawn'"),
    "generation_jobinput": ("work_id", "generation_inputwork", "withdrawn_at IS NOT NULL"),
}
_SQLITE, _POSTGRESQL, _SQLITE_BACK, _POSTGRESQL_BACK = [], [], [], []
for _table, (_column, _used, _withdrawn) in _RULES.items():
    _name = f"{_table}_of_nothing_withdrawn"
    _refusal = f"{_table} refused: the consent for what it uses was withdrawn"
    _SQLITE.append(
        f"""CREATE TRIGGER {_name} BEFORE INSERT ON {_table}
        WHEN EXISTS (SELECT 1 FROM {_used} WHERE id = NEW.{_column} AND {_withdrawn})
        BEGIN SELECT RAISE(ABORT, '{_refusal}'); END"""
    )
    _SQLITE_BACK.append(f"DROP TRIGGER {_name}")
    _POSTGRESQL += [
        f"""CREATE FUNCTION {_name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM 1 FROM {_used} WHERE id = NEW.{_column} FOR SHARE;
        PERFORM 1 FROM {_used} WHERE id = NEW.{_column} AND {_withdrawn};
        IF FOUND THEN
          RAISE EXCEPTION '{_refusal}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW; END $$""",
        f"CREATE TRIGGER {_name} BEFORE INSERT ON {_table} FOR EACH ROW EXECUTE FUNCTION {_name}()",
    ]
    _POSTGRESQL_BACK += [f"DROP TRIGGER {_name} ON {_table}", f"DROP FUNCTION {_name}()"]


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_withdrawn_checkpoints")]

    operations = [
        migrations.CreateModel(
            name="WithdrawnItem",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("withdrawn_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField("inputwork", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
        run_sql(sqlite=_SQLITE, sqlite_back=_SQLITE_BACK, postgresql=_POSTGRESQL, postgresql_back=_POSTGRESQL_BACK),
    ]
