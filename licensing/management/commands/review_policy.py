"""`manage.py review_policy show|check|evaluate`: the operator's policy file, and what is held against it again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licensing.rights import findings, policy
from licensing.rights.policy import PolicyFile, PolicyUnreadable


class Command(BaseCommand):
    help = "Show or check the policy file, or hold what waits and what was approved against it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["show", "check", "evaluate"])

    def handle(self, *_args: Any, what: str, **_: Any) -> None:
        try:
            by = policy.current()
        except PolicyUnreadable as error:
            raise CommandError(error.detail) from error
        {"show": self._show, "check": self._check, "evaluate": self._evaluate}[what](by)

    def _show(self, by: PolicyFile) -> None:
        self.stdout.write(f"policy {by.version}")
        for rule in policy.RULES:
            self.stdout.write(f"{by.mode(rule.__name__):7} {rule.__name__}")

    def _check(self, by: PolicyFile) -> None:
        waiting = len(findings.outdated(by))
        self.stdout.write(f"The file can be read: policy {by.version}. {waiting} reviews were held against another.")

    def _evaluate(self, by: PolicyFile) -> None:
        reviews = findings.outdated(by)
        reopened = 0
        for review in reviews:
            outcome = findings.again(review, by)
            reopened += outcome.reopened
            if outcome.reopened:
                self.stdout.write(f"{review.piece_id} back under review: {', '.join(outcome.blocking)}")
        self.stdout.write(f"{len(reviews)} reviews held against policy {by.version}, {reopened} back under review.")
