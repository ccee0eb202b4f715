"""Documents are written with the works, and a sweeper writes those that are missing or of an older version."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q

from marketplace.models import Artwork, SearchDocument, SearchWord
from marketplace.search import facets
from marketplace.search.terms import is_word, terms

__all__ = ["VERSION", "drafted", "index", "sweep"]

VERSION = 1
_MOST_TERMS = 2_000


def index(works: Iterable[Artwork]) -> int:
    """Write the documents of these works, in the transaction of whoever changes them. Needs maker and checkpoint."""
    documents = [drafted(work, facets.of(work)) for work in works]
    words = {term for one in documents for term in one.terms.split() if is_word(term) and term.isascii()}
    with transaction.atomic():
        SearchWord.objects.bulk_create((SearchWord(word=word) for word in sorted(words)), ignore_conflicts=True)
        SearchDocument.objects.bulk_create(
            documents, update_conflicts=True, unique_fields=["artwork"], update_fields=["terms", "facets", "version"]
        )
    return len(documents)


def sweep(*, limit: int = 500) -> int:
    """Write what is missing or outdated, the newest first; how many that were."""
    stale = Q(search_document__isnull=True) | ~Q(search_document__version=VERSION)
    works = Artwork.objects.filter(stale).select_related("maker", "piece__checkpoint")
    works = works.prefetch_related("offers").order_by("-id")
    return index(works[:limit])


def drafted(work: Artwork, values: Mapping[str, str]) -> SearchDocument:
    """The document of a work with these values by heading; not written yet."""
    said = [*_terms(work), *(facets.token(heading, value) for heading, value in values.items())]
    named = " ".join(f"{heading}={value}" for heading, value in values.items())
    return SearchDocument(artwork=work, terms=" ".join(said), facets=named, version=VERSION)


def _terms(work: Artwork) -> list[str]:
    maker, piece = work.maker, work.piece
    texts = (work.title, work.title_zh, maker.name, maker.name_zh, work.alt_text, work.alt_text_zh, piece.kind)
    said = " ".join((*texts, piece.checkpoint.title, work.story, work.story_zh))
    return list(dict.fromkeys(terms(said)))[:_MOST_TERMS]
