"""The licence templates that the house ships, their texts in two languages, and how they get into the database.

A published version never changes: a new text is a new version, with files of its own beside the old ones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from common.errors import Conflict
from licensing.models import LicenceTemplate
from licensing.provenance import canonical

__all__ = ["GOODS_LIMIT", "RIGHTS", "SHIPPED", "PublishedTextChanged", "Shipped", "freeze", "install"]

_TEXTS = Path(__file__).with_name("templates")

# How many goods a commercial licence covers, over its whole life.
GOODS_LIMIT = 5_000

RIGHTS = (
    "hang_show_lend",
    "resell_edition",
    "print_on_goods",
    "advertise",
    "stop_further_sales",
    "train_a_model",
)


class PublishedTextChanged(Conflict):
    code = "published_text_changed"
    title = "A published licence version must not change. Write a new version instead."


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One version of a licence as it lies in the files. `allows` names the rights out of RIGHTS that it gives."""

    slug: str
    version: int
    title: str
    title_zh: str
    summary: str
    summary_zh: str
    allows: frozenset[str]
    rank: int

    def columns(self) -> dict[str, Any]:
        """Every column of its LicenceTemplate but slug and version."""
        return {
            "title": self.title,
            "title_zh": self.title_zh,
            "summary": self.summary,
            "summary_zh": self.summary_zh,
            "text": self._text("en"),
            "text_zh": self._text("zh"),
            "terms": {right: right in self.allows for right in RIGHTS},
            "exclusive": "stop_further_sales" in self.allows,
            "rank": self.rank,
        }

    def _text(self, language: str) -> str:
        return (_TEXTS / f"{self.slug}-{self.version}.{language}.md").read_text("utf-8")


SHIPPED = (
    Shipped(
        slug="personal",
        version=1,
        title="Personal licence",
        title_zh="个人许可",
        summary="Hang it, show it, lend it, resell your edition. No goods, no advertising.",
        summary_zh="悬挂、展示、出借、转售您的版本；不得用于商品与广告。",
        allows=frozenset({"hang_show_lend", "resell_edition"}),
        rank=1,
    ),
    Shipped(
        slug="commercial",
        version=1,
        title="Commercial licence",
        title_zh="商业许可",
        summary="All of the personal licence, and use in your business: up to 5,000 goods, and advertising.",
        summary_zh="包含个人许可，并可用于经营：至多 5 000 件商品，以及广告。",
        allows=frozenset({"hang_show_lend", "resell_edition", "print_on_goods", "advertise"}),
        rank=2,
    ),
    Shipped(
        slug="exclusive",
        version=1,
        title="Exclusive licence",
        title_zh="独家许可",
        summary="All of the commercial licence, any number of goods, and no further sales to anybody else.",
        summary_zh="包含商业许可，商品数量不限，并停止向他人出售。",
        allows=frozenset({"hang_show_lend", "resell_edition", "print_on_goods", "advertise", "stop_further_sales"}),
        rank=3,
    ),
)


def install(shipped: tuple[Shipped, ...] = SHIPPED) -> list[LicenceTemplate]:
    """Have a row for each of `shipped` and return them in their order; installing again changes nothing.

    Raises PublishedTextChanged, and writes nothing, where a version that is there already says something else.
    """
    with transaction.atomic():
        return [_have(one) for one in shipped]


def _have(one: Shipped) -> LicenceTemplate:
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
