"""Claims of rights holders against pieces: received, answered, kept up or not, decided. Nothing is ever deleted.

Which listing a piece hangs in is not known here: a review that loses its approval takes it down, and letters are
written by whoever hears the events.
"""

from licensing.claims.evidence import MAX_BYTES, MAX_FILES, EvidenceRefused, File
from licensing.claims.filing import ClaimOpen, Filing, receive
from licensing.claims.keys import KeyInvalid, key, of_key
from licensing.claims.outcomes import OwnClaim, reject, uphold, withdraw
from licensing.claims.reading import against, repeats
from licensing.claims.steps import NotTheCreator, WordsMissing, counter, keep_up
from licensing.claims.timers import run_out
from licensing.rights.reviews import may_decide

__all__ = [
    "MAX_BYTES",
    "MAX_FILES",
    "ClaimOpen",
    "EvidenceRefused",
    "File",
    "Filing",
    "KeyInvalid",
    "NotTheCreator",
    "OwnClaim",
    "WordsMissing",
    "against",
    "counter",
    "keep_up",
    "key",
    "may_decide",
    "of_key",
    "receive",
    "reject",
    "repeats",
    "run_out",
    "uphold",
    "withdraw",
]
