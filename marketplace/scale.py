"""Fills a database with as many works as asked for, quickly, to see how lists and searches behave in a large house.

The rows are whole and pass every constraint, but no picture lies behind them: never run it where people buy.
"""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from common.models import User
from generation.models import Checkpoint, Job, Piece, Slot
from licensing.models import LicenceTemplate, Review
from marketplace.models import Artwork, Offer, Profile, SearchDocument, SearchWord
from marketplace.search import documents
from marketplace.search.terms import is_word

__all__ = ["CHUNK", "COMMON", "RARE", "fill"]

CHUNK = 5_000
# About a third of the works have the first, one in ten thousand the second.
COMMON, RARE = "harbour", "zephyr"
_WORDS = [
    "dusk",
    "ridge",
    "ember",
    "tide",
    "glass",
    "orchard",
    "lantern",
    "meadow",
    "copper",
    "saffron",
    "velvet",
    "quartz",
    "heron",
    "willow",
    "marble",
    "canyon",
    "silver",
    "thistle",
    "cobalt",
    "garden",
    "winter",
    "summer",
    "river",
    "stone",
    "echo",
    "cedar",
    "amber",
    "violet",
    "mirror",
    "island",
]
_HAN = "山水云雨风月花鸟春秋夜晨江海石竹梅松雪灯影光窑暮岸舟"
_COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "grey")
_SHAPES = ((640, 480), (480, 640), (512, 512))
_MAKERS, _TOGETHER = 200, 16


def fill(count: int, *, seed: int = 1, progress: Callable[[int], None] = lambda _done: None) -> None:
    """Add `count` listed works by 200 makers, in chunks that are whole each."""
    house = _House(random.Random(seed))  # nothing secret: the same works again for the same seed
    done = 0
    while done < count:
        size = min(CHUNK, count - done)
        with transaction.atomic():
            house.hang(size)
        done += size
        progress(done)


class _House:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = timezone.now()
        self.checkpoint = Checkpoint.objects.filter(state="published").latest("created_at")
        self.templates = list(LicenceTemplate.objects.filter(slug__in=["personal", "commercial"], version=1))
        self.reviewer = User.objects.get_or_create(username="scale-reviewer", defaults={"is_staff": True})[0]
        self.makers = [_maker(number) for number in range(_MAKERS)]

    def hang(self, size: int) -> None:
        jobs = [
            Job(requested_by=self.makers[0].user, checkpoint=self.checkpoint, parameters={}, seed=0, count=_TOGETHER)
            for _ in range(-(-size // _TOGETHER))
        ]
        _copy(Job, jobs)
        works = [self._work(jobs[place // _TOGETHER], place % _TOGETHER) for place in range(size)]
        pieces = [work.piece for work in works]
        _copy(Slot, [piece.slot for piece in pieces])
        _copy(Piece, pieces)
        _copy(Review, [self._review(piece) for piece in pieces])
        _copy(Artwork, works)
        _copy(Offer, [offer for work in works for offer in self._offers(work)])
        found = [self._document(work) for work in works]
        words = {term for one in found for term in one.terms.split() if is_word(term) and term.isascii()}
        SearchWord.objects.bulk_create((SearchWord(word=word) for word in sorted(words)), ignore_conflicts=True)
        _copy(SearchDocument, found)

    def _work(self, job: Job, index: int) -> Artwork:
        at = self.now - timedelta(seconds=self.chance.randrange(10**8))
        slot = Slot(job=job, index=index, seed=index, batch_key="scale", state=Slot.State.FINISHED, finished_at=at)
        width, height = self.chance.choice(_SHAPES)
        digest = hashlib.sha256(slot.pk.bytes).hexdigest()
        piece = Piece(
            slot=slot,
            checkpoint=self.checkpoint,
            media_type="image/png",
            width=width,
            height=height,
            content_sha256=digest,
            master_name=f"scale/{digest}.png",
            seed=index,
            parameters={},
            profile={},
            started_at=at,
            finished_at=at,
        )
        title = " ".join(self._words())
        return Artwork(
            slug=f"scale-{slot.pk.hex}",
            piece=piece,
            maker=self.chance.choice(self.makers),
            title=title.capitalize()[:120],
            title_zh="".join(self.chance.choices(_HAN, k=4)),
            story=" ".join(self.chance.choices(_WORDS, k=20)),
            alt_text=f"A generated picture called {title}"[:300],
            state=Artwork.State.LISTED,
            edition_size=25,
            listed_at=at,
        )

    def _words(self) -> list[str]:
        words = self.chance.sample(_WORDS, 2)
        draw = self.chance.random()
        return [*words, RARE] if draw < 1e-4 else [*words, COMMON] if draw < 0.3 else words

    def _review(self, piece: Piece) -> Review:
        return Review(piece=piece, state=Review.State.APPROVED, reviewer=self.reviewer, decided_at=self.now)

    def _offers(self, work: Artwork) -> list[Offer]:
        base = self.chance.randrange(2_000, 40_000)
        return [
            Offer(artwork=work, template=template, price_minor=base * rank, currency=settings.CURRENCY)
            for rank, template in enumerate(self.templates, start=1)
        ]

    def _document(self, work: Artwork) -> SearchDocument:
        colour = self.chance.choice(_COLOURS)
        return documents.drafted(work, {"kind": "picture", "colour": colour, "model": self.checkpoint.slug})


def _maker(number: int) -> Profile:
    person = User.objects.get_or_create(username=f"scale-maker-{number}")[0]
    slug = f"scale-maker-{number}"
    return Profile.objects.get_or_create(user=person, defaults={"slug": slug, "name": f"Maker {number}"})[0]


def _copy(model: type[Model], rows: Sequence[Model]) -> None:
    """COPY on PostgreSQL, bulk INSERT on SQLite. Numbered keys are left to the database."""
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(rows)
        return
    numbered = ("BigAutoField", "AutoField")
    fields = [one for one in model._meta.concrete_fields if one.get_internal_type() not in numbered]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([_plain(getattr(row, one.attname)) for one in fields])


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
