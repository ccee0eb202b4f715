from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("licensing", "0003_log_nodes")]

    operations = []
