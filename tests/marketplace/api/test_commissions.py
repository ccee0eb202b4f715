"""Commissions over the API, from brief to the order for the deposit and through drafts."""

from typing import Any

import pytest

from marketplace.models import Commission, Draft, Order
from tests import factories
from tests.api import client, refused
from tests.marketplace.commissions import stages
from tests.marketplace.conftest import Till

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/commissions"
QUOTE = {
    "price": {"amount_minor": 200_000, "currency": "EUR"},
    "deposit": {"amount_minor": 60_000, "currency": "EUR"},
    "revisions": 1,
    "licence": "exclusive",
    "note": "Two weeks.",
}


def _brief(**other: Any) -> dict[str, Any]:
    return {"maker": "mei", "title": "Night lobby", "brief": "Night ridges, quiet.", **other}


def test_a_brief_is_quoted_and_the_accepted_quote_answers_with_an_order(till: Till) -> None:
    maker = factories.maker(factories.user("mei"), takes_commissions=True)
    factories.template("exclusive")
    buyer = client(factories.user())
    created = buyer.post(ADDRESS, _brief())
    url = created["Location"]

    assert (created.status_code, created.json()["state"]) == (201, "briefed")
    assert created.json()["turn"] == {"who": "maker", "key": "quote"}
    quoted = client(maker.user).post(f"{url}/quote", QUOTE).json()
    assert (quoted["state"], quoted["price"], quoted["deposit"]) == ("quoted", QUOTE["price"], QUOTE["deposit"])
    assert [one["state"] for one in quoted["milestones"]] == ["due", "to_come"]
    order = buyer.post(f"{url}/accept_quote")
    assert order.status_code == 200
    assert (order.json()["purpose"], order.json()["total"]) == ("deposit", QUOTE["deposit"])
    assert order.json()["payment_url"].startswith(till.base)
    assert buyer.post(f"{url}/accept_quote").json() == order.json()
    refused(client(maker.user).post(f"{url}/quote", QUOTE), 409, "invalid_transition")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"maker": "nobody"}, 404, "unknown_maker"),
        ({"maker": "a b"}, 400, "invalid"),
        ({"title": ""}, 400, "invalid"),
        ({"title": "a" * 121}, 400, "invalid"),
        ({"brief": "a" * 5001}, 400, "invalid"),
        ({"brief": None}, 400, "invalid"),
        ({"brief": ["a"]}, 400, "invalid"),
    ],
)
def test_a_brief_that_is_not_right_is_refused(wrong: dict[str, Any], status: int, code: str) -> None:
    factories.maker(factories.user("mei"), takes_commissions=True)
    refused(client(factories.user()).post(ADDRESS, _brief(**wrong)), status, code)

    assert Commission.objects.count() == 0


def test_a_maker_may_take_none_and_nobody_commissions_themselves() -> None:
    busy = factories.maker(takes_commissions=False)
    willing = factories.maker(takes_commissions=True)

    refused(client(factories.user()).post(ADDRESS, _brief(maker=busy.slug)), 409, "not_taking_commissions")
    refused(client(willing.user).post(ADDRESS, _brief(maker=willing.slug)), 422, "unprocessable")
    refused(client().post(ADDRESS, _brief(maker=willing.slug)), 401, "not_authenticated")
    assert Commission.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"price": 2000}, 400, "invalid"),
        ({"price": {"amount_minor": 2**70, "currency": "EUR"}}, 400, "invalid"),
        ({"price": {"amount_minor": 100, "currency": "USD"}}, 422, "currency_not_taken"),
        ({"deposit": QUOTE["price"]}, 400, "bad_request"),
        ({"deposit": {"amount_minor": 0, "currency": "EUR"}}, 400, "bad_request"),
        ({"revisions": -1}, 400, "invalid"),
        ({"revisions": 21}, 400, "invalid"),
        ({"licence": "eternal"}, 404, "unknown_licence"),
        ({"licence": "personal"}, 422, "unprocessable"),
        ({"note": "a" * 2001}, 400, "invalid"),
    ],
)
def test_a_quote_that_is_not_right_is_refused(wrong: dict[str, Any], status: int, code: str) -> None:
    case = stages.briefed()
    factories.template("personal")
    url = f"{ADDRESS}/{case.commission.pk}/quote"
    refused(client(case.maker).post(url, {**QUOTE, **wrong}), status, code)

    case.commission.refresh_from_db()
    assert case.commission.state == "briefed"


def test_drafts_are_made_sent_and_sent_back() -> None:
    case = stages.deposit_paid()
    maker, buyer, url = client(case.maker), client(case.commissioner), f"{ADDRESS}/{case.commission.pk}"
    wish = {"checkpoint": case.checkpoint.slug, "parameters": stages.PARAMETERS, "seed": 5, "count": 1}
    started = maker.post(f"{url}/drafts", wish)
    draft = Draft.objects.get()

    assert (started.status_code, started.json()["number"], started.json()["count"]) == (202, 1, 1)
    assert buyer.get(url).json()["drafts"] == []
    piece = case.made(draft)
    (choice,) = maker.get(url).json()["drafts"][0]["pieces"]
    assert (choice["id"], choice["has_papers"]) == (str(piece.pk), True)
    sent = maker.post(f"{url}/drafts/1/send", {"piece": choice["id"], "note": "A first idea."})
    assert (sent.status_code, sent.json()["state"]) == (200, "drafted")
    (seen,) = buyer.get(url).json()["drafts"]
    assert (seen["piece"], seen["note"], seen["pieces"]) == (choice["id"], "A first idea.", [])
    revised = buyer.post(f"{url}/revisions", {"notes": [{"text": "Calmer, please.", "x": 500, "y": 10}]})
    assert (revised.json()["state"], revised.json()["revisions_used"]) == ("revision_requested", 1)
    assert revised.json()["drafts"][0]["notes"][0]["text"] == "Calmer, please."


@pytest.mark.parametrize(
    "notes",
    [None, [], "calmer", [7], [{"text": ""}], [{"text": "a" * 2001}], [{"text": "a", "x": 1001, "y": 0}], [{}] * 51],
)
def test_a_revision_without_sensible_notes_is_refused(notes: Any) -> None:
    case = stages.drafted()
    url = f"{ADDRESS}/{case.commission.pk}/revisions"
    refused(client(case.commissioner).post(url, {"notes": notes}), 400, "invalid")
    refused(client(case.commissioner).post(url, {"notes": [{"text": "a", "x": 1}]}), 400, "bad_request")

    case.commission.refresh_from_db()
    assert (case.commission.state, case.commission.revisions_used) == ("drafted", 0)


def test_the_parties_have_their_own_steps_and_a_stranger_sees_nothing() -> None:
    case = stages.quoted()
    url = f"{ADDRESS}/{case.commission.pk}"
    maker, buyer, stranger = client(case.maker), client(case.commissioner), client(case.stranger)

    refused(buyer.post(f"{url}/decline", {}), 403, "permission_refused")
    refused(maker.post(f"{url}/accept_quote"), 403, "permission_refused")
    refused(maker.post(f"{url}/accept_draft"), 403, "permission_refused")
    refused(buyer.post(f"{url}/drafts", {"checkpoint": case.checkpoint.slug}), 403, "permission_refused")
    refused(maker.post(f"{url}/drafts/7/send", {"piece": str(case.commission.pk)}), 404, "not_found")
    refused(maker.post(f"{url}/drafts", {"checkpoint": "nobody"}), 404, "unknown_checkpoint")
    for step in ("", "/quote", "/accept_quote", "/decline", "/cancel", "/drafts", "/revisions", "/accept_draft"):
        response = stranger.get(url) if not step else stranger.post(f"{url}{step}", {})
        refused(response, 404, "not_found")
    case.commission.refresh_from_db()
    assert (case.commission.state, Order.objects.count(), Draft.objects.count()) == ("quoted", 0, 0)


@pytest.mark.parametrize(
    ("step", "who", "state"), [("decline", "maker", "declined"), ("cancel", "commissioner", "cancelled")]
)
def test_either_side_can_end_it_before_work_starts(step: str, who: str, state: str) -> None:
    case = stages.quoted()
    response = client(getattr(case, who)).post(f"{ADDRESS}/{case.commission.pk}/{step}", {"reason": "No time."})

    assert (response.status_code, response.json()["state"]) == (200, state)
    assert response.json()["timeline"][-1]["reason"] == "No time."
    assert response.json()["turn"]["who"] == "nobody"


def test_my_commissions_take_three_queries_on_either_side(django_assert_num_queries: Any) -> None:
    maker = factories.maker(takes_commissions=True)
    made = [factories.commission(maker) for _ in range(4)]
    person = client(maker.user)
    with django_assert_num_queries(3):  # session, person, list
        results = person.get(ADDRESS).json()["results"]

    assert [one["id"] for one in results] == [str(one.pk) for one in reversed(made)]
    assert "brief" not in results[0]
    assert len(client(made[0].commissioner).get(ADDRESS).json()["results"]) == 1
    assert client(factories.user()).get(ADDRESS).json()["results"] == []
