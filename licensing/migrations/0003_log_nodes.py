"""Keep the log's complete subtrees, and work out those of the leaves that are there already."""

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from common import merkle
from common.append_only import append_only

_AT_ONCE = 2000


def _fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    leaves, nodes = apps.get_model("licensing", "LogLeaf"), apps.get_model("licensing", "LogNode")
    hashes = leaves.objects.order_by("index").values_list("leaf_hash", flat=True).iterator(chunk_size=_AT_ONCE)
    waiting = []
    for place, value in _completed(bytes.fromhex(text) for text in hashes):
        waiting.append(nodes(place=place, hash=value.hex()))
        if len(waiting) == _AT_ONCE:
            nodes.objects.bulk_create(waiting)
            waiting = []
    nodes.objects.bulk_create(waiting)


def _completed(leaves: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    stack: list[bytes] = []
    for size, leaf in enumerate(leaves, start=1):
        node, level, count = leaf, 0, size
        while count % 2 == 0:
            node, level, count = merkle.node_hash(stack.pop(), node), level + 1, count // 2
            yield ((count - 1) << (level + 1)) + (1 << level) - 1, node
        stack.append(node)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="LogNode",
            fields=[
                ("place", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop),
        append_only("licensing_lognode"),
    ]
