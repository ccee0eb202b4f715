from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("licensing", "0002_append_only")]

    operations = []
