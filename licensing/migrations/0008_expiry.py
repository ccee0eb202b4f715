"""Licences that end with time: how long a template's grants last, when a grant ends, and the state that it has then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0007_withdrawals"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_revoked_at_a_time",
        ),
        migrations.AddField(
            model_name="grant",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="licencetemplate",
            name="lasts_days",
            field=models.PositiveIntegerField(
                blank=True, help_text="How long a grant stands; empty: without end.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="state",
            field=models.CharField(
                choices=[("live", "Live"), ("revoked", "Revoked"), ("expired", "Expired")],
                default="live",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("state", "live")),
                fields=["expires_at"],
                name="grants_to_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at__isnull", False), ("state", "revoked")),
                    models.Q(("revoked_at__isnull", True), ("state__in", ("live", "expired"))),
                    _connector="OR",
                ),
                name="grant_revoked_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expires_at__isnull", True), ("state__in", ("live", "revoked"))),
                    models.Q(("expires_at__gt", models.F("granted_at")), ("expires_at__isnull", False)),
                    _connector="OR",
                ),
                name="grant_expires_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("lasts_days__isnull", True), ("lasts_days__gt", 0), _connector="OR"),
                name="licence_lasts_a_day_or_more",
            ),
        ),
    ]
