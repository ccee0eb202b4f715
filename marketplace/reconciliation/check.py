"""What a check of our own rows is."""

from typing import NamedTuple

__all__ = ["Check"]


class Check(NamedTuple):
    """A query that finds nothing while all is well, and the sentence whose blanks its rows become."""

    name: str
    sentence: str
    sql: str
