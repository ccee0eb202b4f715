"""One commission from brief to delivery, over HTTP."""

from typing import Any

from django.conf import settings

from marketplace.demo.client import wait_for
from marketplace.demo.journey import Journey

__all__ = ["carry_out"]


def carry_out(journey: Journey) -> None:
    """Brief, quote, deposit, draft, one revision, acceptance, balance, delivery with an exclusive licence."""
    say, path = journey.say, _brief_and_quote(journey)
    say("Hanna accepts the quote and pays the deposit; the house holds it.")
    deposit = journey.buyer.post(f"{path}/accept_quote")
    journey.pay(deposit)
    first = _draft(journey, path, seed=1000, note="A first idea.")
    say(f"Draft {first} is sent. Hanna asks for one change.")
    journey.buyer.post(f"{path}/revisions", {"notes": [{"text": "Calmer, please: fewer ridges."}]})
    second = _draft(journey, path, seed=2000, note="Calmer, and the sky has more room.")
    _approve(journey, path)
    say(f"Draft {second} is sent and its rights are reviewed. Hanna accepts it and pays the balance.")
    journey.pay(journey.buyer.post(f"{path}/accept_draft"))
    done = wait_for(lambda: _in_state(journey, path, "delivered"), "the commission to be delivered")
    say(f"Delivered with an exclusive licence: {journey.site}/{path}/")
    journey.verify(journey.fetch(done["grant"], f"commission-{done['grant']}.zip"))


def _brief_and_quote(journey: Journey) -> str:
    brief = {
        "maker": "mei-tanaka",
        "title": "Night lobby",
        "brief": "Night ridges for the wall behind the desk. Quiet, blue to black, one pale light.",
    }
    commission = journey.buyer.post("commissions", brief)
    path = f"commissions/{commission['id']}"
    journey.say("Hanna writes a brief; it stays private. Mei quotes 2,000 with a deposit of 600 and one revision.")
    price = {"price": _money(200_000), "deposit": _money(60_000)}
    journey.maker.post(f"{path}/quote", {**price, "revisions": 1, "licence": "exclusive", "note": "Two weeks."})
    return path


def _draft(journey: Journey, path: str, *, seed: int, note: str) -> int:
    wish: dict[str, Any] = {
        "checkpoint": journey.checkpoint,
        "parameters": {"family": "ridges", "width": 1280, "height": 896, "truncation": "0.6"},
        "seed": seed,
        "count": 2,
    }
    wait_for(lambda: _open_for_drafts(journey, path), "the deposit to be settled")
    number = journey.maker.post(f"{path}/drafts", wish)["number"]
    made = wait_for(lambda: _papered(journey, path, number), "the draft's pictures and their papers")
    journey.maker.post(f"{path}/drafts/{number}/send", {"piece": made[0], "note": note})
    return int(number)


def _open_for_drafts(journey: Journey, path: str) -> bool:
    return journey.maker.get(path)["state"] in {"deposit_paid", "in_progress", "revision_requested"}


def _papered(journey: Journey, path: str, number: int) -> list[str] | None:
    draft = next(draft for draft in journey.maker.get(path)["drafts"] if draft["number"] == number)
    pieces = draft["pieces"]
    ready = len(pieces) == draft["count"] and all(piece["has_papers"] for piece in pieces)
    return [piece["id"] for piece in pieces] if ready else None


def _approve(journey: Journey, path: str) -> None:
    piece = journey.maker.get(path)["drafts"][-1]["piece"]
    review = journey.maker.post("reviews", {"piece": piece})["id"]
    journey.reviewer.post(f"reviews/{review}/approve", {"reason": "Commissioned; nothing stands against it."})


def _in_state(journey: Journey, path: str, state: str) -> dict[str, Any] | None:
    found: dict[str, Any] = journey.buyer.get(path)
    return found if found["state"] == state else None


def _money(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": settings.CURRENCY}
