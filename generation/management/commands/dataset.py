"""`manage.py dataset freeze | install | export | verify`: training data on the command line."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from generation import datasets
from generation.models import DatasetVersion
from generation.training import frozen


class Command(BaseCommand):
    """Each action ends with an error that names what is wrong, and then has changed nothing."""

    help = "Freeze, install, export or verify training data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        freezing = actions.add_parser("freeze", help="freeze a folder, a .zip, a Croissant .json or a recipe")
        freezing.add_argument("source", help="the folder or file, or `recipe:FIRST_SEED:COUNT` for studio pictures")
        freezing.add_argument("--slug", required=True)
        freezing.add_argument("--version", type=int, dest="number", help="by default the next one")
        freezing.add_argument("--title", default="")
        freezing.add_argument("--about", default="")
        for name, what in (
            ("licence", "SPDX identifier, or the address of the licence's text"),
            ("rights-holder", "whose the items are"),
            ("source", "where they are from"),
            ("consent", "why they may be trained on"),
        ):
            dest = f"item_{name.replace('-', '_')}"
            freezing.add_argument(f"--{name}", dest=dest, default="", help=f"{what}, where an item does not say")
        freezing.add_argument("--language", default="any", choices=["zh", "en", "any"], help="of texts; others go")
        freezing.add_argument("--least-characters", type=int, default=1, help="shorter texts go")
        freezing.add_argument("--tokeniser", default="", help="bpe:SIZE or characters:TIMES, learnt from the texts")
        freezing.add_argument("--out", type=Path, help="the frozen folder; by default under var/datasets")
        installing = actions.add_parser("install", help="take in a folder that is frozen already")
        installing.add_argument("folder", type=Path)
        exporting = actions.add_parser("export", help="write a version as Croissant")
        exporting.add_argument("version", metavar="SLUG@N")
        exporting.add_argument("--folder", type=Path, help="the frozen folder, where it lies elsewhere")
        exporting.add_argument("--out", type=Path, required=True)
        verifying = actions.add_parser("verify", help="recompute the Merkle root of a frozen folder")
        verifying.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except (DomainError, frozen.FrozenError) as error:
            raise CommandError(getattr(error, "detail", str(error))) from error

    def _freeze(self, options: dict[str, Any]) -> None:
        slug = options["slug"]
        number = options["number"] or datasets.next_version(slug)
        folder = options["out"] or settings.VAR_DIR / "datasets" / f"{slug}-{number}"
        if recipe := re.fullmatch(r"recipe:(\d{1,12}):(\d{1,7})", options["source"]):
            self._no_overwriting(folder)
            first, count = int(recipe[1]), int(recipe[2])
            version = datasets.freeze_recipe(folder=folder, name=slug, version=number, first_seed=first, count=count)
        else:
            asked = _asked(options, number)
            datasets.freeze(Path(options["source"]), asked, into=folder, progress=self._show)
            version = datasets.install(folder)
        self._tell(version)
        self.stdout.write(f"Frozen in {folder}")

    def _install(self, options: dict[str, Any]) -> None:
        self._tell(datasets.install(options["folder"]))

    def _export(self, options: dict[str, Any]) -> None:
        version = _known(options["version"])
        folder = options["folder"] or _folder_of(version)
        if frozen.load(folder).merkle_root != version.merkle_root:
            raise CommandError(f"{folder} holds another version than {version}: its Merkle root differs.")
        address = f"{settings.SITE_URL}/api/v1/datasets/{version.dataset.slug}"
        date = version.frozen_at.date().isoformat()
        path = datasets.export(folder, into=options["out"], published_at=date, address=address)
        self.stdout.write(f"Written to {path}")

    def _verify(self, options: dict[str, Any]) -> None:
        read = frozen.load(options["folder"])
        self.stdout.write(f"{read.name} version {read.version}: {len(read.items)} items lead to {read.merkle_root}")

    def _tell(self, version: DatasetVersion) -> None:
        licences = ", ".join(f"{count} under {name}" for name, count in sorted(version.licence_counts.items()))
        for step in version.cleaning:
            near = f", {step['near']} near copies" if "near" in step else ""
            size = f", {step['vocabulary']} tokens known" if "vocabulary" in step else ""
            counts = f"changed {step.get('changed', 0)}, dropped {step.get('dropped', 0)}{near}{size}"
            self.stdout.write(f"  {step.get('name')} {step.get('version')}: {counts}")
        self.stdout.write(f"{version}: {version.item_count} items ({licences}), Merkle root {version.merkle_root}")

    def _show(self, done: int, of: int) -> None:
        if done % 500 == 0:
            self.stdout.write(f"{done} of {of} pictures")

    def _no_overwriting(self, folder: Path) -> None:
        if folder.exists():
            raise CommandError(f"{folder} is there already; frozen data never change. Choose another version.")


def _asked(options: dict[str, Any], number: int) -> datasets.Asked:
    return datasets.Asked(
        slug=options["slug"],
        version=number,
        title=options["title"],
        about=options["about"],
        terms=datasets.Terms(
            licence=options["item_licence"],
            rights_holder=options["item_rights_holder"],
            source=options["item_source"],
            consent_basis=options["item_consent"],
        ),
        language=options["language"],
        least_characters=options["least_characters"],
        tokeniser=options["tokeniser"],
        withdrawn=datasets.withdrawn(),
    )


def _known(name: str) -> DatasetVersion:
    slug, _, number = name.partition("@")
    found = DatasetVersion.objects.filter(dataset__slug=slug, version=int(number) if number.isdigit() else 0).first()
    if found is None:
        raise CommandError(f"There is no dataset version {name}; write it as SLUG@N.")
    return found


def _folder_of(version: DatasetVersion) -> Path:
    places = [root / f"{version.dataset.slug}-{version.version}" for root in _roots()]
    for place in places:
        if (place / frozen.RECIPE).is_file():
            return place
    raise CommandError(f"The frozen folder of {version} is not in {' or '.join(map(str, places))}; give --folder.")


def _roots() -> tuple[Path, Path]:
    return settings.DATASET_DIR, settings.VAR_DIR / "datasets"
