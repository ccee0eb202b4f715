"""A training item, what was made with it, and the withdrawal of the consent for it."""

from generation.models import Checkpoint, DatasetItem, DatasetVersion, Piece
from licensing.models import Withdrawal
from licensing.rights import withdrawals
from tests import factories

__all__ = ["ITEM", "begun", "made", "trained"]

ITEM = "a" * 64


def trained(licence_spdx: str = "CC0-1.0") -> tuple[DatasetVersion, Checkpoint]:
    """A version with ITEM in it, and a checkpoint that was trained on it."""
    version = factories.dataset_version()
    DatasetItem.objects.create(
        dataset_version=version,
        index=0,
        sha256=ITEM,
        licence_spdx=licence_spdx,
        rights_holder="A",
        consent_basis="given",
        source="here",
    )
    return version, factories.checkpoint(training_run=factories.training_run(version))


def made(model: Checkpoint, seed: int = 7) -> Piece:
    person = factories.user()
    return factories.piece(person, of=factories.job(person, model=model, seed=seed))


def begun(**what: object) -> Withdrawal:
    """A withdrawal that has begun, of ITEM unless something else is named."""
    return withdrawals.begin(asked=Withdrawal(reason="The author asked.", **(what or {"item_sha256": ITEM})), by=None)
