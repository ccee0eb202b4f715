"""What every API view shares: problem documents, strict JSON, keyset paging, throttles and remembered answers.

Knows nothing of any app's resources.
"""

from common.api.fields import Money, MoneyField, SeedField
from common.api.idempotency import idempotent
from common.api.paging import KeysetPagination
from common.api.parsing import StrictJSONParser
from common.api.problems import document, problem
from common.api.schema import AppSession, BearerScheme, SessionCookie
from common.api.views import Listing, ScopedThrottle, View, actor, answer, asked

__all__ = [
    "AppSession",
    "BearerScheme",
    "KeysetPagination",
    "Listing",
    "Money",
    "MoneyField",
    "ScopedThrottle",
    "SeedField",
    "SessionCookie",
    "StrictJSONParser",
    "View",
    "actor",
    "answer",
    "asked",
    "document",
    "idempotent",
    "problem",
]
