"""A maker's money over the API: what is coming, where it goes, what was sent, and each month's statement."""

import csv
import io
from typing import Any

import pytest
from django.utils import timezone

from common.models import User
from marketplace import payouts
from marketplace.models import PayoutAccount, Profile
from marketplace.payments import ledger
from tests import factories
from tests.api import client, refused
from tests.marketplace.conftest import Till
from tests.marketplace.payouts.conftest import maker, own_till  # noqa: F401
from tests.marketplace.payouts.test_reversals import pay_out, refund

pytestmark = pytest.mark.django_db
MONTH = f"{timezone.now():%Y-%m}"


def euros(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "EUR"}


def test_a_balance_says_what_is_available_held_on_its_way_and_owed(
    settings: Any, django_assert_num_queries: Any
) -> None:
    person, payable = factories.maker().user, ledger.payable
    settings.COMMISSION_RATE_PERCENT, settings.PAYOUT_HOLD_DAYS = 15, 14
    ledger.book_sale(action="new", currency="EUR", amount_minor=4_900, maker_id=person.pk)
    debt = [(payable(person.pk), 300), (ledger.STRIPE_BALANCE, -300)]
    ledger.post(action="debt", kind="refund", currency="EUR", lines=debt)
    somebody = client(person)
    with django_assert_num_queries(4):  # session, person, account, balances
        body = somebody.get("/api/v1/me/balance").json()
    (balance,) = body["balances"]
    assert balance == {"available": euros(0), "held": euros(4_165), "on_its_way": euros(0), "negative": euros(300)}
    assert body["account"] is None
    assert client(factories.user()).get("/api/v1/me/balance").json() == {"balances": [], "account": None}


def test_an_account_is_opened_and_its_state_shown(till: Till) -> None:
    person = factories.maker().user
    response = client(person).post("/api/v1/me/payout-account", {"country": "FR"})
    assert response.status_code == 201
    assert response.json()["url"].startswith(f"{till.base}/setup/e/")
    account = client(person).get("/api/v1/me/balance").json()["account"]
    assert (account["country"], account["active"], account["submitted"]) == ("FR", False, False)
    till.submit(response.json()["url"], give="everything")
    payouts.refresh_account(provider_id=PayoutAccount.objects.get().provider_id or "")
    assert client(person).get("/api/v1/me/balance").json()["account"]["active"]


@pytest.mark.parametrize("given", [{}, {"country": "XX"}, {"country": 7}, {"country": None}])
def test_a_country_that_is_none_is_refused(given: dict[str, Any]) -> None:
    refused(client(factories.maker().user).post("/api/v1/me/payout-account", given), 400, "invalid")


def test_only_makers_are_paid() -> None:
    refused(client(factories.user()).post("/api/v1/me/payout-account", {"country": "DE"}), 422, "not_a_maker")


def test_a_provider_that_does_not_answer_is_no_failure_of_ours(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    asked = client(factories.maker().user).post("/api/v1/me/payout-account", {"country": "DE"})
    refused(asked, 503, "payment_provider_unavailable")


@pytest.mark.parametrize("path", ["balance", "payouts", f"statements/{MONTH}.csv", f"statements/{MONTH}.pdf"])
def test_nobody_sees_nothing(path: str) -> None:
    refused(client().get(f"/api/v1/me/{path}"), 401, "not_authenticated")


@pytest.fixture
def paid(own_till: Till, maker: Profile) -> User:  # noqa: F811
    """Two sales, a payout of both, and half of one refunded and taken back."""
    maker.user.language = "en"
    first, _ = pay_out(own_till, maker, 2)
    payouts.recover(entry=refund(first, 2_450))
    payouts.send_due()
    return maker.user


def test_my_payouts_are_listed_to_me_alone(paid: User, django_assert_num_queries: Any) -> None:
    somebody = client(paid)
    with django_assert_num_queries(3):  # session, person, payouts
        (payout,) = somebody.get("/api/v1/me/payouts").json()["results"]
    assert (payout["state"], payout["amount"]) == ("succeeded", euros(8_330))
    assert client(factories.user()).get("/api/v1/me/payouts").json()["results"] == []


def table(person: User, month: str = MONTH) -> list[list[str]]:
    answer = client(person).get(f"/api/v1/me/statements/{month}.csv")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_statement_adds_up(paid: User, django_assert_num_queries: Any) -> None:
    somebody = client(paid)
    with django_assert_num_queries(8):  # session, person, maker, sums, lines, gross, and what it was: 2
        somebody.get(f"/api/v1/me/statements/{MONTH}.csv")
    head, opening, *rows, closing = table(paid)
    assert head == ["date", "kind", "what", "gross", "yours", "currency"]
    assert (opening[1], opening[4], closing[1], closing[4]) == ("brought_forward", "0.00", "carried_forward", "0.00")
    assert [[row[1], *row[3:]] for row in rows] == [
        ["receipt", "49.00", "41.65", "EUR"],
        ["receipt", "49.00", "41.65", "EUR"],
        ["transfer", "0.00", "-83.30", "EUR"],
        ["refund", "-24.50", "-20.82", "EUR"],
        ["reversal", "0.00", "20.82", "EUR"],
    ]
    assert all(row[2].startswith("Artwork ") for row in rows if row[1] in ("receipt", "refund"))


def test_a_statement_comes_on_paper_too(paid: User) -> None:
    first = client(paid).get(f"/api/v1/me/statements/{MONTH}.pdf")
    assert (first["Content-Type"], first.content[:5]) == ("application/pdf", b"%PDF-")
    assert first["Content-Disposition"].endswith(f'-{MONTH}.pdf"')


def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(own_till: Till, maker: Profile) -> None:  # noqa: F811
    own_till.sell(factories.artwork(by=maker, title="=HYPERLINK(1)"))
    assert table(maker.user)[2][2].startswith("'=HYPERLINK(1)")


@pytest.mark.parametrize("month", ["2999-01", "2026-13", "0000-01", "november", "9999-12", "2026-11-01", "１２"])
@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_a_month_that_is_none_has_no_statement(month: str, kind: str) -> None:
    refused(client(factories.maker().user).get(f"/api/v1/me/statements/{month}.{kind}"), 404, "no_statement")


def test_who_is_no_maker_has_no_statement() -> None:
    refused(client(factories.user()).get(f"/api/v1/me/statements/{MONTH}.csv"), 404, "no_statement")


@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_a_month_in_which_nothing_happened_has_one(kind: str) -> None:
    answer = client(factories.maker().user).get(f"/api/v1/me/statements/2020-01.{kind}")
    assert answer.status_code == 200
