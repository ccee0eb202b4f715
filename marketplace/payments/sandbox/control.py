"""The sandbox's own levers under `/_sandbox/`: what tests and the demo need, and Stripe does not have."""

from __future__ import annotations

import json
import re
from typing import Any

from marketplace.payments.sandbox import accounts, balance, chaos, events
from marketplace.payments.sandbox.errors import StripeRefusal, invalid, missing_resource
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["answer"]

_RESEND = re.compile(r"/_sandbox/events/([A-Za-z0-9_]{1,255})/resend")
_PAY_OUT = re.compile(r"/_sandbox/accounts/([A-Za-z0-9_]{1,255})/pay_out")
_LONGEST_STEP_SECONDS = 366 * 86400


def answer(tx: Transaction, method: str, path: str, body: str) -> Json:
    """Carries out one order.

    `POST chaos {"switch", "times", "seconds"}`, `GET chaos`, `DELETE chaos`; `POST clock {"advance": seconds}`;
    `POST events/{id}/resend`; `GET deliveries`; `POST settle` makes the platform's pending balance available; `POST
    accounts/{id}/pay_out` sends all that lies in a connected account to its bank.
    """
    resend = _RESEND.fullmatch(path)
    if resend and method == "POST":
        if tx.get("event", resend[1]) is None:
            raise missing_resource("event", resend[1])
        events.resend(tx, resend[1])
        return {"resent": resend[1]}
    paid = _PAY_OUT.fullmatch(path)
    if paid and method == "POST":
        if tx.get("account", paid[1]) is None:
            raise missing_resource("account", paid[1])
        accounts.empty(tx, paid[1])
        return {"paid_out": paid[1]}
    match method, path.removeprefix("/_sandbox/"):
        case "POST", "chaos":
            order = _order(body)
            times, seconds = _number(order, "times", 1), _number(order, "seconds", 1.0)
            chaos.set_switch(tx, str(order.get("switch")), times=int(times), seconds=seconds)
            return chaos.standing(tx)
        case "GET", "chaos":
            return chaos.standing(tx)
        case "DELETE", "chaos":
            chaos.clear(tx)
            return {}
        case "POST", "clock":
            seconds = _number(_order(body), "advance", 0)
            if not 0 < seconds <= _LONGEST_STEP_SECONDS:
                raise invalid("advance is a number of seconds from 1 to a year: the clock only runs forwards.")
            tx.advance(int(seconds))
            return {"now": tx.now()}
        case "POST", "settle":
            balance.settle(tx)
            return {}
        case "GET", "deliveries":
            return {"deliveries": _deliveries(tx)}
    raise StripeRefusal("There is no such lever.", status=404)


def _order(body: str) -> Json:
    try:
        order: Any = json.loads(body)
    except ValueError:
        order = None
    if not isinstance(order, dict):
        raise invalid("Send a JSON object.")
    return order


def _number(order: Json, name: str, default: float) -> float:
    value = order.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name} must be a number.")
    return value


def _deliveries(tx: Transaction) -> list[Json]:
    rows = tx.sql.execute(
        "SELECT d.event, json_extract(o.public, '$.type'), d.attempts, d.finished_at IS NOT NULL, d.last_error "
        "FROM delivery d JOIN object o ON o.id = d.event ORDER BY d.seq DESC LIMIT 200"
    )
    names = ("event", "type", "attempts", "finished", "last_error")
    return [{**dict(zip(names, row, strict=True)), "finished": bool(row[3])} for row in rows]
