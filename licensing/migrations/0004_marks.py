"""What finds a piece again when its file has lost all papers."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import licensing.models.mark
from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0003_every_kind_of_work"),
        ("licensing", "0003_log_nodes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "piece",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="mark",
                        serialize=False,
                        to="generation.piece",
                    ),
                ),
                (
                    "payload",
                    models.PositiveBigIntegerField(
                        default=licensing.models.mark.new_payload,
                        unique=True,
                        validators=[django.core.validators.MaxValueValidator(9223372036854775807)],
                    ),
                ),
                (
                    "version",
                    models.PositiveSmallIntegerField(
                        help_text="Of the secret: watermark-N.key among the signing keys."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.PositiveSmallIntegerField()),
                ("bits", models.BinaryField(max_length=32)),
                (
                    "piece",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fingerprints", to="generation.piece"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("piece", "part"), name="one_fingerprint_per_part")],
            },
        ),
        append_only("licensing_mark"),
        append_only("licensing_fingerprint"),
    ]
