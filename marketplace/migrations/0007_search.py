"""Search documents, with a full-text index over their terms on either database, and the words of the house."""

import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from common.append_only import run_sql

_FTS = "marketplace_search_fts"
_DROP = f"INSERT INTO {_FTS}({_FTS}, rowid, terms) VALUES ('delete', OLD.id, OLD.terms)"
_ADD = f"INSERT INTO {_FTS}(rowid, terms) VALUES (NEW.id, NEW.terms)"
_SQLITE = [
    f"""CREATE VIRTUAL TABLE {_FTS} USING fts5(
    terms, content='marketplace_searchdocument', content_rowid='id', tokenize="unicode61 remove_diacritics 0",
    detail=none, prefix='2 3')""",
    f"CREATE TRIGGER search_insert AFTER INSERT ON marketplace_searchdocument BEGIN {_ADD}; END",
    f"CREATE TRIGGER search_delete AFTER DELETE ON marketplace_searchdocument BEGIN {_DROP}; END",
    f"CREATE TRIGGER search_update AFTER UPDATE ON marketplace_searchdocument BEGIN {_DROP}; {_ADD}; END",
]
_SQLITE_BACK = [f"DROP TRIGGER search_{verb}" for verb in ("insert", "delete", "update")] + [f"DROP TABLE {_FTS}"]
# No parser: in a database with the locale C, PostgreSQL's own would drop Chinese.
_POSTGRESQL = [
    """ALTER TABLE marketplace_searchdocument ADD COLUMN tsv tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED""",
    "CREATE INDEX search_terms ON marketplace_searchdocument USING gin (tsv) WITH (fastupdate = off)",
    "CREATE INDEX search_word_parts ON marketplace_searchword USING gin (word gin_trgm_ops)",
]
_POSTGRESQL_BACK = [
    "DROP INDEX search_word_parts",
    "ALTER TABLE marketplace_searchdocument DROP COLUMN tsv",
]


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0006_webhooks"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=40, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("terms", models.TextField(help_text="Each once, with spaces between.")),
                (
                    "facets",
                    models.TextField(help_text="heading=value, with spaces between; each is among the terms as well."),
                ),
                ("version", models.PositiveSmallIntegerField(help_text="Of the code that made the terms.")),
                (
                    "artwork",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_document",
                        to="marketplace.artwork",
                    ),
                ),
            ],
        ),
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        ),
    ]
