"""`manage.py checkpoint fetch | card | import | verify | retire | publish`: the registry of models as a command."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from generation import checkpoints, datasets
from generation.models import Checkpoint


class Command(BaseCommand):
    """Each action ends with an error that says what is missing, and then has changed nothing."""

    help = "Fetch, draft a card for, import, verify, retire or publish a checkpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        fetching = actions.add_parser("fetch", help="fetch a hub's model into a folder, where MODEL_HUB allows it")
        fetching.add_argument("name", metavar="OWNER/NAME")
        fetching.add_argument("folder", type=Path)
        fetching.add_argument("--revision", required=True, help="the whole commit")
        drafting = actions.add_parser("card", help="write a draft card into the folder of a model from outside")
        drafting.add_argument("folder", type=Path)
        importing = actions.add_parser("import", help="register weights with their card, licence and datasets")
        importing.add_argument("folder", type=Path)
        importing.add_argument("--dataset", type=Path, action="append", default=[], help="install this dataset first")
        verifying = actions.add_parser("verify", help="compare weights on disk with the registered digest")
        verifying.add_argument("slug", nargs="?", help="all checkpoints, where none is named")
        for name, what in (("retire", "let nothing more be made with it"), ("publish", "let it be used again")):
            moving = actions.add_parser(name, help=what)
            moving.add_argument("slug")
            moving.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _fetch(self, options: dict[str, Any]) -> None:
        draft = checkpoints.fetch(options["name"], options["folder"], revision=options["revision"])
        self._drafted(options["folder"], draft)

    def _card(self, options: dict[str, Any]) -> None:
        self._drafted(options["folder"], checkpoints.write_draft(options["folder"]))

    def _drafted(self, folder: Path, draft: dict[str, Any]) -> None:
        blanks = [name for name, value in draft.items() if value in ("", None, []) and name != "datasets"]
        self.stdout.write(f"Wrote {folder / 'card.json'}. Fill in: {', '.join(blanks)}. Then import it.")

    def _import(self, options: dict[str, Any]) -> None:
        for folder in options["dataset"]:
            version = datasets.install(folder)
            self.stdout.write(f"Dataset {version}: {version.item_count} items, Merkle root {version.merkle_root}")
        checkpoint = checkpoints.install(options["folder"])
        self.stdout.write(f"Registered {checkpoint.slug}, weights {checkpoint.weights_sha256}")

    def _verify(self, options: dict[str, Any]) -> None:
        known = [_known(options["slug"])] if options["slug"] else list(Checkpoint.objects.order_by("slug"))
        altered = []
        for checkpoint in known:
            try:
                checkpoints.verify(checkpoint)
            except checkpoints.WeightsAltered as error:
                altered.append(checkpoint.slug)
                self.stderr.write(f"{checkpoint.slug}: {error.detail}")
            else:
                self.stdout.write(f"{checkpoint.slug}: as registered, {checkpoint.weights_sha256}")
        if altered:
            raise CommandError(f"Not as registered: {', '.join(altered)}")

    def _retire(self, options: dict[str, Any]) -> None:
        checkpoints.retire(checkpoint=_known(options["slug"]), by=None, reason=options["reason"])
        self.stdout.write(f"{options['slug']} is retired: nothing more is made with it.")

    def _publish(self, options: dict[str, Any]) -> None:
        checkpoints.publish(checkpoint=_known(options["slug"]), by=None, reason=options["reason"])
        self.stdout.write(f"{options['slug']} is published.")


def _known(slug: str) -> Checkpoint:
    checkpoint = Checkpoint.objects.filter(slug=slug).first()
    if checkpoint is None:
        raise CommandError(f"There is no checkpoint {slug}.")
    return checkpoint
