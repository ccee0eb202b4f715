"""Personal data as data: each app says what it holds of people, why, for how long, and what erasing does to it.

One declaration is the map that people read, the export that they take away, and the cascade that erases. A test walks
every model and finds what is missing here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.models import User

__all__ = [
    "BOOKS",
    "CHUNK",
    "ERASED",
    "ERASED_EMAIL",
    "FOR_CLAIMS",
    "FOR_THE_BOOKS",
    "PROOF",
    "SERVICE",
    "TEN_YEARS",
    "UNTIL_ERASED",
    "WITH_THE_WORK",
    "Blocker",
    "Held",
    "Kept",
    "Part",
    "erase",
    "parts",
    "register",
]

Words = str | Promise
CHUNK = 500
# What stands where a text was that may not be empty, and where an address was: no letter can go there (RFC 2606).
ERASED = "—"
ERASED_EMAIL = "erased@erased.invalid"

# Why something is held, how long, and why it outlives an erasure. Few words, so that people can compare.
SERVICE = _("To do what you ask of us.")
PROOF = _("To prove what was made, sold, licensed and decided.")
BOOKS = _("To keep books, as the law demands.")
UNTIL_ERASED = _("Until you have it erased.")
TEN_YEARS = _("Ten years, as the law on bookkeeping demands.")
WITH_THE_WORK = _("As long as the work and its papers.")
FOR_THE_BOOKS = _("The law obliges us to keep accounts (GDPR, article 17(3)(b)).")
FOR_CLAIMS = _("It is needed to establish or defend legal claims (GDPR, article 17(3)(e)).")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What one table holds of a person. `of` are the lookups from a row to the person; any of them is enough.

    At an erasure `blanked` fields are emptied, `changed` ones are replaced by a step of the part's own, and `kept`
    ones stay `because` of something; `deleted` says that the whole row goes. `beside` is exported with them though it
    is not personal, and `secret` is never exported.
    """

    model: str
    of: tuple[str, ...]
    what: Words
    why: Words
    until: Words
    kept: tuple[str, ...] = ()
    because: Words = ""
    blanked: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: bool = False
    fields: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    role: str = ""

    @property
    def table(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @property
    def area(self) -> str:
        """The name of its file in an export."""
        return f"{self.model.lower()}{'.' * bool(self.role)}{self.role}"

    @property
    def personal(self) -> tuple[str, ...]:
        return (*self.kept, *self.blanked, *self.changed, *self.fields)

    def rows(self, person: User) -> QuerySet[Any]:
        """The rows about `person`, oldest first."""
        theirs = Q()
        for lookup in self.of:
            theirs |= Q((lookup, person.pk))
        return self.table._default_manager.filter(theirs).order_by("pk")

    def exported(self, person: User) -> Iterator[dict[str, Any]]:
        """What the person takes away of each row."""
        shown = dict.fromkeys((self.table._meta.pk.name, *self.beside, *self.personal))
        yield from self.rows(person).values(*(name for name in shown if name not in self.secret)).iterator(CHUNK)

    def blanks(self) -> dict[str, Any]:
        """Of each field that is blanked, what then stands in it."""
        return {name: _blank(self.table._meta.get_field(name)) for name in self.blanked}


@dataclass(frozen=True)
class Kept:
    """A file of the person's, as it lies in an area of the storage, and what it is called in an export."""

    called: str
    area: str
    name: str
    byte_count: int | None = None


@dataclass(frozen=True)
class Blocker:
    """What has to end before an account can be erased, with a sentence that says how."""

    code: str
    detail: Words


def _no_files(_person: User) -> Iterator[Kept]:
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one app knows of people.

    `steps` erase what no rule can; each may be repeated, and says how many rows it changed. `unfinished` tells of work
    in hand that could still write about the person. `impersonal` lists what only looks personal: fields by model, an
    empty tuple for the whole model, each with the reason beside it in the source.
    """

    name: str
    held: tuple[Held, ...]
    impersonal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[Callable[[User], int], ...] = ()
    files: Callable[[User], Iterator[Kept]] = _no_files
    blockers: Callable[[User], list[Blocker]] = lambda _person: []
    unfinished: Callable[[User], bool] = lambda _person: False


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Have an app's part counted in everywhere."""
    _parts[part.name] = part


def parts() -> list[Part]:
    """Every part, lowest app first."""
    return list(_parts.values())


def erase(person: User) -> int:
    """One pass over everything, highest app first; returns how many rows it changed, so 0 means that all is gone.

    Each chunk stands by itself: after a crash, the next pass finds only what is left.
    """
    changed = 0
    for part in reversed(parts()):
        changed += sum(step(person) for step in part.steps)
        changed += sum(_erase(held, person) for held in part.held)
    return changed


def _erase(held: Held, person: User) -> int:
    return sum(iter(lambda: _erase_chunk(held, person), 0))


def _erase_chunk(held: Held, person: User) -> int:
    rows, blanks = held.rows(person), held.blanks()
    if not (held.deleted or blanks):
        return 0
    rest = rows if held.deleted else rows.exclude(**blanks)
    with transaction.atomic():
        ids = list(rest.values_list("pk", flat=True)[:CHUNK])
        found = held.table._default_manager.filter(pk__in=ids)
        found.delete() if held.deleted else found.update(**blanks)
    return len(ids)


def _blank(column: Any) -> Any:
    if isinstance(column, models.EmailField):
        return ERASED_EMAIL
    if column.null:
        return None
    if isinstance(column, models.JSONField):
        return {}
    return "" if column.blank else ERASED
