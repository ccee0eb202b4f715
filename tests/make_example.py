"""Makes the bundle that docs/provenance.md takes apart: a house of its own, one small piece, its owner's bundle.

`python tests/make_example.py docs/example` writes bundle.zip, the two public keys to check it with, and its record
indented for reading.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def main(folder: Path) -> None:
    sys.path.insert(0, str(PROJECT))
    os.environ |= {"VAR_DIR": tempfile.mkdtemp(), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    from common import outbox
    from common.models import User
    from generation import jobs, worker
    from generation.models import Piece
    from licensing.models import SignedFile
    from licensing.provenance import packing

    call_command("set_up")
    maker = User.objects.create_user(username="maker")
    # The second piece is the example: a proof in a tree of three leaves has something to prove.
    parameters = {"width": 256, "height": 256, "grain": "0"}
    checkpoint = jobs.published("palette-field-1")
    jobs.request(requested_by=maker, checkpoint=checkpoint, parameters=parameters, seed=7, count=3)
    worker.run(owner="example")
    while outbox.deliver_due():
        pass
    folder.mkdir(parents=True, exist_ok=True)
    piece = Piece.objects.get(seed=8)
    (folder / "bundle.zip").write_bytes(packing.bundle(piece=piece, openings=True))
    record = json.loads(SignedFile.objects.get(piece=piece).record.body)
    (folder / "record.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    keys = Path(os.environ["VAR_DIR"]) / "keys" / "signing"
    for name in ("root.pem", "log.pub"):
        (folder / name).write_bytes((keys / name).read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
