"""What is said to Stripe about makers: their accounts, transfers to them, and what is taken back of these.

Fails as `gateway` does. Stripe answers a transfer at once: what it returns has happened, and what it refuses has not.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketplace.payments.provider import ProviderAccount, ProviderTransfer
from marketplace.payments.wire import client, id_of, moment, translated

if TYPE_CHECKING:
    from stripe import Account, Transfer, TransferReversal

__all__ = [
    "create_account",
    "find_reversal",
    "find_transfer",
    "onboarding_link",
    "retrieve_account",
    "reverse",
    "transfer",
]


def create_account(*, maker_id: str, country: str, email: str, idempotency_key: str) -> ProviderAccount:
    """Opens an Express account that may receive transfers once its owner has told Stripe who they are."""
    given: Any = {
        "type": "express",
        "country": country,
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"maker_id": maker_id},
    }
    if email:
        given["email"] = email
    with translated():
        return _account(client().v1.accounts.create(given, {"idempotency_key": idempotency_key}))


def retrieve_account(account_id: str) -> ProviderAccount:
    with translated():
        return _account(client().v1.accounts.retrieve(account_id))


def onboarding_link(account_id: str, *, return_url: str, refresh_url: str) -> tuple[str, datetime]:
    """Where the owner fills in the account, and until when: minutes only, for one visit. Send it to nobody else."""
    with translated():
        link = client().v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    return link.url, moment(link.expires_at)


def transfer(
    *, account_id: str, amount_minor: int, currency: str, action_id: str, idempotency_key: str
) -> ProviderTransfer:
    """Moves money from the house's available balance to an account. `find_transfer` finds it by `action_id`."""
    given: Any = {
        "destination": account_id,
        "amount": amount_minor,
        "currency": currency.lower(),
        "transfer_group": action_id,
        "metadata": {"action_id": action_id},
    }
    with translated():
        return _transfer(client().v1.transfers.create(given, {"idempotency_key": idempotency_key}))


def find_transfer(action_id: str) -> ProviderTransfer | None:
    """The transfer that carries this action, if there is one: asked before a late repeat, when keys may be pruned."""
    with translated():
        page = client().v1.transfers.list({"transfer_group": action_id, "limit": 100})
        return next((found for each in page.data if (found := _transfer(each)).action_id == action_id), None)


def reverse(*, transfer_id: str, amount_minor: int, action_id: str, idempotency_key: str) -> ProviderTransfer:
    """Takes `amount_minor` of a transfer back. Stripe refuses more than is left of it, or than the account has."""
    given: Any = {"amount": amount_minor, "metadata": {"action_id": action_id}}
    with translated():
        reversals = client().v1.transfers.reversals
        return _reversal(reversals.create(transfer_id, given, {"idempotency_key": idempotency_key}))


def find_reversal(transfer_id: str, action_id: str) -> ProviderTransfer | None:
    """The reversal that carries this action, if there is one."""
    with translated():
        page = client().v1.transfers.reversals.list(transfer_id, {"limit": 100})
        every = map(_reversal, page.auto_paging_iter())
        return next((found for found in every if found.action_id == action_id), None)


def _account(found: Account) -> ProviderAccount:
    requirements, capabilities = found.requirements, found.capabilities
    return ProviderAccount(
        id=found.id,
        submitted=bool(found.details_submitted),
        active=capabilities is not None and getattr(capabilities, "transfers", None) == "active",
        requirements=list((requirements and requirements.currently_due) or []),
        disabled_reason=str((requirements and requirements.disabled_reason) or ""),
    )


def _transfer(found: Transfer) -> ProviderTransfer:
    return _moved(found, id_of(found.destination) or "")


def _reversal(found: TransferReversal) -> ProviderTransfer:
    return _moved(found, id_of(found.transfer) or "")


def _moved(found: Transfer | TransferReversal, other_id: str) -> ProviderTransfer:
    metadata = found.metadata.to_dict() if found.metadata is not None else {}
    return ProviderTransfer(
        id=found.id,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        other_id=other_id,
        action_id=metadata.get("action_id"),
    )
