"""What tests of claims share: a piece whose review is approved, a claim against it, and policies of their own."""

from pathlib import Path
from typing import Any

from django.conf import settings as given

from generation.models import Piece
from licensing import claims
from licensing.models import Claim, Review
from tests import factories

__all__ = ["FILING", "approved", "filed", "hiding", "set_policy", "state_of"]

FILING: dict[str, Any] = {
    "named": "/artworks/rain/",
    "name": "Ada Byron",
    "email": "ada@example.net",
    "role": Claim.Role.OWNER,
    "own_work": "My picture “Rain” of 2019, https://example.net/rain",
    "statement": "It copies the whole of my picture.",
}


def approved() -> Piece:
    piece = factories.piece(factories.user())
    factories.papers(piece)
    factories.review(piece)
    return piece


def filed(piece: Piece | None = None, **fields: Any) -> Claim:
    return claims.receive(piece=piece or approved(), filing=claims.Filing(**{**FILING, **fields}))


def state_of(piece: Piece) -> str:
    return Review.objects.get(piece=piece).state


def set_policy(folder: Path, settings: Any, **lines: str) -> None:
    """The shipped policy file with these lines of `[claims]` in the place of its own."""
    said = Path(given.REVIEW_POLICY).read_text("utf-8").split("[claims]")[0]
    folder.mkdir(exist_ok=True)
    own = folder / "policy.toml"
    own.write_text(f"{said}[claims]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()), "utf-8")
    settings.REVIEW_POLICY = str(own)


def hiding(folder: Path, settings: Any) -> None:
    set_policy(folder, settings, hide_on_receipt="true")
