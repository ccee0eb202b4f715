"""Two reviewers where the policy asks for them, and one appeal against a rejection."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.append_only import rebuilt

# Triggers of the marketplace stand on this table, and read it from another.
_BEFORE, _AFTER = rebuilt("licensing_review")


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0004_withdrawn_checkpoints"),
        ("licensing", "0008_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        _BEFORE,
        migrations.AddField(
            model_name="review",
            name="appealed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="first_approver",
            field=models.ForeignKey(
                blank=True,
                help_text="Where the policy asks for two reviewers: the first of them.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="first_approvals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="maker_words",
            field=models.TextField(blank=True, help_text="The maker's answer or appeal, for the reviewer."),
        ),
        migrations.AddField(
            model_name="review",
            name="refused_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose rejection the maker appealed against.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appealed_refusals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_approver", models.F("reviewer")), ("state", "approved"), _negated=True),
                name="second_approval_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("refused_by", models.F("reviewer")), _negated=True),
                name="appeal_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appealed_at__isnull", True), ("refused_by__isnull", True)),
                    models.Q(("appealed_at__isnull", False), ("refused_by__isnull", False)),
                    _connector="OR",
                ),
                name="appeal_against_somebody_at_a_time",
            ),
        ),
        _AFTER,
    ]
