"""What people see when a request is refused before any page has looked at it."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_request_that_cannot_be_read_gets_a_page_of_the_house() -> None:
    answer = Client().post("/theme/", {f"field-{number}": "" for number in range(1100)})
    assert answer.status_code == 400
    assert "This could not be read" in answer.content.decode()


def test_a_form_of_a_page_that_was_open_too_long_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert (answer.status_code, answer.cookies.get("theme")) == (403, None)
    assert "This page was open too long" in answer.content.decode()
