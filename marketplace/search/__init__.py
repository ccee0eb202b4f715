"""Full-text search in English and Chinese on SQLite and PostgreSQL, with nothing beyond what comes with them."""

from marketplace.search.documents import index, sweep
from marketplace.search.query import matching

__all__ = ["index", "matching", "sweep"]
