from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("generation", "0003_every_kind_of_work")]

    operations = []
