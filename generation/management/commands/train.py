"""`manage.py train CONFIG.toml` trains a checkpoint and registers it; `--again RUN` does one again and compares."""

import shutil
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from generation import training_again, training_runs


class Command(BaseCommand):
    """Shows progress, saves its state as it goes, and carries on with --resume after Ctrl-C or SIGTERM."""

    help = "Train a checkpoint from a frozen dataset and register it with its training run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("config", type=Path, metavar="CONFIG.toml", nargs="?")
        parser.add_argument("--again", metavar="RUN", help="train a registered run anew from its row, and compare")
        parser.add_argument("--resume", action="store_true", help="carry on from the saved state")
        parser.add_argument("--restart", action="store_true", help="throw the saved state away")
        parser.add_argument("--steps", type=int, help="stop after this step, without registering anything yet")
        parser.add_argument("--slug", help="how the checkpoint is called; by default name and version of the config")
        parser.add_argument(
            "--datasets", type=Path, help="where frozen datasets lie; by default datasets, var/datasets"
        )
        parser.add_argument("--corpus", type=Path, help="the texts, for trainers whose frozen data hold digests only")
        parser.add_argument("--out", type=Path, help="the checkpoint's folder; by default under var/checkpoints")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["config"] is None) == (options["again"] is None):
            raise CommandError("Give either a configuration or --again with the name of a training run.")
        if options["steps"] is not None and options["steps"] < 1:
            raise CommandError("--steps is 1 or more.")
        try:
            if options["again"]:
                self._again(options)
            else:
                self._train(options)
        except DomainError as error:
            raise CommandError(error.detail) from error
        except training_runs.Interrupted as error:
            raise CommandError(f"{error}. Give --resume.") from error

    def _train(self, options: dict[str, Any]) -> None:
        asked = training_runs.plan(
            _text(options["config"]), slug=options["slug"] or "", places=_places(options), corpus=options["corpus"]
        )
        run_dir = _run_dir(settings.VAR_DIR / "runs" / asked.slug, options)
        self._announce(asked)
        out = options["out"] or settings.VAR_DIR / "checkpoints" / asked.slug
        ended = training_runs.carry_out(
            asked,
            run_dir=run_dir,
            out=out,
            progress=_Shown(self, run_dir),
            until=options["steps"],
            stop=_stop_on_signals(),
        )
        if not ended.weights_sha256:
            self.stdout.write(f"Stopped after step {ended.steps} of {asked.config.steps}; --resume carries on.")
            return
        try:
            checkpoint = training_runs.register(asked, out)
        except DomainError as error:
            raise CommandError(f"The checkpoint lies in {out}, but was not registered: {error.detail}") from error
        self.stdout.write(f"Registered {checkpoint.slug}, weights {ended.weights_sha256}, in {out}")

    def _again(self, options: dict[str, Any]) -> None:
        asked = training_again.plan(options["again"], places=_places(options), corpus=options["corpus"])
        run_dir = _run_dir(settings.VAR_DIR / "again" / asked.slug, {**options, "restart": not options["resume"]})
        self._announce(asked)
        compared = training_again.repeat(
            asked,
            run_dir=run_dir,
            until=options["steps"],
            progress=_Shown(self, run_dir),
            stop=_stop_on_signals(),
        )
        for name, (before, now) in compared.differences.items():
            self.stdout.write(f"Surroundings differ: {name} was {before}, is {now}")
        if not compared.equal:
            self.stdout.write(f"Different after step {compared.step}: {compared.before} then, {compared.again} now")
            sys.exit(1)
        self.stdout.write(f"Equal after step {compared.step}: weights {compared.again}")

    def _announce(self, asked: training_runs.Plan) -> None:
        self.stdout.write(
            f"Training {asked.slug} by the trainer {asked.trainer}: {asked.config.steps} steps on {asked.dataset_dir}. "
            "Stop at any time; --resume carries on."
        )


class _Shown:
    """Lines of metrics as a person reads them, and each sheet of samples once it is there."""

    def __init__(self, command: Command, run_dir: Path) -> None:
        self.command, self.run_dir = command, run_dir
        self.seen = {path.name for path in run_dir.glob("samples*")}

    def __call__(self, metrics: dict[str, Any]) -> None:
        from generation.training import loop

        self.command.stdout.write(loop.describe(metrics))
        for path in sorted(self.run_dir.glob("samples-*")):
            if path.name not in self.seen:
                self.seen.add(path.name)
                self.command.stdout.write(f"samples: {path}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _places(options: dict[str, Any]) -> tuple[Path, ...]:
    return (options["datasets"],) if options["datasets"] else ()


def _run_dir(run_dir: Path, options: dict[str, Any]) -> Path:
    """The folder of a run's state, once it is certain that a run is to begin or to go on there."""
    if options["restart"]:
        shutil.rmtree(run_dir, ignore_errors=True)
    begun = (run_dir / "state.pt").exists()
    if begun and not options["resume"]:
        raise CommandError(f"{run_dir} holds a run already: give --resume to carry on or --restart to begin anew.")
    if options["resume"] and not begun:
        raise CommandError(f"There is no state in {run_dir} to resume from; leave --resume out.")
    return run_dir


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
