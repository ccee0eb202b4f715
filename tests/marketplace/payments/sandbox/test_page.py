"""The hosted payment page as a browser without script meets it."""

import threading
from collections.abc import Callable

import pytest
import stripe
from stripe.checkout import Session

from tests.sandbox import Sandbox

Opens = Callable[..., Session]


def url_of(session: Session) -> str:
    assert session.url is not None
    return session.url


def intent_of(client: stripe.StripeClient, session: Session) -> stripe.PaymentIntent:
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).payment_intent
    assert isinstance(found, stripe.PaymentIntent)
    return found


def test_the_page_says_what_is_bought_for_how_much_and_that_no_real_money_moves(
    sandbox: Sandbox, open_session: Opens
) -> None:
    page = sandbox.web.get(url_of(open_session(customer_email="ada@example.com"))).text
    assert "Estuary, edition 7 of 25" in page
    assert "Pay €\N{NARROW NO-BREAK SPACE}49.00" in page
    assert "No real money moves" in page
    assert "Receipt to ada@example.com" in page
    assert 'href="http://127.0.0.1:8000/cart"' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("locale", "header", "language"),
    [
        ("zh", "en", "zh-Hans"),
        ("en-GB", "zh", "en"),
        ("auto", "zh-CN,zh;q=0.9", "zh-Hans"),
        ("auto", "de,fr;q=0.8", "en"),
    ],
)
def test_the_session_chooses_the_language_and_else_the_browser_does(
    sandbox: Sandbox, open_session: Opens, locale: str, header: str, language: str
) -> None:
    page = sandbox.web.get(url_of(open_session(locale=locale)), headers={"Accept-Language": header}).text
    assert f'<html lang="{language}">' in page
    assert ("不会动用真实资金" in page) is (language == "zh-Hans")


def test_names_from_outside_are_words_and_never_markup(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    name = "<img src=x onerror=alert(1)>"
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 99, "product_data": {"name": name}}}
            ],
            "success_url": 'http://127.0.0.1:8000/"><script>',
        }
    )
    answer = sandbox.web.get(url_of(session))
    assert name not in answer.text
    assert "&lt;img src=x" in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_policy_lets_the_form_end_where_the_session_says(sandbox: Sandbox, open_session: Opens) -> None:
    policy = sandbox.web.get(url_of(open_session())).headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("card", "words", "decline_code"),
    [
        ("4000000000000002", "The bank said no. You were not charged.", "generic_decline"),
        ("4000000000009995", "not enough money on this card", "insufficient_funds"),
    ],
)
def test_a_declined_card_charges_nothing_and_another_may_be_tried(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens, card: str, words: str, decline_code: str
) -> None:
    session = open_session()
    answer = sandbox.pay(url_of(session), card)
    assert answer.status_code == 402
    assert words in answer.text
    failed = intent_of(client, session)
    assert (failed.status, failed.amount_received) == ("requires_payment_method", 0)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.decline_code == decline_code
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert sandbox.pay(url_of(session)).status_code == 303
    paid = intent_of(client, session)
    assert (paid.id, paid.status, paid.amount_received) == (failed.id, "succeeded", 4900)


def test_a_card_that_asks_the_bank_pays_only_when_confirmed(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens
) -> None:
    session = open_session()
    asked = sandbox.submit(url_of(session), card="4000002500003155")
    assert asked.headers["Location"] == f"/c/pay/{session.id}"
    assert "Your bank asks" in sandbox.web.get(url_of(session)).text
    assert intent_of(client, session).status == "requires_action"
    assert sandbox.submit(url_of(session), bank="refuse").status_code == 402
    assert intent_of(client, session).status == "requires_payment_method"
    assert client.v1.charges.list({"payment_intent": intent_of(client, session).id}).data == []
    assert sandbox.pay(url_of(session), "3155").status_code == 303
    assert intent_of(client, session).status == "succeeded"


def test_the_answer_to_a_question_that_was_never_asked_pays_nothing(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens
) -> None:
    session = open_session()
    assert sandbox.submit(url_of(session), bank="approve").status_code == 402
    found = client.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.payment_status, found.payment_intent) == ("open", "unpaid", None)


def test_a_form_without_a_card_is_shown_again(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens
) -> None:
    session = open_session()
    answer = sandbox.submit(url_of(session), card="1234")
    assert answer.status_code == 400
    assert "No card was chosen." in answer.text
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent is None


def test_sixteen_clicks_at_once_pay_once(sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens) -> None:
    session = open_session()
    ready = threading.Barrier(16)
    answers: list[tuple[int, str]] = []

    def click() -> None:
        ready.wait()
        answer = sandbox.submit(url_of(session), card="4242")
        answers.append((answer.status_code, answer.headers["Location"]))

    threads = [threading.Thread(target=click) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(303, f"http://127.0.0.1:8000/paid?session={session.id}")] * 16
    intent = intent_of(client, session)
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.amount for charge in charges] == [4900]
    assert len(client.v1.balance_transactions.list({"source": charges[0].id}).data) == 1


def test_a_closed_page_says_so_and_leads_back(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Opens
) -> None:
    paid, expired = open_session(), open_session()
    sandbox.pay(url_of(paid))
    client.v1.checkout.sessions.expire(expired.id)
    after = sandbox.web.get(url_of(paid))
    assert "You need not pay again." in after.text
    assert f"paid?session={paid.id}" in after.text
    gone = sandbox.web.get(url_of(expired))
    assert "You were not charged." in gone.text
    assert 'href="http://127.0.0.1:8000/cart"' in gone.text


def test_an_address_without_a_payment_is_a_plain_404(sandbox: Sandbox) -> None:
    for path in ("/c/pay/cs_test_none", "/", "/assets/../state.py", "/assets/state.py"):
        answer = sandbox.web.get(sandbox.base + path)
        assert answer.status_code == 404
        assert "There is nothing to pay here" in answer.text
    assert sandbox.submit(f"{sandbox.base}/c/pay/cs_test_none", card="4242").status_code == 404


def test_the_stylesheet_is_served(sandbox: Sandbox) -> None:
    answer = sandbox.web.get(f"{sandbox.base}/assets/hosted.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--seal" in answer.text
