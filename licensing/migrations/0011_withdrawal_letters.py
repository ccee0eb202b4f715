"""A row for each licence whose holder is told of a withdrawal, so that each is told once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("licensing", "0010_licences_for_a_time_and_for_machines")]

    operations = [
        migrations.CreateModel(
            name="WithdrawalLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal_letters",
                        to="licensing.grant",
                    ),
                ),
                (
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="licensing.withdrawal"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("withdrawal", "grant"), name="holder_told_of_withdrawal_once")
                ]
            },
        )
    ]
