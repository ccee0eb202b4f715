"""`manage.py train CONFIG.toml`: train a checkpoint from its frozen dataset and register it with its training run."""

import shutil
import signal
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from common.source import code_commit
from generation import checkpoints, datasets

if TYPE_CHECKING:
    from generation.training import manifest
    from generation.training.config import GanConfig


class Command(BaseCommand):
    """Shows progress, saves its state as it goes, and carries on with --resume after Ctrl-C or SIGTERM."""

    help = "Train a checkpoint from a frozen dataset and register it with its training run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("config", type=Path, metavar="CONFIG.toml")
        parser.add_argument("--resume", action="store_true", help="carry on from the saved state")
        parser.add_argument("--restart", action="store_true", help="throw the saved state away")
        parser.add_argument("--steps", type=int, help="stop after this step, without registering anything yet")
        parser.add_argument("--slug", help="how the checkpoint is called; by default name and version of the config")
        parser.add_argument("--datasets", type=Path, default=settings.DATASET_DIR, help="where frozen datasets lie")
        parser.add_argument("--out", type=Path, help="the checkpoint's folder; by default under var/checkpoints")

    def handle(self, *args: Any, **options: Any) -> None:
        from generation.training import export, gan

        text, config, frozen = _read(options["config"], options["datasets"])
        slug = options["slug"] or f"{config.name}-{config.version}"
        run_dir = self._run_dir(slug, resume=options["resume"], restart=options["restart"])
        self.stdout.write(
            f"Training {slug}: {config.steps} steps on {len(frozen.items)} pictures of {frozen.name} "
            f"version {frozen.version}. Stop at any time; --resume carries on."
        )
        started_at = _started_at(run_dir)
        try:
            trained = gan.train(
                config,
                dataset=frozen,
                run_dir=run_dir,
                until=options["steps"],
                stop=_stop_on_signals(),
                progress=lambda metrics: self.stdout.write(gan.describe(metrics)),
            )
        except (gan.Interrupted, ValueError) as error:
            raise CommandError(str(error)) from error
        if trained.steps < config.steps:
            self.stdout.write(f"Stopped after step {trained.steps} of {config.steps}, as asked; --resume carries on.")
            return
        out = options["out"] or settings.VAR_DIR / "checkpoints" / slug
        run = export.Run(text, started_at, datetime.now(UTC), code_commit())
        digest = export.write(trained, run=run, dataset=frozen, run_dir=run_dir, folder=out, slug=slug)
        self._register(out, options["datasets"] / config.dataset, digest)

    def _run_dir(self, slug: str, *, resume: bool, restart: bool) -> Path:
        run_dir: Path = settings.VAR_DIR / "runs" / slug
        if restart:
            shutil.rmtree(run_dir, ignore_errors=True)
        begun = (run_dir / "state.pt").exists()
        if begun and not resume:
            raise CommandError(f"{run_dir} holds a run already: give --resume to carry on or --restart to begin anew.")
        if resume and not begun:
            raise CommandError(f"There is no state in {run_dir} to resume from; leave --resume out.")
        return run_dir

    def _register(self, out: Path, dataset: Path, digest: str) -> None:
        try:
            datasets.install(dataset)
            checkpoint = checkpoints.install(out)
        except DomainError as error:
            raise CommandError(f"The checkpoint lies in {out}, but was not registered: {error.detail}") from error
        self.stdout.write(f"Registered {checkpoint.slug}, weights {digest}, in {out}")


def _read(path: Path, dataset_dir: Path) -> "tuple[str, GanConfig, manifest.Dataset]":
    """The configuration, as text and as values, and the frozen dataset that it names."""
    from generation.training import manifest
    from generation.training.config import ConfigError, GanConfig

    try:
        text = path.read_text(encoding="utf-8")
        config = GanConfig.parse(text)
        return text, config, manifest.load(dataset_dir / config.dataset)
    except (OSError, UnicodeDecodeError, ConfigError, manifest.ManifestError) as error:
        raise CommandError(str(error)) from error


def _stop_on_signals() -> Any:
    """A function that turns true once Ctrl-C or SIGTERM came; a second one ends the process at once."""
    came: list[int] = []

    def note(number: int, _frame: object) -> None:
        if came:
            sys.exit(128 + number)
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(came)


def _started_at(run_dir: Path) -> datetime:
    """When the run began: kept beside its state, so that a resumed run remembers."""
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / "started_at"
    if not path.exists():
        path.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")
    return datetime.fromisoformat(path.read_text(encoding="utf-8"))
