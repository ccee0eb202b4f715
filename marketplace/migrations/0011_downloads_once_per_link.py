"""A download names its file and its link, and a link counts once."""

from django.db import migrations, models

from common.append_only import rebuilt

_BEFORE, _AFTER = rebuilt("marketplace_download")


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0010_privacy"),
    ]

    operations = [
        _BEFORE,
        migrations.AddField(
            model_name="download",
            name="file_sha256",
            field=models.CharField(blank=True, help_text="Empty before this was kept.", max_length=64),
        ),
        migrations.AddField(
            model_name="download",
            name="link_sha256",
            field=models.CharField(help_text="A link counts once.", max_length=64, null=True, unique=True),
        ),
        _AFTER,
    ]
