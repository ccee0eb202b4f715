"""Keys of the time before scopes become tokens: digests with every scope, good for ninety more days."""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import migrations
from django.utils import timezone

from common.ids import new_id

OLD = "authtoken_token"
EVERYTHING = (
    "account:read account:write catalogue:read catalogue:write commissions:read commissions:write generations:read "
    "generations:write library:read library:write models:read operations:read operations:write orders:read "
    "orders:write provenance:read reviews:read reviews:write"
)


def carry_over(apps: Any, schema_editor: Any) -> None:
    """Keep a digest of each key, and drop the table that has them in the clear.

    Its line among the applied migrations goes too, so that a release that still knows it makes it anew.
    """
    connection = schema_editor.connection
    if OLD not in connection.introspection.table_names():
        return
    ApiToken = apps.get_model("common", "ApiToken")
    as_id = apps.get_model("common", "User")._meta.pk.to_python
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, user_id FROM {OLD}")
        keys = cursor.fetchall()
        for key, user_id in keys:
            ApiToken.objects.create(
                id=new_id(),
                user_id=as_id(user_id),
                name="Key from before",
                secret_sha256=hashlib.sha256(key.encode()).hexdigest(),
                ending=key[-4:],
                scopes=EVERYTHING,
                created_at=now,
                expires_at=now + timedelta(days=90),
            )
        cursor.execute("DELETE FROM django_migrations WHERE app = 'authtoken'")
        cursor.execute(f"DROP TABLE {OLD}")


class Migration(migrations.Migration):
    dependencies = [("common", "0003_api_tokens")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
