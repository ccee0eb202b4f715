"""What people did for a piece, independent time-stamps on tree heads, and entries about keys found at once."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0003_every_kind_of_work"),
        ("licensing", "0004_marks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HeadStamp",
            fields=[
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stamp",
                        serialize=False,
                        to="licensing.treehead",
                    ),
                ),
                ("token", models.BinaryField(help_text="The authority's reply, DER.")),
                ("stamped_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="HumanAct",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("act", models.CharField(max_length=60)),
                ("detail", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "piece",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="human_acts", to="generation.piece"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [models.UniqueConstraint(fields=("piece", "act", "at"), name="one_act_at_a_time")],
            },
        ),
        migrations.AddIndex(
            model_name="logleaf",
            index=models.Index(
                condition=models.Q(("kind__in", ["key.rotated", "key.compromised"])),
                fields=["kind"],
                name="log_of_keys",
            ),
        ),
        append_only("licensing_headstamp"),
        append_only("licensing_humanact"),
    ]
