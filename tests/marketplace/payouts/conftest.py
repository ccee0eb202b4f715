"""A maker with an account that may be paid, and a provider whose money is available."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from marketplace import payouts
from marketplace.models import PayoutAccount, Profile
from tests import factories
from tests.marketplace.conftest import Till

Earn = Callable[..., Any]


@pytest.fixture
def own_till(tmp_path: Path, settings: Any) -> Iterator[Till]:
    """A provider whose whole balance is this test's."""
    settings.COMMISSION_RATE_PERCENT, settings.PAYOUT_HOLD_DAYS, settings.PAYOUT_MINIMUM_MINOR = 15, 0, 1_000
    with Till(tmp_path) as till:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = till.base, till.key
        yield till


@pytest.fixture
def maker(own_till: Till) -> Profile:
    """A maker whose account is active at the provider, and known to be."""
    return with_account(own_till)


def with_account(till: Till, *, give: str = "everything") -> Profile:
    profile = factories.maker()
    provider_id = till.onboarded(till.client(), give=give)
    PayoutAccount.objects.create(maker=profile, country="DE", provider_id=provider_id)
    payouts.refresh_account(provider_id=provider_id)
    return profile
