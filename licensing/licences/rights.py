"""The rights that a licence can give, and what each means in ODRL: the words in which machines read a licence.

A word with a `v:` is our own, see `vocabulary.py`; all others are W3C's.
"""

from dataclasses import dataclass

__all__ = ["RIGHTS", "Right"]


@dataclass(frozen=True)
class Right:
    """`actions` are permitted where it is given, for `purpose` only if there is one, against `duty`.

    Where a licence keeps it from the holder in so many words, the actions are prohibited if `forbidden`; otherwise
    nothing is said of them. `maker_must` is what the maker owes where it is given.
    """

    actions: tuple[str, ...] = ()
    purpose: str = ""
    duty: str = ""
    forbidden: bool = False
    maker_must: str = ""


RIGHTS = {
    "hang_show_lend": Right(("display", "print", "archive", "v:lend"), "v:enjoyment"),
    "resell_edition": Right(("sell", "give"), duty="nextPolicy", forbidden=True),
    "print_on_goods": Right(("reproduce",), "v:goods", forbidden=True),
    "advertise": Right(("reproduce", "modify", "display", "distribute"), "v:advertising", forbidden=True),
    "illustrate": Right(("reproduce", "display", "distribute"), "v:editorial", duty="attribute", forbidden=True),
    "let_others_use": Right(("grantUse",), forbidden=True),
    "stop_further_sales": Right(maker_must="ensureExclusivity"),
    "own_the_rights": Right(("use",), maker_must="transfer"),
    "train_a_model": Right(("v:train",), forbidden=True),
}
