"""`manage.py withdraw show|begin|resume|status`: what a withdrawal of consent would touch, and its cascade."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from generation.models import Dataset, InputWork
from licensing.models import Withdrawal
from licensing.rights import blast_radius, withdrawals


class Command(BaseCommand):
    help = "Show what the withdrawal of an item, a dataset, a licence or an input work touches, and carry it out."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name in ("show", "begin"):
            _what(actions.add_parser(name))
        for name in ("resume", "status"):
            actions.add_parser(name).add_argument("withdrawal", type=UUID)

    def handle(self, *_args: Any, action: str, **given: Any) -> None:
        if action == "show":
            self._counts(_asked(given))
            return
        withdrawal = self._begin(_asked(given)) if action == "begin" else _known(given["withdrawal"])
        if action != "status":
            withdrawals.resume(withdrawal)
        withdrawal.refresh_from_db()
        self.stdout.write(f"{withdrawal.pk} is {withdrawal.state}: {withdrawal.pieces.count()} pieces reached.")

    def _counts(self, asked: Withdrawal) -> None:
        for name, number in blast_radius.count(asked).items():
            self.stdout.write(f"{name.replace('_', ' '):20} {number}")

    def _begin(self, asked: Withdrawal) -> Withdrawal:
        try:
            withdrawal = withdrawals.begin(asked=asked, by=None)
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{withdrawal.pk} has begun; after a crash: manage.py withdraw resume {withdrawal.pk}")
        return withdrawal


def _what(parser: ArgumentParser) -> None:
    parser.add_argument("--item", default="", help="SHA-256 of a training item.")
    parser.add_argument("--dataset", default="", help="Slug of a dataset.")
    parser.add_argument("--licence", default="", help="Of the dataset, only the items under this SPDX licence.")
    parser.add_argument("--input", type=UUID, help="Id of an input work.")
    parser.add_argument("--reason", default="")


def _asked(given: dict[str, Any]) -> Withdrawal:
    try:
        return Withdrawal(
            item_sha256=given["item"],
            dataset=Dataset.objects.get(slug=given["dataset"]) if given["dataset"] else None,
            licence_spdx=given["licence"],
            input_work=InputWork.objects.get(pk=given["input"]) if given["input"] else None,
            reason=given["reason"],
        )
    except (Dataset.DoesNotExist, InputWork.DoesNotExist) as error:
        raise CommandError("There is no such dataset or input work.") from error


def _known(pk: UUID) -> Withdrawal:
    withdrawal = Withdrawal.objects.filter(pk=pk).first()
    if withdrawal is None:
        raise CommandError("There is no such withdrawal.")
    return withdrawal
