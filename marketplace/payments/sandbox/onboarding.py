"""The hosted page on which a maker fills in a connected account: in the sandbox, one question and two answers."""

from __future__ import annotations

from urllib.parse import parse_qs

from marketplace.payments.sandbox import accounts, page
from marketplace.payments.sandbox.checkout import Page
from marketplace.payments.sandbox.state import Json, State
from marketplace.payments.sandbox.wording import choose_language

__all__ = ["show", "submit"]


def show(state: State, token: str, accept_language: str) -> Page:
    """The form. A link that has lapsed leads back to where a new one is made, as at Stripe."""
    with state.transaction() as tx:
        known = accounts.find_link(tx, token)
    language = choose_language(None, accept_language)
    if known is None:
        return Page(404, page.missing_page(language), page.policy(None))
    found, good = known
    if not good:
        return Page(303, location=found["refresh_url"])
    return Page(200, page.onboarding_page(found, language), _policy(found))


def submit(state: State, token: str, body: str, accept_language: str) -> Page:
    """Takes the answer and leads back. Sent twice, the second finds the link used up."""
    form = {name: values[-1] for name, values in parse_qs(body, max_num_fields=20).items()}
    with state.transaction() as tx:
        known = accounts.find_link(tx, token)
        if known is not None and known[1] and form.get("give") in ("everything", "no_proof"):
            accounts.submit(tx, known[0], "everything" if form["give"] == "everything" else "no_proof")
            return Page(303, location=known[0]["return_url"])
    return show(state, token, accept_language)


def _policy(found: Json) -> str:
    return page.policy({"success_url": found["return_url"], "cancel_url": found["refresh_url"]})
