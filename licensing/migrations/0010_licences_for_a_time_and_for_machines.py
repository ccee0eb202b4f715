"""Licences for a time and for machines: when a grant ends, how many goods it covers, and its terms in ODRL."""

from typing import Any

from django.db import migrations, models


def tell_the_limit_of_version_1(apps: Any, schema_editor: Any) -> None:
    """The published text says 5,000 goods; now its row says it for machines too. Text, rights and digest stay."""
    published = apps.get_model("licensing", "LicenceTemplate").objects.filter(slug="commercial", version=1)
    published.update(goods_limit=5_000)


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0009_second_looks_and_appeals"),
    ]

    operations = [
        migrations.AddField(
            model_name="licencetemplate",
            name="goods_limit",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="How many goods may carry the work; empty: any number, where goods are allowed.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="policy",
            field=models.JSONField(blank=True, default=dict, help_text="The same for machines, an ODRL agreement."),
        ),
        migrations.AddField(
            model_name="grant", name="policy_sha256", field=models.CharField(blank=True, max_length=64)
        ),
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
        migrations.RunPython(tell_the_limit_of_version_1, migrations.RunPython.noop),
    ]
