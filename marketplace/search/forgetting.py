"""Words that are taken out of works are taken out of what works are found by, and out of the dictionary."""

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from marketplace.models import Artwork, SearchDocument, SearchWord
from marketplace.search import documents
from marketplace.search.terms import is_word

__all__ = ["rewrite"]

_POSTGRESQL = "SELECT id FROM marketplace_searchdocument WHERE tsv @@ %s::tsquery"
_SQLITE = "SELECT rowid FROM marketplace_search_fts WHERE marketplace_search_fts MATCH %s"


def rewrite(works: QuerySet[Artwork]) -> int:
    """Write the documents of these works again; returns how many lost a word. Words that no work has are forgotten."""
    there = works.filter(search_document__isnull=False).select_related("maker", "piece__checkpoint")
    with transaction.atomic():
        before = _terms_of(works)
        documents.index(there.prefetch_related("offers").order_by("pk"))
        after = _terms_of(works)
        lost = {pk: before[pk] - after.get(pk, frozenset()) for pk in before}
        idle = [term for term in sorted(set().union(*lost.values())) if is_word(term) and not _stands(term)]
        SearchWord.objects.filter(word__in=idle).delete()
    return sum(1 for terms in lost.values() if terms)


def _terms_of(works: QuerySet[Artwork]) -> dict[object, frozenset[str]]:
    found = SearchDocument.objects.filter(artwork__in=works).values_list("artwork_id", "terms")
    return {pk: frozenset(terms.split()) for pk, terms in found}


def _stands(term: str) -> bool:
    """Whether some work has exactly this term. Terms hold letters and digits only."""
    sql, said = (_POSTGRESQL, f"'{term}'") if connection.vendor == "postgresql" else (_SQLITE, f'"{term}"')
    return SearchDocument.objects.filter(id__in=RawSQL(sql, [said])).exists()  # noqa: S611  # a constant; the term is a parameter
