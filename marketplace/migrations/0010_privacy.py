"""Copies of one's data, erasures and consents; the log of downloads may be shortened once it is a year old."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.append_only import append_only, append_only_for, released


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0009_payouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("text", models.SlugField(help_text="Which text.")),
                ("version", models.PositiveSmallIntegerField()),
                ("text_sha256", models.CharField(help_text="Of the text as it was shown.", max_length=64)),
                ("language", models.CharField(max_length=12)),
                ("given", models.BooleanField(help_text="False where it was refused or taken back.")),
                (
                    "how",
                    models.CharField(
                        help_text="Where the answer was given: at sign-up, on the page, by the API.", max_length=20
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "text", "-at", "-id"], name="consents_of_a_person")],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("language", models.CharField(default="en", max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("taken_back", "Taken Back"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "taken_back"), _negated=True),
                        fields=("person",),
                        name="one_erasure_for_each_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("begun_at__isnull", True), ("state__in", ["asked", "taken_back"])),
                            models.Q(("begun_at__isnull", False), ("state__in", ["running", "done"])),
                            _connector="OR",
                        ),
                        name="erasure_begun_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", False), ("state", "done")),
                            models.Q(models.Q(("state", "done"), _negated=True), ("done_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="erasure_done_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("language", models.CharField(default="en", max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("making", "Making"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("fence", models.PositiveSmallIntegerField(default=0)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                ("done", models.PositiveIntegerField(default=0, help_text="Of `total` parts.")),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "file_name",
                    models.CharField(blank=True, help_text="Where it lies in the `masters` area.", max_length=120),
                ),
                ("byte_count", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "left_out",
                    models.PositiveIntegerField(
                        default=0, help_text="Files that no longer fitted in, or were missing."
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "making"])),
                        fields=("person",),
                        name="one_export_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                ("expires_at__isnull", False),
                                ("ready_at__isnull", False),
                                models.Q(("file_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="export_ready_with_a_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_expires_at__isnull", False), ("state", "making")),
                            models.Q(models.Q(("state", "making"), _negated=True), ("lease_expires_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="export_lease_while_made",
                    ),
                ],
            },
        ),
        append_only("marketplace_consent"),
        released("marketplace_download"),
        append_only_for("marketplace_download", days=365),
    ]
