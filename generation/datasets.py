"""Training data: frozen datasets taken into the house with every item, once their Merkle root has been checked.

Knows nothing of trainers; torch is not needed here.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from django.db import transaction

from common import audit
from common.errors import Conflict, Unprocessable
from generation.models import Dataset, DatasetItem, DatasetVersion
from generation.training import manifest

__all__ = ["DatasetDiffers", "DatasetRefused", "freeze_recipe", "install"]

_ITEMS_AT_ONCE = 400


class DatasetRefused(Unprocessable):
    code = "dataset_refused"
    title = "This dataset cannot be taken in."


class DatasetDiffers(Conflict):
    code = "dataset_differs"
    title = "This version is already known with another Merkle root. Freeze the changed items as a new version."


def install(folder: Path) -> DatasetVersion:
    """Take in a frozen dataset from its folder: one version with all its items, or what is already here.

    The Merkle root is recomputed from the items. Raises DatasetRefused for files that do not agree with themselves,
    DatasetDiffers for a version that is known with another root; then nothing is written.
    """
    try:
        frozen = manifest.load(folder)
        number = int(frozen.version)
    except (manifest.ManifestError, ValueError) as error:
        raise DatasetRefused(str(error)) from error
    known = DatasetVersion.objects.filter(dataset__slug=frozen.name, version=number).first()
    if known is not None:
        if known.merkle_root != frozen.merkle_root:
            raise DatasetDiffers()
        return known
    return _write(frozen, number)


def freeze_recipe(*, folder: Path, name: str, version: int, first_seed: int, count: int) -> DatasetVersion:
    """Draw `count` studio pictures from seeds on, freeze them into `folder` and take the new version in."""
    try:
        manifest.freeze(folder, name=name, version=str(version), first_seed=first_seed, count=count)
    except ValueError as error:
        raise DatasetRefused(str(error)) from error
    return install(folder)


def _write(frozen: manifest.Dataset, number: int) -> DatasetVersion:
    documents = [item.document() for item in frozen.items]
    with transaction.atomic():
        title = f"{frozen.name.replace('-', ' ').capitalize()}: pictures drawn by the project's own code"
        dataset, _ = Dataset.objects.get_or_create(slug=frozen.name, defaults={"title": title})
        version = DatasetVersion.objects.create(
            dataset=dataset,
            version=number,
            merkle_root=frozen.merkle_root,
            item_count=len(documents),
            licence_counts=dict(Counter(str(document["licence_spdx"]) for document in documents)),
            consent_basis=manifest.CONSENT_BASIS,
            recipe=frozen.description,
        )
        DatasetItem.objects.bulk_create([_row(version, document) for document in documents], batch_size=_ITEMS_AT_ONCE)
        audit.record(action="dataset.installed", subject=version, role="operator", after=frozen.merkle_root)
    return version


def _row(version: DatasetVersion, document: dict[str, Any]) -> DatasetItem:
    kept = ("index", "sha256", "licence_spdx", "rights_holder", "consent_basis", "source")
    recipe = {name: document[name] for name in ("family", "seed", "recipe_sha256")}
    return DatasetItem(dataset_version=version, recipe=recipe, **{name: document[name] for name in kept})
