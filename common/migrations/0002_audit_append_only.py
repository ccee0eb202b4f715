"""The audit trail is append-only in the database itself."""

from django.db import migrations

from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [append_only("common_auditline")]
