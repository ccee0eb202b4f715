"""A language model behind a server as a checkpoint's folder: `python -m generation.engines.remote_folder FOLDER …`.

    python -m generation.engines.remote_folder models/writer --url http://127.0.0.1:8000/v1 --api chat --model NAME

Writes `method.json` and a draft of the card; what only a person can say is left blank, and the registry asks for it.
"""

import hashlib
import json
import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from generation.engines.method import METHOD
from generation.engines.parameters.remote_text import APIS, spec

__all__ = ["draft"]


def draft(folder: Path, **told: Any) -> dict[str, Any]:
    """Write the folder and return its card. Raises EngineError for a wrong address, FileExistsError for a card."""
    document = {"kind": "remote", "version": 1, **told}
    spec(document)
    method = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    card: dict[str, Any] = {
        "slug": re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:50],
        "version": "1",
        "title": "",
        "engine": "remote",
        "kind": "text",
        "intended_use": "",
        "limits": [],
        "licence_spdx": "",
        "commercial_output": None,
        "datasets": [],
        "training": "Made elsewhere; see `unknown`.",
        "unknown": [],
        "weights_file": METHOD,
        "weights_sha256": hashlib.sha256(method.encode()).hexdigest(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "card.json").open("x", encoding="utf-8") as file:
        file.write(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    for name in (METHOD, "architecture.json"):
        (folder / name).write_text(method, encoding="utf-8")
    return card


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.engines.remote_folder", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", required=True, help="up to and with /v1")
    parser.add_argument("--model", required=True, help="the model's name on the server")
    parser.add_argument("--api", choices=APIS, default="chat")
    parser.add_argument("--positions", type=int, default=4096, help="how many tokens it looks at")
    parser.add_argument("--key-variable", default="", help="the environment variable that holds the server's key")
    options = vars(parser.parse_args())
    folder: Path = options.pop("folder")
    card = draft(folder, **{name: value for name, value in options.items() if value != ""})
    blanks = [name for name, value in card.items() if value in ("", None, []) and name != "datasets"]
    sys.stdout.write(f"Wrote {folder}. Fill in card.json: {', '.join(blanks)}. Then manage.py checkpoint import it.\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
