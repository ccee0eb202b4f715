"""The catalogue's list over the API against the same rows by one `values()` query and `json.dumps`."""

import json
from collections.abc import Iterator

from django.test import Client

from benchmarks.rows import Row, rate
from common.models import User
from generation.models import Piece
from licensing.licences import terms
from licensing.models import LicenceTemplate, Review
from marketplace import catalogue
from marketplace.models import Artwork, Profile

__all__ = ["measure"]

COLUMNS = ("slug", "title", "title_zh", "edition_size", "sold", "held", "maker__name", "maker__slug", "listed_at")


def measure() -> Iterator[Row]:
    """Requests per second, in one process, without a network."""
    _fill()
    client = Client(headers={"host": "127.0.0.1"})

    def listed() -> object:
        response = client.get("/api/v1/artworks")
        assert response.status_code == 200, response.content
        return response.content

    def straight() -> object:
        works = Artwork.objects.filter(state="listed").order_by("-listed_at", "-id")[:20]
        return json.dumps(list(works.values(*COLUMNS)), default=str)

    def wall() -> object:
        response = client.get("/")
        assert response.status_code == 200
        return response.content

    ceiling = rate(straight)
    yield Row(
        "GET /api/v1/artworks, 20 works, all of Django",
        rate(listed),
        "/s",
        "one values() query and json.dumps",
        ceiling,
    )
    yield Row("GET / (the wall), all of Django", rate(wall), "/s", "one values() query and json.dumps", ceiling)


def _fill() -> None:
    terms.install()
    personal = LicenceTemplate.objects.get(slug="personal")
    person = User.objects.get(username="bench")
    maker = Profile.objects.create(user=person, slug="bench", name="Bench")
    reviewer = User.objects.create_user("bench-reviewer", is_staff=True)
    for number, piece in enumerate(Piece.objects.all()[:32]):
        Review.objects.create(
            piece=piece, state="approved", reviewer=reviewer, submitted_by=person, decided_at=piece.finished_at
        )
        catalogue.list_artwork(
            piece=piece,
            maker=maker,
            title=f"Work {number}",
            alt_text="A field of colour.",
            edition_size=10,
            offers=[catalogue.OfferTerms(template=personal, price_minor=4900)],
            actor=person,
        )
