"""Carries out the main job in sight, on real parts, and keeps the site up: what `make demo` calls."""

import signal
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from generation import families
from marketplace import reconciliation
from marketplace.demo import commission, gallery, kinds, people
from marketplace.demo.client import ApiRefusal, wait_for
from marketplace.demo.journey import Journey
from marketplace.demo.site import PortTaken, Site


class Command(BaseCommand):
    help = "Starts the site, fills a small gallery, carries out the main job once, and keeps the site up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the journey; exit code 0 only if all worked")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo invents people and money. Start it with `make demo`, or set DEMO=1.")
        self.began = time.monotonic()
        site = Site(base_dir=settings.BASE_DIR, var_dir=settings.VAR_DIR, port=settings.SITE_PORT)
        signal.signal(signal.SIGTERM, _interrupt)
        if left := site.end_leftovers():
            self.say(f"An earlier run was cut off and left {left} processes behind; they are ended.")
        self.head("Setting up")
        call_command("set_up", stdout=self.stdout)
        try:
            self._run(site, stay=not options["once"])
        except KeyboardInterrupt:
            self.say("Interrupted.")
        except (PortTaken, TimeoutError, ChildProcessError, RuntimeError, ApiRefusal) as error:
            raise CommandError(str(error)) from error
        finally:
            site.stop()

    def _run(self, site: Site, *, stay: bool) -> None:
        self.head("Starting the site: web, two workers, a scheduler and the payment sandbox")
        site.start({"DEMO": "1", "SITE_URL": settings.SITE_URL})
        site.wait_until_ready()
        self.say(f"It answers at {settings.SITE_URL}/")
        self.head("Hanging the gallery")
        hung = gallery.hang(self.progress)
        self.say(f"{hung} works made, reviewed and hung." if hung else "It hangs already, from an earlier run.")
        folder = settings.VAR_DIR / "demo"
        folder.mkdir(exist_ok=True)
        checkpoint = families.newest()
        journey = Journey(settings.SITE_URL, folder, self.say, checkpoint.slug)
        self.head("The main job: a piece is made, recorded, reviewed, sold, delivered and verified")
        journey.sell_a_piece()
        self.head("A commission, from brief to delivery")
        commission.carry_out(journey)
        self.head("The other kinds of work: a poem, a sculpture, a film")
        kinds.lay_out(self.say, folder)
        self.head("The books: ledger, editions and licences against each other and the payment provider")
        wait_for(lambda: not reconciliation.differences(), "the provider's fees to be booked", seconds=20)
        call_command("reconcile", grace=0, stdout=self.stdout)
        self.head("Every step worked")
        self._farewell(stay)
        while stay and site.is_running():
            time.sleep(0.5)
        if stay:
            raise ChildProcessError(f"A process of the site ended. The end of {site.log_path}:\n{site.tail()}")

    def _farewell(self, stay: bool) -> None:
        self.say(f"Gallery     {settings.SITE_URL}/")
        self.say(f"Verify      {settings.SITE_URL}/verify/   (drop a file from {settings.VAR_DIR / 'demo'})")
        self.say(f"API         {settings.SITE_URL}/api/docs/")
        self.say(f"Admin       {settings.SITE_URL}/admin/   ida-voss@vernissage.example, password {people.password()}")
        self.say("As a buyer  hanna-buyer@vernissage.example, the same password")
        if stay:
            self.say("The site stays up. Ctrl-C ends it.")

    def head(self, words: str) -> None:
        self.stdout.write(f"\n{words}")

    def say(self, words: str) -> None:
        self.stdout.write(f"  {time.monotonic() - self.began:5.1f} s  {words}")
        self.stdout.flush()

    def progress(self, words: str) -> None:
        """A line that replaces itself on a terminal, and is said in full elsewhere only when it changes."""
        if words != getattr(self, "_last", ""):
            self._last = words
            self.say(words)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
