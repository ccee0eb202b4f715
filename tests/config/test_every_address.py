"""Every address of the API, asked in every wrong way: it answers with a problem document and never with a 500."""

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from common.models import AuditLine, OutboxEvent, User
from config.urls import api
from generation.models import InputWork, Job, Slot, TrainingJob
from licensing.models import Claim, Grant, Review
from marketplace.models import Artwork, Commission, Consent, Erasure, Export, Order
from tests import factories
from tests.api import client, patterns

pytestmark = pytest.mark.django_db

ROWS = (
    User,
    AuditLine,
    OutboxEvent,
    Job,
    Slot,
    InputWork,
    TrainingJob,
    Review,
    Claim,
    Grant,
    Artwork,
    Commission,
    Consent,
    Erasure,
    Export,
    Order,
)
SOMETHING = {
    UUIDConverter: str(uuid.uuid4()),
    SlugConverter: "nothing-here",
    StringConverter: "not-a-token",
    IntConverter: "3",
}
OPEN = {
    "artworks",
    "artwork",
    "artwork-facets",
    "artwork-provenance",
    "artwork-prov",
    "checkpoints",
    "checkpoint",
    "checkpoint-parameters",
    "checkpoint-ml-bom",
    "checkpoint-training-summary",
    "checkpoints-recommend",
    "datasets",
    "dataset",
    "dataset-items",
    "download",
    "grant-policy",
    "licence",
    "licence-policy",
    "licence-vocabulary",
    "licences",
    "log-head",
    "log-entries",
    "log-inclusion",
    "log-consistency",
    "verify",
    "stripe-webhook",
    "training-runs",
    "training-run",
}
DELETABLE = {"grant-transfer", "input", "me-token"}
OPERATORS_ONLY = {"generation-queues", "generation-workers", "training-job", "training-job-cancel", "training-jobs"} | {
    "webhook",
    "webhook-messages",
    "webhook-replay",
    "webhooks",
    "withdrawal",
    "withdrawal-radius",
    "withdrawals",
}
DEEP: Any = 1
for _ in range(40):
    DEEP = {"a": [DEEP]}
FIELDS = [
    "alt_text",
    "answers",
    "artwork",
    "artwork-facets",
    "brief",
    "checkpoint",
    "config_toml",
    "count",
    "deposit",
    "edition_size",
    "email",
    "evidence",
    "good_faith",
    "given",
    "grant",
    "inputs",
    "licence",
    "licence_spdx",
    "maker",
    "notes",
    "offer",
    "offers",
    "own_work",
    "parameters",
    "password",
    "piece",
    "price",
    "prompt",
    "reason",
    "revisions",
    "rights_holder",
    "role",
    "seed",
    "slug",
    "source",
    "statement",
    "text",
    "title",
    "what",
    "words",
    "work",
]
WRONG: dict[str, Any] = {
    "a list": [],
    "text": "text",
    "null": None,
    "nested deeper than anything": DEEP,
    "numbers everywhere": dict.fromkeys(FIELDS, 2**70),
    "lists everywhere": {name: [1] for name in FIELDS},
    "objects everywhere": {name: {"a": {"b": None}} for name in FIELDS},
    "half of a surrogate pair": dict.fromkeys(FIELDS, "�"),
    "the NUL character": dict.fromkeys(FIELDS, "a\x00b"),
}
QUERIES = [
    "state",
    "kind",
    "checkpoint",
    "opted_out",
    "sha256",
    "licence",
    "maker",
    "availability",
    "q",
    "cursor",
    "limit",
    "token",
    "index",
    "size",
    "start",
    "end",
    "first",
    "second",
    "scenario",
    "side",
    "max_cost",
    "quality_weight",
    "device",
]


def _address(pattern: URLPattern) -> str:
    path = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        start = path.index("<", 0)
        path = path[:start] + SOMETHING[type(converter)] + path[path.index(">", start) + 1 :]
        assert name
    return f"/api/v1/{path}"


ADDRESSES = {str(one.name): _address(one) for one in patterns(api)}
by_address = pytest.mark.parametrize("name", sorted(ADDRESSES))


def _counts() -> list[int]:
    return [model._default_manager.count() for model in ROWS]


@by_address
def test_wrong_bodies_are_refused_and_change_nothing(name: str) -> None:
    person = client(factories.reviewer())
    before = _counts()
    for words, wrong in WRONG.items():
        response = person.post(ADDRESSES[name], json.dumps(wrong), content_type="application/json")
        _is_a_refusal(response, f"{name}: {words}")
    for body, media_type in ((b"{", "application/json"), (b"\xff", "application/json"), (b"a=1", "text/plain")):
        _is_a_refusal(person.post(ADDRESSES[name], body, content_type=media_type), f"{name}: {body!r}")
    upload = {"other": SimpleUploadedFile("a\x00b.png", b"\x89PNG")}
    _is_a_refusal(person.post(ADDRESSES[name], upload, format="multipart"), f"{name}: a form")

    assert _counts() == before


@by_address
def test_wrong_queries_are_refused_or_passed_over(name: str) -> None:
    person = client(factories.reviewer())
    for value in ("a\x00b", "🐻" * 200, str(2**70), "-1", "NaN", "' OR 1=1 --"):
        response = person.get(ADDRESSES[name], dict.fromkeys(QUERIES, value))
        assert response.status_code < 500, f"{name}: {value!r}"
        if response.status_code >= 400:
            _is_a_refusal(response, f"{name}: {value!r}")


@by_address
def test_unknown_methods_and_strangers_are_refused(name: str) -> None:
    for method in ("put", "patch", "delete"):
        response = getattr(client(factories.user()), method)(ADDRESSES[name], {}, format="json")
        expected = (405, "method_not_allowed")
        if name in OPERATORS_ONLY:
            expected = (403, "permission_denied")
        elif method == "delete" and name in DELETABLE:
            expected = (404, "not_found")
        assert (response.status_code, response.json()["code"]) == expected
    if name not in OPEN:
        answers = [client().get(ADDRESSES[name]), client().post(ADDRESSES[name], {}, format="json")]
        assert {answer.status_code for answer in answers} <= {400, 401, 405}
        assert 401 in {answer.status_code for answer in answers} or name in (
            "orders",
            "downloads",
            "grant-transfer",
            "claim-by-key",
        )
        assert all(answer["Content-Type"] == "application/problem+json" for answer in answers)


def _is_a_refusal(response: Any, words: str) -> None:
    assert 400 <= response.status_code < 500, f"{words}: {response.status_code}"
    assert response["Content-Type"] == "application/problem+json", words
    body = response.json()
    assert body["status"] == response.status_code
    assert body["code"].replace("_", "").isalpha(), body
