"""A licence passes to another holder: offers, and how often a grant has passed on."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0007_withdrawals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="holding",
            field=models.PositiveIntegerField(default=0, help_text="How often it has passed to another holder."),
        ),
        migrations.CreateModel(
            name="GrantTransfer",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "holding",
                    models.PositiveIntegerField(
                        help_text="Which holding of the grant it ends: 0 is the first holder's."
                    ),
                ),
                ("giver_email", models.EmailField(max_length=254)),
                ("to_email", models.EmailField(max_length=254)),
                (
                    "language",
                    models.CharField(
                        default="en", help_text="Of the letters: the giver's, then the taker's.", max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("offered", "Offered"), ("accepted", "Accepted"), ("taken_back", "Taken Back")],
                        default="offered",
                        max_length=10,
                    ),
                ),
                ("offered_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="licensing.grant"
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_taken",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "offered")),
                        fields=("grant",),
                        name="one_open_transfer_for_each_grant",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "accepted")),
                        fields=("grant", "holding"),
                        name="one_transfer_ends_a_holding",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", False), ("state", "accepted"), ("taker__isnull", False)),
                            models.Q(
                                models.Q(("state", "accepted"), _negated=True),
                                ("accepted_at__isnull", True),
                                ("taker__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_accepted_by_somebody",
                    ),
                ],
            },
        ),
    ]
