"""The Chinese catalogue in the form that Django reads, made when a checkout has it only as text."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation import trans_real

PO = Path(__file__).resolve().parent.parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def compile_catalogue() -> None:
    """Write the .mo beside the .po unless it is newer, and let Django read it afresh."""
    mo = PO.with_suffix(".mo")
    if not mo.exists() or mo.stat().st_mtime < PO.stat().st_mtime:
        with PO.open("rb") as text, mo.open("wb") as binary:
            write_mo(binary, read_po(text, locale="zh_Hans"))
        trans_real._translations.clear()  # type: ignore[attr-defined]
