"""A finished piece and a frozen dataset's items never change."""

from django.db import migrations

from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("generation", "0001_initial")]

    operations = [append_only("generation_piece"), append_only("generation_datasetitem")]
