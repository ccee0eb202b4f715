"""Full-text search in English and Chinese on SQLite and PostgreSQL, with nothing beyond what comes with them."""

from marketplace.search.documents import index, sweep
from marketplace.search.facets import HEADINGS, LOOKED_AT, counted
from marketplace.search.query import matching

__all__ = ["HEADINGS", "LOOKED_AT", "counted", "index", "matching", "sweep"]
