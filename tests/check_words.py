"""Every template parses, and every word on the pages has its Chinese: `python tests/check_words.py`.

Reads templates as Django compiles them and Python as Babel parses it, so no gettext tools are needed.
With `--missing` it prints entries to be translated, ready to be pasted into the catalogue.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "marketplace" / "storefront" / "templates"
SOURCES = tuple(ROOT / app for app in ("common", "config", "generation", "licensing", "marketplace"))
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
FUNCTIONS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}

# context, singular, plural
Message = tuple[str | None, str, str | None]


def in_templates() -> Iterator[Message]:
    """The messages of every template; one that does not parse raises."""
    from django.template import engines
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    engine = engines["django"].engine  # type: ignore[attr-defined]
    for path in sorted(TEMPLATES.rglob("*.html")):
        template = engine.from_string(path.read_text("utf-8"))
        for node in _nodes(template.nodelist):
            if isinstance(node, TranslateNode):
                yield _context(node.message_context), str(node.filter_expression.var.literal), None
            elif isinstance(node, BlockTranslateNode):
                singular, _ = node.render_token_list(node.singular)
                plural = node.render_token_list(node.plural)[0] if node.plural and node.countervar else None
                yield _context(node.message_context), singular, plural


def _nodes(nodelist: Any) -> Iterator[Any]:
    for node in nodelist:
        yield node
        for name in getattr(node, "child_nodelists", ()):
            yield from _nodes(getattr(node, name, None) or ())
        for _condition, inner in getattr(node, "conditions_nodelists", ()):
            yield from _nodes(inner)


def _context(expression: Any) -> str | None:
    return str(expression.resolve({})) if expression else None


def in_python() -> Iterator[Message]:
    """The messages of the Python from which people read words: pages, letters, receipts."""
    from babel.messages.extract import extract_from_dir

    for source in SOURCES:
        found = extract_from_dir(source, [("**.py", "python")], keywords=FUNCTIONS)
        for _path, _line, message, _comments, context in found:
            singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
            yield context, singular, plural


def translated() -> dict[tuple[str | None, str], tuple[str, ...]]:
    """What the catalogue says, by context and English; fuzzy entries do not count."""
    from babel.messages.pofile import read_po

    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    entries = {}
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        english = message.id if isinstance(message.id, str) else message.id[0]
        chinese = message.string if isinstance(message.string, tuple) else (message.string,)
        if all(chinese):
            entries[(message.context, english)] = tuple(str(each) for each in chinese)
    return entries


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    wanted = {(context, singular): plural for context, singular, plural in [*in_templates(), *in_python()]}
    there = translated()
    missing = [message for message in wanted if message not in there]
    idle = [message for message in there if message not in wanted]
    if "--missing" in sys.argv:
        for context, singular in missing:
            _print_entry(context, singular, wanted[(context, singular)])
        return 0
    for _context, singular in missing:
        print(f"no Chinese: {singular}")
    for _context, singular in idle:
        print(f"no longer used: {singular}")
    print(f"{len(wanted)} messages, {len(missing)} without Chinese, {len(idle)} no longer used")
    return 1 if missing or idle else 0


def _print_entry(context: str | None, singular: str, plural: str | None) -> None:
    from babel.messages.pofile import denormalize, normalize

    assert denormalize(normalize(singular)) == singular
    if context:
        print(f"msgctxt {normalize(context)}")
    print(f"msgid {normalize(singular)}")
    if plural:
        print(f"msgid_plural {normalize(plural)}")
        print('msgstr[0] ""\n')
    else:
        print('msgstr ""\n')


if __name__ == "__main__":
    sys.exit(main())
