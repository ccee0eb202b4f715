"""Every object that the sandbox answers with, held against the types that the SDK declares for it."""

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, ForwardRef, Literal, TypeVar, Union, get_args, get_origin

import pytest
import stripe
from stripe.checkout import Session

from marketplace.payments.sandbox.resources import RESOURCES, blank
from tests.sandbox import Sandbox

KINDS = {"checkout.session", "item", "price", "payment_intent", "charge", "refund", "balance_transaction", "event"}
KINDS |= {"account", "transfer", "transfer_reversal"}


def misfits(value: Any, declared: Any, where: str) -> Iterator[str]:
    """Where a value departs from the SDK's annotation; names of other resources (forward references) fit any value."""
    origin = get_origin(declared)
    if declared is Any or isinstance(declared, ForwardRef | TypeVar | str):
        return
    if origin in (Union, UnionType):
        if all(any(misfits(value, member, where)) for member in get_args(declared)):
            yield f"{where}: {value!r} is none of {declared}"
    elif origin is Literal:
        if value not in get_args(declared):
            yield f"{where}: {value!r} is not {declared}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
        else:
            for index, item in enumerate(value):
                yield from misfits(item, get_args(declared)[0], f"{where}[{index}]")
    elif origin is not None and issubclass(origin, stripe.StripeObject):
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
    elif isinstance(declared, type) and issubclass(declared, stripe.StripeObject):
        yield from misfits_of_object(value, declared, where)
    elif declared.__name__ == "Decimal":
        if not isinstance(value, str):
            yield f"{where}: {value!r} is no decimal string"
    elif not isinstance(value, declared) or (declared is int and isinstance(value, bool)):
        yield f"{where}: {value!r} is no {declared.__name__}"


def misfits_of_object(value: Any, declared: type, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    hints = {name: hint for name, hint in declared.__annotations__.items() if name[0].islower()}
    for name in value.keys() - hints.keys():
        yield f"{where}.{name} is not declared"
    for name, hint in hints.items():
        if name in value:
            yield from misfits(value[name], hint, f"{where}.{name}")
        elif type(None) not in get_args(hint):
            yield f"{where}.{name} is missing"


def sent_by(sandbox: Sandbox, session: Session, transfer_id: str) -> Iterator[dict[str, Any]]:
    """Raw answers, before the SDK turns them into its own types."""
    headers = {"Authorization": f"Bearer {sandbox.key}"}
    paid = ("checkout/sessions", "payment_intents", "charges", "refunds", "balance_transactions", "events")
    lists = (*paid, "accounts", "transfers", f"transfers/{transfer_id}/reversals")
    for path in (*lists, f"checkout/sessions/{session.id}/line_items"):
        answer = sandbox.web.get(f"{sandbox.base}/v1/{path}", headers=headers, params={"limit": "100"})
        yield from answer.json()["data"]


def test_everything_sent_has_the_fields_and_types_that_the_sdk_declares(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    paid, declined, asked, expired = (open_session(customer_email="ada@example.com", locale="en") for _ in range(4))
    for session, card in ((paid, "4242"), (declined, "0002")):
        assert session.url is not None
        sandbox.pay(session.url, card)
    assert asked.url is not None
    sandbox.submit(asked.url, card="3155")
    client.v1.checkout.sessions.expire(expired.id)
    intent = client.v1.checkout.sessions.retrieve(paid.id).payment_intent
    assert isinstance(intent, str)
    client.v1.refunds.create({"payment_intent": intent, "amount": 100, "reason": "requested_by_customer"})
    sandbox.settle()
    account = sandbox.onboarded(client)
    transfer = client.v1.transfers.create({"amount": 1_000, "currency": "eur", "destination": account})
    client.v1.transfers.reversals.create(transfer.id, {"amount": 300})
    kinds = set()
    for thing in sent_by(sandbox, paid, transfer.id):
        kinds.add(thing["object"])
        assert list(misfits_of_object(thing, RESOURCES[thing["object"]], thing["object"])) == []
        if thing["object"] == "item":
            kinds.add(thing["price"]["object"])
            assert list(misfits_of_object(thing["price"], stripe.Price, "price")) == []
        if thing["object"] == "event":
            subject = thing["data"]["object"]
            assert list(misfits_of_object(subject, RESOURCES[subject["object"]], thing["type"])) == []
    assert kinds == KINDS == set(RESOURCES)


def test_a_departure_from_the_sdk_is_noticed() -> None:
    refund = blank("refund", id="re_1", amount=True, created=1, currency="eur")
    del refund["id"]
    assert sorted(misfits_of_object({**refund, "colour": "red"}, stripe.Refund, "refund")) == [
        "refund.amount: True is no int",
        "refund.colour is not declared",
        "refund.id is missing",
    ]


def test_the_sandbox_cannot_invent_a_field() -> None:
    with pytest.raises(AttributeError, match="refund has no field colour"):
        blank("refund", colour="red")
