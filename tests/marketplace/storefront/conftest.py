"""Pages are asked for over Django's test client, in either language."""

import pytest

from tests.words import compile_catalogue


@pytest.fixture(autouse=True, scope="session")
def _chinese() -> None:
    compile_catalogue()
