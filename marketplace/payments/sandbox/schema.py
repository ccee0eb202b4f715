"""The oracle of parameters: what the installed `stripe` SDK declares is what the sandbox takes, and nothing else.

Three answers are kept apart: unknown to Stripe (`parameter_unknown`), known but malformed, and known to Stripe but not
simulated here (`sandbox_not_simulated`).
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe import _request_options
from typing_extensions import get_type_hints, is_typeddict

from marketplace.payments.sandbox.errors import StripeRefusal, invalid, not_simulated

__all__ = ["check", "nest"]

_OPTIONS = frozenset(_request_options.RequestOptions.__annotations__)
_NAMES = {**vars(_request_options), "StripeContext": object, "Decimal": Decimal}
_DEEPEST = 8
_KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")

Tree = dict[str, Any]


def nest(pairs: Iterable[tuple[str, str]]) -> Tree:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`; refuses what contradicts itself or is deeper than Stripe ever goes."""
    tree: Tree = {}
    for key, value in pairs:
        parts = [part.strip("[]") for part in _KEY.findall(key)]
        if not parts or not parts[0] or len(parts) > _DEEPEST:
            raise invalid(f"Invalid parameter name: {key[:80]}")
        node = tree
        for part in parts[:-1]:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                raise invalid(f"Invalid object: {key[:80]}", param=key[:80])
            node = child
        last = parts[-1] or str(len(node))
        if last in node:
            raise invalid(f"The parameter {key[:80]} was given twice.", param=key[:80])
        node[last] = value
    return tree


def check(tree: Tree, params: type, simulated: frozenset[str]) -> dict[str, Any]:
    """Typed values for what the SDK's `params` declare.

    `simulated` holds dotted paths without indices, such as `line_items.price_data.currency`.
    """
    checked: dict[str, Any] = _check_object(tree, params, "", "", simulated)
    return checked


@cache
def _hints(params: type) -> dict[str, Any]:
    names = {**_NAMES, **vars(sys.modules[params.__module__])}
    hints = get_type_hints(params, localns=names, include_extras=True)
    return {name: hint for name, hint in hints.items() if name not in _OPTIONS}


def _check_object(tree: Tree, params: type, path: str, dotted: str, simulated: frozenset[str]) -> dict[str, Any]:
    hints = _hints(params)
    for name in tree:
        if name not in hints:
            where = f"{path}[{name}]" if path else name
            raise invalid(f"Received unknown parameter: {where}", code="parameter_unknown", param=where)
    required: frozenset[str] = params.__required_keys__  # type: ignore[attr-defined]
    checked = {}
    for name, hint in hints.items():
        where = f"{path}[{name}]" if path else name
        below = f"{dotted}.{name}" if dotted else name
        if name not in tree:
            if name in required:
                raise invalid(f"Missing required param: {where}.", code="parameter_missing", param=where)
            continue
        if below not in simulated:
            raise not_simulated(f"the parameter {where}", param=where)
        checked[name] = _check_value(tree[name], hint, where, below, simulated)
    return checked


def _members(hint: Any) -> list[Any]:
    origin = get_origin(hint)
    if origin in (NotRequired, Required):
        return _members(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return [member for part in get_args(hint) for member in _members(part)]
    return [hint]


def _check_value(value: Any, hint: Any, where: str, dotted: str, simulated: frozenset[str]) -> Any:
    members = _members(hint)
    if isinstance(value, dict):
        for member in members:
            if is_typeddict(member):
                return _check_object(value, member, where, dotted, simulated)
            if get_origin(member) is list:
                return _check_list(value, get_args(member)[0], where, dotted, simulated)
            if get_origin(member) is dict:
                return _check_metadata(value, where)
        raise invalid(f"Invalid string: {where} was given as an object.", param=where)
    return _check_scalar(str(value), members, where)


def _check_list(value: Tree, hint: Any, where: str, dotted: str, simulated: frozenset[str]) -> list[Any]:
    if sorted(value) != sorted(str(index) for index in range(len(value))):
        raise invalid(f"Invalid array: {where} must be numbered from 0.", param=where)
    return [
        _check_value(value[str(index)], hint, f"{where}[{index}]", dotted, simulated) for index in range(len(value))
    ]


def _check_metadata(value: Tree, where: str) -> dict[str, str]:
    if len(value) > 50:
        raise invalid("Metadata may hold at most 50 keys.", param=where)
    for key, text in value.items():
        if not isinstance(text, str) or len(key) > 40:
            raise invalid(f"Metadata keys have up to 40 characters and plain values: {key[:60]}", param=where)
        if len(text) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is {len(text)} "
                "characters.",
                param=f"{where}[{key}]",
            )
    return dict(value)


def _check_scalar(text: str, members: list[Any], where: str) -> Any:
    choices = [choice for member in members if get_origin(member) is Literal for choice in get_args(member)]
    if text in choices:
        return text
    if not text:
        raise invalid(
            f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{where}' cannot be unset. You should remove '{where}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=where,
        )
    named = [str(choice) for choice in choices if choice != ""]
    if named:
        listed = ", ".join(named[:-1]) + (" or " if len(named) > 1 else "") + named[-1]
        raise invalid(f"Invalid {where}: must be one of {listed}", param=where)
    for kind in (bool, int, Decimal, str):
        if kind in members:
            return _read(kind, text, where)
    raise _misshapen(members, where)


def _misshapen(members: list[Any], where: str) -> StripeRefusal:
    shape = "array" if any(get_origin(member) is list for member in members) else "object"
    return invalid(f"Invalid {shape}", param=where)


def _read(kind: type, text: str, where: str) -> Any:
    if kind is bool:
        if text not in ("true", "false"):
            raise invalid(f"Invalid boolean: {text[:40]}", param=where)
        return text == "true"
    if kind is int:
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise invalid(f"Invalid integer: {text[:40]}", code="parameter_invalid_integer", param=where)
        return int(text)
    if kind is Decimal:
        try:
            return Decimal(text)
        except InvalidOperation:
            raise invalid(f"Invalid decimal: {text[:40]}", param=where) from None
    if len(text) > 5000:
        raise invalid(f"Invalid string: {where} must be at most 5000 characters", param=where)
    return text
