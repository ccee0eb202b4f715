"""Lists, newest first and page by page, and objects put in place of their ids (`expand`)."""

from __future__ import annotations

from typing import Any

from marketplace.payments.sandbox import balance, sessions
from marketplace.payments.sandbox.errors import invalid, missing_resource
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["expand", "page", "wrap"]

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_REFERENCES = {
    "payment_intent": ("payment_intent",),
    "latest_charge": ("charge",),
    "charge": ("charge",),
    "balance_transaction": ("balance_transaction",),
    "source": ("charge", "refund", "transfer", "transfer_reversal"),
}
_DEEPEST_EXPANSION = 4


def page(tx: Transaction, kind: str, given: Json, *, url: str, equal: tuple[str, ...] = ()) -> Json:
    """One page of a kind. `equal` names the fields that may be asked for by value."""
    conditions, arguments = _conditions(given, equal)
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in given:
            sequence = tx.sequence(kind, given[name])
            if sequence is None:
                raise missing_resource(kind, given[name], param=name, status=400)
            conditions.append(f"seq {comparison} ?")
            arguments.append(sequence)
    limit = given.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid integer: limit is from 1 to 100.", code="parameter_invalid_integer", param="limit")
    backwards = "ending_before" in given
    found = tx.select(kind, " AND ".join(conditions) or "1", tuple(arguments), limit=-1 if backwards else limit + 1)
    has_more = len(found) > limit
    chosen = found[-limit:] if backwards else found[:limit]
    if kind == "balance_transaction":
        chosen = [balance.current(tx, transaction) for transaction in chosen]
    return wrap(chosen, url=url, has_more=has_more)


def wrap(objects: list[Json], *, url: str, has_more: bool = False) -> Json:
    return {"object": "list", "data": objects, "has_more": has_more, "url": url}


def expand(tx: Transaction, answer: Json, paths: list[str]) -> Json:
    """Replaces ids by their objects along each dotted path, `data.` first for lists."""
    for path in paths:
        steps = path.split(".")
        if answer["object"] == "list":
            if steps[0] != "data" or len(steps) < 2:
                raise invalid(f"This property cannot be expanded ({path}). On lists it begins with `data.`.")
            for item in answer["data"]:
                _expand(tx, item, steps[1:], path)
        else:
            _expand(tx, answer, steps, path)
    return answer


def _expand(tx: Transaction, holder: Json, steps: list[str], path: str) -> None:
    if len(steps) > _DEEPEST_EXPANSION:
        raise invalid(f"You cannot expand more than {_DEEPEST_EXPANSION} levels of a property. Property: {path}")
    name, rest = steps[0], steps[1:]
    if holder["object"] == "checkout.session" and name == "line_items" and not rest:
        url = f"/v1/checkout/sessions/{holder['id']}/line_items"
        holder["line_items"] = wrap(sessions.line_items(tx, holder["id"]), url=url)
        return
    if name not in holder or name not in _REFERENCES:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(holder[name], str):
        holder[name] = _resolve(tx, name, holder[name])
    if rest and holder[name] is not None:
        _expand(tx, holder[name], rest, path)


def _resolve(tx: Transaction, name: str, identifier: str) -> Json:
    for kind in _REFERENCES[name]:
        found = tx.get(kind, identifier)
        if found is not None:
            return balance.current(tx, found) if kind == "balance_transaction" else found
    raise missing_resource(_REFERENCES[name][0], identifier)


def _conditions(given: Json, equal: tuple[str, ...]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    arguments: list[Any] = []
    for name in equal:
        if name in given:
            conditions.append(f"json_extract(public, '$.{name}') = ?")
            arguments.append(given[name])
    if given.get("types"):
        conditions.append(f"json_extract(public, '$.type') IN ({', '.join('?' * len(given['types']))})")
        arguments.extend(given["types"])
    created = given.get("created", {})
    bounds = {"=": created} if isinstance(created, int) else {_COMPARISONS[name]: at for name, at in created.items()}
    for comparison, at in bounds.items():
        conditions.append(f"json_extract(public, '$.created') {comparison} ?")
        arguments.append(at)
    return conditions, arguments
