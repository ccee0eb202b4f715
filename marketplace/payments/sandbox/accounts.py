"""Connected accounts (Express): opened empty, filled in on a hosted page, and then able to receive transfers."""

from __future__ import annotations

from typing import Literal

from marketplace.payments.sandbox import events
from marketplace.payments.sandbox.errors import StripeRefusal, invalid, missing_resource, not_simulated
from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["balance_of", "change_balance", "create", "empty", "find_link", "link", "receiving", "submit"]

Given = Literal["everything", "no_proof"]

_FORM = ["business_profile.url", "external_account", "individual.dob.day", "tos_acceptance.date"]
_PROOF = ["individual.verification.document"]
_LINK_SECONDS = 300


def create(tx: Transaction, given: Json) -> Json:
    """An account that may do nothing yet, and wants to know everything."""
    if given.get("type") != "express":
        raise not_simulated("accounts other than Express ones", param="type")
    account = blank(
        "account",
        id=tx.new_id("acct"),
        capabilities={"transfers": "inactive"},
        charges_enabled=False,
        country=given.get("country", "DE"),
        created=tx.now(),
        default_currency="eur",
        details_submitted=False,
        email=given.get("email"),
        metadata=given.get("metadata") or {},
        payouts_enabled=False,
        requirements=_requirements(_FORM + _PROOF, "requirements.past_due"),
        type="express",
    )
    tx.insert(account, {"balance": {}})
    events.emit(tx, ("account.updated", account))
    return account


def link(tx: Transaction, given: Json, *, page_base: str) -> Json:
    """An address, good for five minutes and one visit, under which an account is filled in."""
    account = tx.get("account", given["account"])
    if account is None:
        raise missing_resource("account", given["account"], param="account", status=400)
    if given["type"] != "account_onboarding":
        raise not_simulated("account links other than for onboarding", param="type")
    for name in ("return_url", "refresh_url"):
        if not given.get(name, "").startswith(("http://", "https://")):
            raise invalid("Not a valid URL", code="url_invalid", param=name)
    token = tx.new_id("link")
    expires_at = tx.now() + _LINK_SECONDS
    addresses = {name: given[name] for name in ("return_url", "refresh_url")}
    tx.insert({"id": token, "object": "link", "account": account["id"], "expires_at": expires_at, **addresses})
    url = f"{page_base}/setup/e/{token}"
    return {"object": "account_link", "created": tx.now(), "expires_at": expires_at, "url": url}


def find_link(tx: Transaction, token: str) -> tuple[Json, bool] | None:
    """A link, and whether it is still good; None if there never was one."""
    found = tx.get("link", token)
    return None if found is None else (found, found["expires_at"] > tx.now())


def submit(tx: Transaction, found: Json, given: Given) -> None:
    """What filling in the form does: everything makes the account active, without a proof it stays closed."""
    account = tx.get("account", found["account"])
    assert account is not None
    complete = given == "everything"
    account.update(
        capabilities={"transfers": "active" if complete else "inactive"},
        details_submitted=True,
        payouts_enabled=complete,
        requirements=_requirements([], None) if complete else _requirements(_PROOF, "requirements.past_due"),
    )
    tx.save(account)
    tx.save({**found, "expires_at": 0})
    events.emit(tx, ("account.updated", account))


def receiving(tx: Transaction, identifier: str) -> Json:
    """The account to which money may be transferred, or Stripe's refusal."""
    account = tx.get("account", identifier)
    if account is None:
        raise missing_resource("destination", identifier, param="destination", status=400)
    if account["capabilities"]["transfers"] != "active":
        raise StripeRefusal(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def balance_of(tx: Transaction, identifier: str, currency: str) -> int:
    """What lies in a connected account and was not paid out to its bank yet."""
    balance: int = tx.private(identifier)["balance"].get(currency, 0)
    return balance


def change_balance(tx: Transaction, identifier: str, currency: str, by_minor: int) -> None:
    private = tx.private(identifier)
    private["balance"][currency] = private["balance"].get(currency, 0) + by_minor
    tx.save_private(identifier, private)


def empty(tx: Transaction, identifier: str) -> None:
    """Pays all of an account out to its bank."""
    tx.save_private(identifier, {"balance": {}})


def _requirements(due: list[str], reason: str | None) -> Json:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }
