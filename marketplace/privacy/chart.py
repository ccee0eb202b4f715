"""The map of personal data in words: for the page, for whoever asks for an erasure, and for the export's read-me."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import EmailField
from django.utils.translation import gettext as _

from common import personal
from common.personal import Held

__all__ = ["Row", "kept", "kept_by_reason", "rows"]


@dataclass(frozen=True)
class Row:
    """One kind of data in the language of the reader. `because` is empty where an erasure leaves nothing personal."""

    area: str
    what: str
    why: str
    until: str
    erased: str
    because: str
    fields: tuple[str, ...]


def rows() -> Iterator[Row]:
    """Everything that is held of people, in the order in which the apps stand on each other."""
    for part in personal.parts():
        for held in part.held:
            yield Row(
                area=held.area,
                what=str(held.what),
                why=str(held.why),
                until=str(held.until),
                erased=_erased(held),
                because=str(held.because),
                fields=held.personal,
            )


def kept() -> list[Row]:
    """What outlives an erasure."""
    return [row for row in rows() if row.because]


def kept_by_reason() -> dict[str, list[Row]]:
    """The same, by the reason why it is kept."""
    found: dict[str, list[Row]] = {}
    for row in kept():
        found.setdefault(row.because, []).append(row)
    return found


def _erased(held: Held) -> str:
    if held.deleted:
        return _("Deleted.")
    if not held.kept:
        return _("Emptied.")
    if any(isinstance(held.table._meta.get_field(name), EmailField) for name in held.kept):
        return _("It stays as it is, for this alone.")
    if held.blanked or held.changed:
        return _("The words and names are emptied; that it happened stays, and leads to nobody.")
    return _("It stays, and leads to nobody.")
