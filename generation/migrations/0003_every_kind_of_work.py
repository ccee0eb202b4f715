"""Texts, sculptures and moving images beside pictures; input works; the fleet; training as a job."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.append_only import append_only, released


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_audit_append_only"),
        ("generation", "0002_frozen_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        released("generation_piece"),
        released("generation_datasetitem"),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="generation_account",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("served_at", models.DateTimeField(blank=True, null=True)),
                (
                    "pieces_per_day",
                    models.PositiveIntegerField(blank=True, help_text="Empty: as the settings say.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("queues", models.CharField(max_length=200)),
                ("device", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(default="idle", help_text="idle, working, draining or gone.", max_length=12),
                ),
                ("pieces", models.PositiveIntegerField(default=0, help_text="Finished since it started.")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("beat_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="checkpoint",
            name="components",
            field=models.ManyToManyField(
                blank=True,
                help_text="The checkpoints of a chain's steps.",
                related_name="used_by",
                to="generation.checkpoint",
            ),
        ),
        migrations.AddField(
            model_name="datasetitem",
            name="fingerprint",
            field=models.CharField(blank=True, help_text="Finds near copies; its method comes first.", max_length=128),
        ),
        migrations.AddField(
            model_name="datasetitem",
            name="opt_out",
            field=models.JSONField(
                default=dict, help_text="Opt-out signals seen when freezing: signal → what it said."
            ),
        ),
        migrations.AddField(
            model_name="datasetitem",
            name="title",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="cleaning",
            field=models.JSONField(
                default=list, help_text="What was done to the items, step by step, before freezing."
            ),
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="kind",
            field=models.CharField(
                default="picture", help_text="What its items are: picture, text, form.", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="piece",
            name="companions",
            field=models.JSONField(default=dict, help_text="Further files: name → stored name, digest, media type."),
        ),
        migrations.AddField(
            model_name="piece",
            name="cost",
            field=models.DecimalField(decimal_places=6, help_text="Device seconds × price.", max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="piece",
            name="cost_currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="piece",
            name="device_seconds",
            field=models.DecimalField(decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="piece",
            name="steps",
            field=models.JSONField(
                default=list, help_text="Of a chain: each step's model, seed, parameters and inputs."
            ),
        ),
        migrations.AddField(
            model_name="piece",
            name="still_name",
            field=models.CharField(blank=True, help_text="Its picture, where the master is none.", max_length=120),
        ),
        migrations.AddField(
            model_name="slot",
            name="not_before",
            field=models.DateTimeField(blank=True, help_text="After a failure: when it may be tried again.", null=True),
        ),
        migrations.AddField(
            model_name="slot",
            name="queue",
            field=models.CharField(
                default="pictures", help_text="The capability that a worker must have.", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="steps_done",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="slot",
            name="steps_total",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="piece",
            name="height",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="piece",
            name="width",
            field=models.PositiveIntegerField(help_text="In pixels, of what is seen; none for texts.", null=True),
        ),
        migrations.CreateModel(
            name="InputWork",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "origin",
                    models.CharField(
                        choices=[("upload", "Upload"), ("piece", "Piece"), ("studio", "Studio")], max_length=10
                    ),
                ),
                ("kind", models.CharField(default="picture", max_length=20)),
                ("media_type", models.CharField(max_length=60)),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("name", models.CharField(help_text="Where it lies in the `masters` area.", max_length=120)),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                (
                    "licence_spdx",
                    models.CharField(
                        help_text="SPDX identifier, or LicenseRef-own for the owner's work.", max_length=60
                    ),
                ),
                ("rights_holder", models.CharField(max_length=200)),
                ("source", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="input_works",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "piece",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="used_as",
                        to="generation.piece",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JobInput",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=20)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="inputs", to="generation.job"
                    ),
                ),
                (
                    "work",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="jobs", to="generation.inputwork"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrainingJob",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(help_text="How the checkpoint will be called.")),
                ("config_toml", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("claimed", "Claimed"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("fence", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                ("progress", models.JSONField(default=dict, help_text="The newest line of metrics.")),
                ("error_detail", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to="generation.trainingrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Benchmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.CharField(help_text="Device and processor.", max_length=80)),
                ("threads", models.PositiveSmallIntegerField()),
                ("setting", models.JSONField(help_text="The parameters that were measured, such as the size.")),
                ("label", models.CharField(help_text="The setting in words, such as 1024 × 1024.", max_length=80)),
                ("pieces", models.PositiveIntegerField()),
                ("seconds_per_piece", models.DecimalField(decimal_places=4, max_digits=10)),
                (
                    "quality",
                    models.DecimalField(decimal_places=4, help_text="Mean score, 0 to 1.", max_digits=6, null=True),
                ),
                ("scores", models.JSONField(default=dict)),
                ("code_commit", models.CharField(blank=True, max_length=64)),
                ("measured_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="benchmarks",
                        to="generation.checkpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checkpoint", "device", "threads", "label"), name="one_benchmark_per_setting"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="inputwork",
            constraint=models.UniqueConstraint(fields=("owner", "sha256", "licence_spdx"), name="one_input_per_owner"),
        ),
        migrations.AddConstraint(
            model_name="inputwork",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("licence_spdx", ""), _negated=True), models.Q(("rights_holder", ""), _negated=True)
                ),
                name="input_has_rights",
            ),
        ),
        migrations.AddConstraint(
            model_name="jobinput",
            constraint=models.UniqueConstraint(fields=("job", "role"), name="one_input_per_role"),
        ),
        migrations.AddConstraint(
            model_name="trainingjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "claimed"])),
                fields=("slug",),
                name="one_live_training_per_slug",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_expires_at__isnull", False), ("state", "claimed")),
                    models.Q(models.Q(("state", "claimed"), _negated=True), ("lease_expires_at__isnull", True)),
                    _connector="OR",
                ),
                name="training_lease_while_claimed",
            ),
        ),
        append_only("generation_piece"),
        append_only("generation_datasetitem"),
    ]
