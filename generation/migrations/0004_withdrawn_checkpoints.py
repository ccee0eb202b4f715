"""A checkpoint may be withdrawn with the consent for its training data."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0003_every_kind_of_work"),
    ]

    operations = [
        migrations.AlterField(
            model_name="checkpoint",
            name="state",
            field=models.CharField(
                choices=[("published", "Published"), ("retired", "Retired"), ("withdrawn", "Withdrawn")],
                default="published",
                max_length=12,
            ),
        ),
    ]
