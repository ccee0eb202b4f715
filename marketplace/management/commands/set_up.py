"""Makes a fresh installation ready: tables, keys, licences, the shipped dataset and checkpoint. Repeatable."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from common.errors import Conflict
from generation import checkpoints, datasets
from licensing.licences import terms
from licensing.provenance import keys


class Command(BaseCommand):
    help = "Makes a fresh installation ready. Running it again changes nothing that is there."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Tables …")
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write("Signing keys and licences …")
        keys.ensure(settings.SIGNING_KEYS)
        self._install_licences()
        self.stdout.write("The shipped training data and checkpoints: digests are checked …")
        for folder in sorted(settings.DATASET_DIR.iterdir()):
            if folder.is_dir():
                datasets.install(folder)
        checkpoints.install_all(settings.CHECKPOINT_DIR)
        self.stdout.write("Ready.")

    def _install_licences(self) -> None:
        try:
            terms.install()
        except Conflict as wrong:
            raise CommandError(wrong.detail) from wrong
