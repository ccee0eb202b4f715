"""Connected accounts and transfers, asked for by the real SDK: refused wherever Stripe refuses."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from tests.sandbox import Sandbox

BACK, AGAIN = "http://127.0.0.1:8000/back", "http://127.0.0.1:8000/again"


@pytest.fixture
def account(sandbox: Sandbox, client: stripe.StripeClient, paid_intent: str) -> str:
    """An account that may receive, of a platform that has 48.01 EUR at least."""
    sandbox.settle()
    return sandbox.onboarded(client)


def transfer(client: stripe.StripeClient, account: str, amount: int = 1_000) -> stripe.Transfer:
    return client.v1.transfers.create({"amount": amount, "currency": "eur", "destination": account})


def left(client: stripe.StripeClient) -> int:
    return sum(each.net for each in client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter())


def test_a_new_account_may_receive_nothing_and_says_what_is_missing(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "express", "country": "FR", "metadata": {"maker_id": "7"}})
    assert account.requirements is not None
    assert account.requirements.currently_due
    assert (account.country, account.details_submitted, account.payouts_enabled) == ("FR", False, False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(client, account.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"


def test_the_form_opens_an_account_and_tells_the_platform(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve(sandbox.onboarded(client))
    assert account.capabilities is not None
    assert account.requirements is not None
    assert (account.capabilities.transfers, account.requirements.currently_due) == ("active", [])
    newest = client.v1.events.list({"type": "account.updated", "limit": 1}).data[0]
    assert newest.data.object["id"] == account.id


def test_without_a_proof_of_identity_an_account_stays_closed(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve(sandbox.onboarded(client, give="no_proof"))
    assert account.requirements is not None
    assert (account.details_submitted, account.payouts_enabled) == (True, False)
    assert account.requirements.currently_due == ["individual.verification.document"]
    assert account.requirements.disabled_reason == "requirements.past_due"


def test_a_link_is_good_for_one_visit_and_five_minutes(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "express"})
    link = client.v1.account_links.create(
        {"account": account.id, "type": "account_onboarding", "return_url": BACK, "refresh_url": AGAIN}
    )
    assert "Where your money goes" in sandbox.web.get(link.url).text
    assert sandbox.submit(link.url, give="nonsense").status_code == 200
    assert sandbox.submit(link.url, give="everything").headers["Location"] == BACK
    assert sandbox.submit(link.url, give="no_proof").headers["Location"] == AGAIN
    assert client.v1.accounts.retrieve(account.id).payouts_enabled
    assert sandbox.submit(f"{sandbox.base}/setup/e/link_unknown", give="everything").status_code == 404


def test_a_transfer_takes_what_is_available_from_the_platform(client: stripe.StripeClient, account: str) -> None:
    before = left(client)
    sent = client.v1.transfers.create(
        {"amount": 1_200, "currency": "eur", "destination": account, "transfer_group": "a"}
    )
    assert left(client) == before - 1_200
    assert [each.id for each in client.v1.transfers.list({"transfer_group": "a"}).data] == [sent.id]
    movement = client.v1.balance_transactions.list({"source": sent.id}).data[0]
    assert (movement.type, movement.amount, sent.balance_transaction) == ("transfer", -1_200, movement.id)


def test_a_transfer_beyond_what_is_available_is_refused(client: stripe.StripeClient, account: str) -> None:
    before = left(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(client, account, 10**9)
    assert (refused.value.code, left(client)) == ("balance_insufficient", before)


def test_pending_money_is_not_available(
    sandbox: Sandbox, client: stripe.StripeClient, account: str, open_session: Callable[..., Session]
) -> None:
    transfer(client, account, left(client))
    sandbox.pay(open_session().url or "")
    with pytest.raises(stripe.InvalidRequestError, match="insufficient available funds"):
        transfer(client, account, 100)
    sandbox.settle()
    assert transfer(client, account, 100).amount == 100


def test_a_transfer_is_taken_back_in_parts_and_never_beyond_it(client: stripe.StripeClient, account: str) -> None:
    sent, before = transfer(client, account), left(client)
    for amount in (400, 600):
        client.v1.transfers.reversals.create(sent.id, {"amount": amount, "metadata": {"action_id": str(amount)}})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed amount"):
        client.v1.transfers.reversals.create(sent.id, {"amount": 1})
    now = client.v1.transfers.retrieve(sent.id)
    assert (now.amount_reversed, now.reversed, left(client)) == (1_000, True, before + 1_000)
    assert [each.amount for each in client.v1.transfers.reversals.list(sent.id).data] == [600, 400]


def test_an_account_that_was_paid_out_has_nothing_to_take_back(
    sandbox: Sandbox, client: stripe.StripeClient, account: str
) -> None:
    sent = transfer(client, account)
    sandbox.pay_out(account)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.reversals.create(sent.id)
    assert refused.value.code == "balance_insufficient"


@pytest.mark.parametrize("given", [{"type": "custom"}, {}, {"type": "express", "colour": "red"}])
def test_accounts_of_other_kinds_are_refused_aloud(client: stripe.StripeClient, given: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.accounts.create(given)
