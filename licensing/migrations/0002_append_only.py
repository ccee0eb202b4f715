"""Records, signed files, log leaves and tree heads never change."""

from django.db import migrations

from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("licensing", "0001_initial")]

    operations = [
        append_only(f"licensing_{table}") for table in ("provenancerecord", "signedfile", "logleaf", "treehead")
    ]
