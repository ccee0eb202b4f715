"""A house filled for measuring passes every constraint; a fresh installation is set up on either database."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from marketplace import catalogue, scale
from marketplace.models import Artwork, SearchDocument
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.concurrency]


def test_it_hangs_works_that_are_listed_and_found(settings: Any) -> None:
    settings.DEMO = True
    factories.checkpoint()
    factories.template("personal")
    call_command("seed_scale", artworks=40, stdout=StringIO(), stderr=StringIO())
    assert Artwork.objects.filter(state="listed").count() == SearchDocument.objects.count() == 40
    assert 0 < catalogue.wall(words=scale.COMMON).count() < 40
    assert catalogue.wall(asked={"kind": ["picture"]}).count() == 40


def test_it_refuses_a_house_that_sells(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_scale", artworks=1)


@pytest.mark.slow
def test_a_fresh_installation_is_set_up_on_this_database() -> None:
    out = StringIO()
    for _ in range(2):
        call_command("set_up", stdout=out)
    assert out.getvalue().count("Ready.") == 2
