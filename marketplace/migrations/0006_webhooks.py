"""Outgoing webhooks: endpoints and the messages to them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0005_files_of_a_holding"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("url", models.CharField(max_length=500)),
                ("topics", models.JSONField(default=list, help_text="Which topics; empty for all.")),
                ("secret", models.CharField(editable=False, max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("gone", "Gone"), ("removed", "Removed")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(help_text="Of the outbox: its order is the order of things.")),
                ("topic", models.CharField(max_length=80)),
                (
                    "subject",
                    models.CharField(
                        help_text="What it is about; about one thing, messages go in order.", max_length=80
                    ),
                ),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("dropped", "Dropped"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("give_up_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, help_text="Of the last attempt.", max_length=200)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="marketplace.webhookendpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["-event_id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="webhook_due"),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["endpoint", "subject", "event_id"],
                        name="webhook_order",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "event_id"), name="one_message_for_each_event")
                ],
            },
        ),
    ]
