"""Which checkpoints forms and the demo may ask for a family and a size, and nothing else."""

import pytest

from generation import families
from generation.models import Checkpoint
from tests import factories

pytestmark = pytest.mark.django_db

PAINTS = {"families": ["waves"]}


def test_only_published_pictures_that_need_no_more_are_offered_the_newest_first() -> None:
    first, second = factories.checkpoint(architecture=PAINTS), factories.checkpoint(architecture=PAINTS)
    factories.checkpoint(architecture=PAINTS, state=Checkpoint.State.RETIRED)
    factories.checkpoint(architecture={})
    factories.checkpoint(engine="style-transfer", architecture={"swatches": ["ink"]})
    factories.checkpoint(engine="nobody-knows", architecture=PAINTS)
    factories.checkpoint(kind="text", architecture=PAINTS)

    assert list(families.offered()) == [second, first]
    assert families.newest() == second


def test_where_nothing_paints_that_is_said() -> None:
    with pytest.raises(Checkpoint.DoesNotExist, match="set_up"):
        families.newest()
