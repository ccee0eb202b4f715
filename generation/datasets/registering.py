"""Frozen datasets taken into the house: one version with all its items, once their Merkle root has been checked."""

from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from common import audit
from generation.datasets.errors import DatasetDiffers, DatasetRefused, ItemsWithdrawn, listed
from generation.models import Dataset, DatasetItem, DatasetVersion, WithdrawnItem
from generation.training import frozen, manifest

__all__ = ["freeze_recipe", "install", "next_version", "withdrawn"]

_ITEMS_AT_ONCE = 400
_TITLES = {"picture": "pictures", "text": "texts", "form": "forms"}


def install(folder: Path) -> DatasetVersion:
    """Take in a frozen dataset from its folder: one version with all its items, or what is already here.

    The Merkle root is recomputed from the items. Raises DatasetRefused for files that do not agree with themselves,
    DatasetDiffers for a version that is known with another root, ItemsWithdrawn for a new one with items whose consent
    was withdrawn; then nothing is written.
    """
    try:
        read = frozen.load(folder)
    except frozen.FrozenError as error:
        raise DatasetRefused(str(error)) from error
    known = DatasetVersion.objects.filter(dataset__slug=read.name, version=read.version).first()
    if known is not None:
        if known.merkle_root != read.merkle_root:
            raise DatasetDiffers()
        return known
    return _write(read)


def freeze_recipe(*, folder: Path, name: str, version: int, first_seed: int, count: int) -> DatasetVersion:
    """Draw `count` studio pictures from seeds on, freeze them into `folder` and take the new version in."""
    try:
        manifest.freeze(folder, name=name, version=str(version), first_seed=first_seed, count=count)
    except ValueError as error:
        raise DatasetRefused(str(error)) from error
    return install(folder)


def next_version(slug: str) -> int:
    """The number that the next version of a dataset has."""
    newest = DatasetVersion.objects.filter(dataset__slug=slug).aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1


def withdrawn() -> frozenset[str]:
    """The digests of all items whose consent was withdrawn."""
    return frozenset(WithdrawnItem.objects.values_list("sha256", flat=True))


def _write(read: frozen.Frozen) -> DatasetVersion:
    if gone := sorted(withdrawn().intersection(item["sha256"] for item in read.items)):
        raise ItemsWithdrawn(f"Withdrawn: {listed(gone)}. Freeze a version without them.", items=gone[:1000])
    with transaction.atomic():
        dataset, _ = Dataset.objects.get_or_create(
            slug=read.name,
            defaults={"title": _title(read), "description": str(read.description.get("about", ""))[:4000]},
        )
        version = DatasetVersion.objects.create(
            dataset=dataset,
            version=read.version,
            merkle_root=read.merkle_root,
            item_count=len(read.items),
            kind=read.kind[:20],
            cleaning=_cleaning(read),
            licence_counts=read.licence_counts,
            consent_basis=_consent(read),
            opt_out_count=read.opt_out_count,
            recipe=read.description,
        )
        DatasetItem.objects.bulk_create([_row(version, item) for item in read.items], batch_size=_ITEMS_AT_ONCE)
        audit.record(action="dataset.installed", subject=version, role="operator", reason=read.merkle_root)
    return version


def _title(read: frozen.Frozen) -> str:
    if said := read.description.get("title"):
        return str(said)[:200]
    what = _TITLES.get(read.kind, "items")
    drawn = " drawn by the project's own code" if "studio_version" in read.description else ""
    return f"{read.name.replace('-', ' ').capitalize()}: {what}{drawn}"


def _cleaning(read: frozen.Frozen) -> list[Any]:
    said = read.description.get("cleaning", [])
    return said if isinstance(said, list) else []


def _consent(read: frozen.Frozen) -> str:
    """The basis of all items, or that there are several: each item keeps its own."""
    bases = sorted({str(item["consent_basis"]) for item in read.items})
    return bases[0] if len(bases) == 1 else f"{len(bases)} bases, item by item: {'; '.join(bases)}"[:200]


def _row(version: DatasetVersion, item: dict[str, Any]) -> DatasetItem:
    """The item with columns for what has one; whatever else its maker noted is kept together in `recipe`."""
    columns = {name: item[name] for name in ("index", *frozen.ITEM)}
    for name, longest in (("title", 200), ("fingerprint", 128)):
        if isinstance(value := item.get(name), str) and 0 < len(value) <= longest:
            columns[name] = value
    if item.get("opt_out"):
        columns["opt_out"] = item["opt_out"]
    return DatasetItem(
        dataset_version=version,
        recipe={name: value for name, value in item.items() if name not in columns} or None,
        **columns,
    )
