"""The folders of checkpoints without learnt weights, brought up to date: `python -m generation.engines.method_folders`.

`method.json` and `card.json` are written by hand. This fills in what follows from other files: engine, digest and
architecture of every component, the architecture, the card's digest and list of components, and `card.md`. To let a
chain or a walk use another checkpoint, change its slug in `method.json` and run the command.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generation.engines.method import METHOD
from generation.engines.parameters import spec_of

__all__ = ["refresh", "refresh_all"]

_CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


def refresh_all(root: Path) -> list[str]:
    """Refresh every method's folder under `root`, components first; return the slugs of those that changed."""
    folders = [folder for folder in sorted(root.iterdir()) if (folder / METHOD).is_file()]
    folders.sort(key=lambda folder: bool(list(_components(_read(folder / METHOD)))))
    return [folder.name for folder in folders if refresh(folder)]


def refresh(folder: Path) -> bool:
    """Bring one folder up to date; whether anything changed. Raises EngineError where its parameters cannot be read."""
    document, card = _read(folder / METHOD), _read(folder / "card.json")
    for component in _components(document):
        other = folder.parent / component["checkpoint"]
        known = _read(other / "card.json")
        component.update({name: known[name] for name in ("engine", "weights_sha256")})
        component["architecture"] = _read(other / "architecture.json")
    spec_of(card["engine"], document)
    method = _text(document)
    card["weights_sha256"] = hashlib.sha256(method.encode()).hexdigest()
    card["components"] = list(dict.fromkeys(component["checkpoint"] for component in _components(document)))
    if not card["components"]:
        del card["components"]
    written = {METHOD: method, "architecture.json": method, "card.json": _text(card), "card.md": described(card)}
    changed = [name for name, text in written.items() if _put(folder / name, text)]
    return bool(changed)


def described(card: dict[str, Any]) -> str:
    """The card as a page to read."""
    parts = [f"# {card['title']}, version {card['version']}", card["summary"]]
    if card.get("samples"):
        parts += [f"![Samples]({card['samples']})", card["samples_are"]]
    parts += ["## Intended use", card["intended_use"], "## Limits", "\n".join(f"- {limit}" for limit in card["limits"])]
    parts += ["## Terms", f"Method: {card['licence_spdx']}. {card['output_terms']}"]
    if card.get("components"):
        parts += ["## Made of", "\n".join(f"- [`{slug}`](../{slug}/card.md)" for slug in card["components"])]
    parts += ["## Training data", "None: a method without learnt weights of its own."]
    for measured in card.get("measured", []):
        rows = "\n".join(f"| {name} | {value} |" for name, value in measured["figures"].items())
        parts += ["## Measured", f"`{measured['command']}`", f"| figure | value |\n|---|---|\n{rows}"]
    parts.append(f"Method: SHA-256 `{card['weights_sha256']}` of `{METHOD}`.")
    return "\n\n".join(parts) + "\n"


def _components(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    source = document.get("source")
    yield from ([source] if isinstance(source, dict) else [])
    yield from document.get("steps", [])


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _put(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def main() -> None:
    """Refresh all folders and say which changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=_CHECKPOINTS)
    changed = refresh_all(parser.parse_args().root)
    print(f"Changed: {', '.join(changed) or 'none'}.")  # noqa: T201  # a command


if __name__ == "__main__":
    main()
