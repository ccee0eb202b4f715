"""What these tests share."""

import pytest

from generation.models import Checkpoint
from tests import factories


@pytest.fixture
def checkpoint(transactional_db: None) -> Checkpoint:
    return factories.checkpoint(architecture={"families": ["ridges", "waves"]})
