"""What somebody typed, as a condition on works: every word must be there, whole, begun, as a part, or nearly."""

import difflib
from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from marketplace.models import Artwork, SearchWord
from marketplace.search import facets
from marketplace.search.terms import is_word, terms

__all__ = ["matching"]

_MOST_TERMS, _MOST_SPELLINGS = 12, 12
# Shorter ones are parts of half the dictionary.
_SHORTEST_PART = 4
_ALIKE = 0.7
_CANDIDATES = 5_000
_FEW = 2_000


def matching(
    works: QuerySet[Artwork], typed: str, asked: Mapping[str, Iterable[str]] | None = None
) -> QuerySet[Artwork]:
    """Those of `works` that hold each of the words, and one of the values asked for under each heading.

    Words without any letter or digit narrow nothing.
    """
    wanted = list(dict.fromkeys(terms(typed, asked=True)))[:_MOST_TERMS]
    groups = [[_begun(one) for one in _spellings(term)] for term in wanted]
    groups += [[_whole(one) for one in group] for group in facets.known(asked or {})]
    if not groups:
        return works
    sql, said = (_POSTGRESQL if connection.vendor == "postgresql" else _SQLITE), _said(groups)
    few = _few(sql, said)
    # Many are met soon on the way down the wall; few are looked up, or the way would lead past every work.
    return works.filter(search_document__id__in=RawSQL(sql, [said]) if few is None else few)  # noqa: S611  # a constant


_POSTGRESQL = "SELECT id FROM marketplace_searchdocument WHERE tsv @@ %s::tsquery"
_NEARLY = "SELECT word FROM marketplace_searchword WHERE word %% %s ORDER BY word <-> %s, word LIMIT %s"
_SQLITE = "SELECT rowid FROM marketplace_search_fts WHERE marketplace_search_fts MATCH %s"


def _few(sql: str, said: str) -> list[int] | None:
    """The numbers of the documents that match, or None where there are more than a few."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {_FEW + 1}", [said])
        found = [number for (number,) in cursor.fetchall()]
    return found if len(found) <= _FEW else None


def _spellings(term: str) -> list[str]:
    """The term, then words of the house that hold it; where there is none, words that look like it."""
    if not is_word(term) or len(term) < _SHORTEST_PART:
        return [term]
    words = SearchWord.objects.filter(word__contains=term).order_by(Length("word"), "word")
    found = list(words.values_list("word", flat=True)[:_MOST_SPELLINGS])
    return [term, *(found or _similar(term))]


def _similar(term: str) -> list[str]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_NEARLY, [term, term, _MOST_SPELLINGS])
            return [word for (word,) in cursor.fetchall()]
    measured = SearchWord.objects.annotate(length=Length("word"))
    about_as_long = measured.filter(length__gte=len(term) - 2, length__lte=len(term) + 2)
    some = list(about_as_long.values_list("word", flat=True)[:_CANDIDATES])
    return difflib.get_close_matches(term, some, n=_MOST_SPELLINGS, cutoff=_ALIKE)


def _begun(term: str) -> str:
    """A term, or one that begins with it, as either database writes it. Terms hold letters and digits only."""
    return f"'{term}':*" if connection.vendor == "postgresql" else f'"{term}"*'


def _whole(term: str) -> str:
    return f"'{term}'" if connection.vendor == "postgresql" else f'"{term}"'


def _said(groups: list[list[str]]) -> str:
    """For PostgreSQL it is cast to tsquery, without any parser, so that every term is taken as it is."""
    any_of, all_of = (" | ", " & ") if connection.vendor == "postgresql" else (" OR ", " AND ")
    return all_of.join(f"({any_of.join(group)})" for group in groups)
