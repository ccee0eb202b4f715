"""A finished piece never changes, but that its maker's words may be taken out of what it was made with."""

from django.db import migrations

from common.append_only import append_only_but_words, released

OTHERS = (
    "id",
    "slot_id",
    "checkpoint_id",
    "kind",
    "media_type",
    "width",
    "height",
    "content_sha256",
    "master_name",
    "seed",
    "profile",
    "still_name",
    "companions",
    "device_seconds",
    "cost",
    "cost_currency",
    "scores",
    "started_at",
    "finished_at",
)


class Migration(migrations.Migration):
    dependencies = [("generation", "0005_withdrawn_is_not_used")]

    operations = [
        released("generation_piece"),
        append_only_but_words("generation_piece", words=("parameters", "steps"), others=OTHERS),
    ]
