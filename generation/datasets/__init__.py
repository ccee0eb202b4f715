"""Training data: frozen once with every item's digest, licence and consent, and taken into the house as a version.

What comes in (a folder, a ZIP, a Croissant description) is hostile until it is read: everything is bounded, and what
is refused is refused by name, before anything is written. Knows nothing of trainers; torch is not needed here.
"""

from generation.datasets.croissant_out import export
from generation.datasets.errors import (
    ArchiveUnsafe,
    DatasetDiffers,
    DatasetRefused,
    DatasetTooLarge,
    ItemsOptedOut,
    ItemsWithdrawn,
    ItemsWithoutLicence,
)
from generation.datasets.freezing import Asked, freeze
from generation.datasets.items import Terms
from generation.datasets.registering import freeze_recipe, install, next_version, withdrawn

__all__ = [
    "ArchiveUnsafe",
    "Asked",
    "DatasetDiffers",
    "DatasetRefused",
    "DatasetTooLarge",
    "ItemsOptedOut",
    "ItemsWithdrawn",
    "ItemsWithoutLicence",
    "Terms",
    "export",
    "freeze",
    "freeze_recipe",
    "install",
    "next_version",
    "withdrawn",
]
