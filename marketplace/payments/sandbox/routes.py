"""Which requests the sandbox answers, which parameters of each it simulates, and who does the work."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stripe import params
from stripe.params import checkout

from marketplace.payments.sandbox import accounts, balance, listing, refunds, sessions, transfers
from marketplace.payments.sandbox.errors import StripeRefusal, missing_resource
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["Call", "Route", "find"]


@dataclass(frozen=True)
class Call:
    """One request, read and checked: what was asked of which object, and where the payment page stands."""

    tx: Transaction
    given: Json
    identifier: str
    path: str
    page_base: str


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    params: type
    simulated: frozenset[str]
    work: Callable[[Call], Json]


_PAGING = "limit starting_after ending_before created created.gt created.gte created.lt created.lte"
_SESSION = """
    mode success_url cancel_url client_reference_id customer_email expires_at locale metadata
    allowed_payment_method_types submit_type ui_mode line_items line_items.quantity
    line_items.price_data line_items.price_data.currency
    line_items.price_data.unit_amount line_items.price_data.product_data line_items.price_data.product_data.name
    line_items.price_data.product_data.description line_items.price_data.product_data.metadata
    payment_intent_data payment_intent_data.description payment_intent_data.metadata payment_intent_data.receipt_email
    payment_intent_data.statement_descriptor payment_intent_data.statement_descriptor_suffix
"""


def _lists(kind: str, *equal: str) -> Callable[[Call], Json]:
    return lambda call: listing.page(call.tx, kind, call.given, url=call.path, equal=equal)


def _reads(kind: str) -> Callable[[Call], Json]:
    def work(call: Call) -> Json:
        found = call.tx.get(kind, call.identifier)
        if found is None:
            raise missing_resource(kind, call.identifier)
        return balance.current(call.tx, found) if kind == "balance_transaction" else found

    return work


def _session_items(call: Call) -> Json:
    return listing.wrap(sessions.line_items(call.tx, call.identifier), url=call.path)


def _reversals(call: Call) -> Json:
    given = {**call.given, "transfer": call.identifier}
    return listing.page(call.tx, "transfer_reversal", given, url=call.path, equal=("transfer",))


def _route(method: str, path: str, declared: type, simulated: str, work: Callable[[Call], Json]) -> Route:
    pattern = re.compile(path.replace("{id}", r"(?P<id>[A-Za-z0-9_]{1,255})"))
    return Route(method, pattern, declared, frozenset(simulated.split()) | {"expand"}, work)


_ROUTES = (
    _route(
        "POST",
        "/v1/checkout/sessions",
        checkout.SessionCreateParams,
        _SESSION,
        lambda call: sessions.create(call.tx, call.given, page_base=call.page_base),
    ),
    _route(
        "GET",
        "/v1/checkout/sessions",
        checkout.SessionListParams,
        f"{_PAGING} payment_intent status",
        _lists("checkout.session", "payment_intent", "status"),
    ),
    _route(
        "GET",
        "/v1/checkout/sessions/{id}",
        checkout.SessionRetrieveParams,
        "",
        lambda call: sessions.read(call.tx, call.identifier),
    ),
    _route(
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        checkout.SessionExpireParams,
        "",
        lambda call: sessions.expire(call.tx, call.identifier),
    ),
    _route(
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        checkout.SessionListLineItemsParams,
        "limit",
        _session_items,
    ),
    _route("GET", "/v1/payment_intents", params.PaymentIntentListParams, _PAGING, _lists("payment_intent")),
    _route("GET", "/v1/payment_intents/{id}", params.PaymentIntentRetrieveParams, "", _reads("payment_intent")),
    _route(
        "GET",
        "/v1/charges",
        params.ChargeListParams,
        f"{_PAGING} payment_intent",
        _lists("charge", "payment_intent"),
    ),
    _route("GET", "/v1/charges/{id}", params.ChargeRetrieveParams, "", _reads("charge")),
    _route(
        "POST",
        "/v1/refunds",
        params.RefundCreateParams,
        "amount charge payment_intent metadata reason",
        lambda call: refunds.create(call.tx, call.given),
    ),
    _route(
        "GET",
        "/v1/refunds",
        params.RefundListParams,
        f"{_PAGING} payment_intent charge",
        _lists("refund", "payment_intent", "charge"),
    ),
    _route("GET", "/v1/refunds/{id}", params.RefundRetrieveParams, "", _reads("refund")),
    _route(
        "GET",
        "/v1/balance_transactions",
        params.BalanceTransactionListParams,
        f"{_PAGING} currency source type",
        _lists("balance_transaction", "currency", "source", "type"),
    ),
    _route(
        "GET",
        "/v1/balance_transactions/{id}",
        params.BalanceTransactionRetrieveParams,
        "",
        _reads("balance_transaction"),
    ),
    _route(
        "POST",
        "/v1/accounts",
        params.AccountCreateParams,
        "type country email metadata capabilities capabilities.transfers capabilities.transfers.requested",
        lambda call: accounts.create(call.tx, call.given),
    ),
    _route("GET", "/v1/accounts", params.AccountListParams, _PAGING, _lists("account")),
    _route("GET", "/v1/accounts/{id}", params.AccountRetrieveParams, "", _reads("account")),
    _route(
        "POST",
        "/v1/account_links",
        params.AccountLinkCreateParams,
        "account type return_url refresh_url",
        lambda call: accounts.link(call.tx, call.given, page_base=call.page_base),
    ),
    _route(
        "POST",
        "/v1/transfers",
        params.TransferCreateParams,
        "amount currency destination description metadata transfer_group",
        lambda call: transfers.create(call.tx, call.given),
    ),
    _route(
        "GET",
        "/v1/transfers",
        params.TransferListParams,
        f"{_PAGING} destination transfer_group",
        _lists("transfer", "destination", "transfer_group"),
    ),
    _route("GET", "/v1/transfers/{id}", params.TransferRetrieveParams, "", _reads("transfer")),
    _route(
        "POST",
        "/v1/transfers/{id}/reversals",
        params.TransferReversalCreateParams,
        "amount metadata",
        lambda call: transfers.reverse(call.tx, call.identifier, call.given),
    ),
    _route(
        "GET",
        "/v1/transfers/{id}/reversals",
        params.TransferReversalListParams,
        "limit starting_after ending_before",
        _reversals,
    ),
    _route("GET", "/v1/events", params.EventListParams, f"{_PAGING} type types", _lists("event", "type")),
    _route("GET", "/v1/events/{id}", params.EventRetrieveParams, "", _reads("event")),
)


def find(method: str, path: str) -> tuple[Route, str]:
    """The route of a request and the id in its path, or the refusal that Stripe gives for an unknown address."""
    for route in _ROUTES:
        match = route.pattern.fullmatch(path)
        if match and route.method == method:
            return route, match.groupdict().get("id", "")
    raise StripeRefusal(
        f"Unrecognized request URL ({method}: {path[:200]}). The sandbox simulates checkout sessions, payment intents, "
        "charges, refunds, balance transactions, connected accounts, transfers and events.",
        status=404,
        stored=False,
    )
