"""What SPDX identifiers mean for work that is sold: a short list that was read, and a person's eye for the rest."""

import re
from enum import StrEnum

from generation.inputs import OWN

__all__ = ["ALLOWED_LICENCES", "Terms", "terms"]

# SPDX ids whose terms let a model be trained and its output be sold. Anything else needs a person's eye.
ALLOWED_LICENCES = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "ODC-By-1.0",
        "PDDL-1.0",
        "Unlicense",
    }
)
_WITHOUT_CONDITIONS = frozenset({"0BSD", "CC-PDM-1.0", "CC0-1.0", "MIT-0", "PDDL-1.0", "Unlicense"})
_NO_SALE = re.compile(r"(?:^|[-.])(?:NC|non-?commercial|research|personal|PolyForm-(?:Small|Strict))", re.IGNORECASE)
_NO_CHANGES = re.compile(r"(?:^|-)ND(?:-|$)|no-?deriv", re.IGNORECASE)
_SAME_TERMS = re.compile(r"(?:^|-)SA(?:-|$)|^(?:A|L)?GPL-|^GFDL-|^ODbL-|^MPL-|^LAL-", re.IGNORECASE)


class Terms(StrEnum):
    """What a licence asks of whoever sells a work that another one went into."""

    OWN = "own"
    FREE = "free"
    CREDIT = "credit"
    NO_SALE = "no_sale"
    NO_CHANGES = "no_changes"
    SAME_TERMS = "same_terms"
    UNREAD = "unread"


def terms(spdx: str) -> Terms:
    """The terms of a licence by its identifier; UNREAD where nobody here has read it."""
    if spdx == OWN:
        return Terms.OWN
    for pattern, found in ((_NO_SALE, Terms.NO_SALE), (_NO_CHANGES, Terms.NO_CHANGES), (_SAME_TERMS, Terms.SAME_TERMS)):
        if pattern.search(spdx):
            return found
    if spdx in _WITHOUT_CONDITIONS:
        return Terms.FREE
    return Terms.CREDIT if spdx in ALLOWED_LICENCES else Terms.UNREAD
