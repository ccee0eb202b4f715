"""How licences get from their files into the database, and what a grant keeps of one.

A published version never changes: a new text is a new version, with files of its own beside the old ones.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from common.errors import Conflict
from licensing.licences.files import Written, all_written
from licensing.models import LicenceTemplate
from licensing.provenance import canonical

__all__ = ["PublishedTextChanged", "freeze", "install"]


class PublishedTextChanged(Conflict):
    code = "published_text_changed"
    title = "A published licence version must not change. Write a new version instead."


def install(written: Iterable[Written] | None = None) -> list[LicenceTemplate]:
    """Have a row for each of `written`, or for all that there are, in their order; installing again changes nothing.

    Raises LicenceFileWrong, or PublishedTextChanged where a version that is there already says something else, and
    then writes nothing.
    """
    with transaction.atomic():
        return [_have(one) for one in (all_written() if written is None else written)]


def _have(one: Written) -> LicenceTemplate:
    columns = one.columns()
    row, fresh = LicenceTemplate.objects.get_or_create(slug=one.slug, version=one.version, defaults=columns)
    changed = sorted(name for name, value in columns.items() if getattr(row, name) != value)
    if changed and not fresh:
        raise PublishedTextChanged(
            f"{one.slug} version {one.version} is published with another {', '.join(changed)}. Write a new version."
        )
    return row


def freeze(template: LicenceTemplate) -> tuple[dict[str, Any], str]:
    """What a grant keeps of its template, and the SHA-256 of its canonical form."""
    terms: dict[str, Any] = {
        "slug": template.slug,
        "version": template.version,
        "title": template.title,
        "title_zh": template.title_zh,
        "text": template.text,
        "text_zh": template.text_zh,
        "rights": template.terms,
    }
    return terms, canonical.sha256_hex(canonical.encode(terms))
