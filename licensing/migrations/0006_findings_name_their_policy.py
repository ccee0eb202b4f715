"""Each finding says by which version of the operator's policy file it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0005_acts_stamps_and_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="policy_version",
            field=models.CharField(blank=True, help_text="Of the operator's policy file.", max_length=12),
        ),
    ]
