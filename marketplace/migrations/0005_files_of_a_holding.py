"""Files are those of one holding of a grant."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0004_lost_review_unlists"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="holding",
            field=models.PositiveIntegerField(
                default=0, help_text="Of the grant: files of an earlier holder are not given out."
            ),
        ),
    ]
