"""Withdrawals of consent, with the checkpoints and pieces that they reach."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0004_withdrawn_checkpoints"),
        ("licensing", "0006_findings_name_their_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("item_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "licence_spdx",
                    models.CharField(blank=True, help_text="With a dataset: only its items under this.", max_length=60),
                ),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done")], default="running", max_length=10
                    ),
                ),
                ("cursor", models.UUIDField(blank=True, null=True)),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="generation.dataset",
                    ),
                ),
                (
                    "input_work",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="generation.inputwork",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WithdrawnCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(max_length=12)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="generation.checkpoint",
                    ),
                ),
                (
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="licensing.withdrawal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WithdrawnPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "piece",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawals", to="generation.piece"
                    ),
                ),
                (
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="licensing.withdrawal"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("item_sha256", ""), _negated=True),
                        ("dataset", None),
                        ("input_work", None),
                        ("licence_spdx", ""),
                    ),
                    models.Q(("dataset__isnull", False), ("input_work", None), ("item_sha256", "")),
                    models.Q(
                        ("dataset", None), ("input_work__isnull", False), ("item_sha256", ""), ("licence_spdx", "")
                    ),
                    _connector="OR",
                ),
                name="withdrawal_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawncheckpoint",
            constraint=models.UniqueConstraint(fields=("withdrawal", "checkpoint"), name="checkpoint_withdrawn_once"),
        ),
        migrations.AddConstraint(
            model_name="withdrawnpiece",
            constraint=models.UniqueConstraint(fields=("withdrawal", "piece"), name="piece_withdrawn_once"),
        ),
    ]
