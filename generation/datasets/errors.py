"""Why training data is turned away.

DatasetRefused            422  dataset_refused        it does not agree with itself, or cannot be read
├── ItemsWithoutLicence        items_without_licence  `items` names them
├── ItemsOptedOut              items_opted_out        `items` names them with the signal that was seen
├── ItemsWithdrawn             items_withdrawn        `items` names the digests of those whose consent was withdrawn
├── ArchiveUnsafe              archive_unsafe         paths outside, links, passwords, archives in archives
└── DatasetTooLarge            dataset_too_large      more than the limits of `items.py` allow
DatasetDiffers            409  dataset_differs        this version is known with other items
"""

from collections.abc import Sequence

from common.errors import Conflict, Unprocessable

__all__ = [
    "ArchiveUnsafe",
    "DatasetDiffers",
    "DatasetRefused",
    "DatasetTooLarge",
    "ItemsOptedOut",
    "ItemsWithdrawn",
    "ItemsWithoutLicence",
    "listed",
]

_SHOWN = 10


class DatasetRefused(Unprocessable):
    code = "dataset_refused"
    title = "This dataset cannot be taken in."


class ItemsWithoutLicence(DatasetRefused):
    code = "items_without_licence"
    title = "Every item needs a licence, a rights holder, a source and a basis of consent. Nothing was frozen."


class ItemsOptedOut(DatasetRefused):
    code = "items_opted_out"
    title = "Items whose rights holders opted out of training cannot be frozen. Leave them out."


class ItemsWithdrawn(DatasetRefused):
    code = "items_withdrawn"
    title = "The consent for some of these items was withdrawn. Freeze a version without them."


class ArchiveUnsafe(DatasetRefused):
    code = "archive_unsafe"
    title = "This archive cannot be unpacked safely."


class DatasetTooLarge(DatasetRefused):
    code = "dataset_too_large"
    title = "This is more than a dataset may hold."


class DatasetDiffers(Conflict):
    code = "dataset_differs"
    title = "This version is already known with another Merkle root. Freeze the changed items as a new version."


def listed(names: Sequence[str]) -> str:
    """The first ten names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
