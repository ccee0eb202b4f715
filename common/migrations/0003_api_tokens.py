"""What a token opens and until when; of its secret only a digest."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_audit_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "ending",
                    models.CharField(
                        help_text="The last characters of the secret, to tell tokens apart.", max_length=4
                    ),
                ),
                ("scopes", models.CharField(help_text="Separated by spaces.", max_length=400)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, help_text="To the hour.", null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-id"], name="tokens_of_a_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))), name="token_has_an_end"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scopes", ""), _negated=True), name="token_opens_something"
                    ),
                ],
            },
        ),
    ]
