"""Every address of the API, by everybody who may come: the answers stand in `expected.txt`, for a person to read.

After a change that is meant, `WRITE_EXPECTED=1` writes the file anew; read the difference before it is committed.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import URLPattern

from config.urls import api
from tests.api import patterns
from tests.authorisation.visitors import ROLES, Visitor
from tests.marketplace.conftest import running_till, till

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("till")]
__all__ = ["running_till", "till"]

FILE = Path(__file__).parent / "expected.txt"
METHODS = ("get", "post", "put", "patch", "delete")

Answers = dict[tuple[str, str], dict[str, int]]


def operations() -> Iterator[tuple[str, str, URLPattern]]:
    """Method, name and pattern of everything that the API does."""
    for pattern in sorted(patterns(api), key=lambda one: str(one.name)):
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        for method in METHODS:
            if hasattr(view, method) and method in view.http_method_names:
                yield method, str(pattern.name), pattern


OPERATIONS = list(operations())


def expected() -> Answers:
    """What the file says, by method and name, then by role."""
    head, *lines = [line.split() for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return {(line[0], line[1]): dict(zip(head[2:], map(int, line[2:]), strict=True)) for line in lines}


def written(answers: Answers) -> str:
    """The table as the file has it."""
    lines = [f"{'method':<7}{'address':<32}" + "".join(f"{role:>9}" for role in ROLES)]
    for (method, name), by_role in answers.items():
        lines.append(f"{method:<7}{name:<32}" + "".join(f"{by_role[role]:>9}" for role in ROLES))
    return "\n".join([*lines, ""])


if "WRITE_EXPECTED" in os.environ:

    def test_the_expectation_is_written_anew() -> None:
        found: Answers = {(method, name): {} for method, name, _pattern in OPERATIONS}
        for role in ROLES:
            with transaction.atomic():
                visitor = Visitor(role)
                for method, name, pattern in OPERATIONS:
                    found[method, name][role] = visitor.ask(method, name, pattern)
                transaction.set_rollback(True)
        words = [line for line in FILE.read_text().splitlines() if line.startswith("#")]
        FILE.write_text("\n".join([*words, written(found)]))


def test_every_address_is_expected_and_nothing_else() -> None:
    assert list(expected()) == [(method, name) for method, name, _pattern in OPERATIONS]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_the_expected_answers_and_refusals_change_nothing(role: str) -> None:
    visitor = Visitor(role)
    found = {(method, name): visitor.ask(method, name, pattern) for method, name, pattern in OPERATIONS}

    assert found == {key: answers[role] for key, answers in expected().items()}


def test_a_token_gets_what_its_person_gets_and_without_the_scope_nothing() -> None:
    for (_method, name), answers in expected().items():
        if name == "stripe-webhook":  # signed by the provider; it knows no people
            continue
        assert answers["bare"] == 403, name
        assert answers["token"] == (403 if name.startswith("me-token") else answers["creator"]), name
