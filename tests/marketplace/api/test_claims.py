"""Claims through the API: filed by anybody, read by those they concern, decided by reviewers."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from common.models import AuditLine, OutboxEvent
from licensing import claims
from licensing.models import Claim, ClaimEvidence, Review
from marketplace.models import Artwork
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n rest"


def _work(**fields: Any) -> Artwork:
    work = factories.artwork(**fields)
    factories.papers(work.piece)
    return work


def _body(of: Artwork, /, **fields: Any) -> dict[str, Any]:
    return {
        "work": f"https://house.example/artworks/{of.slug}/",
        "name": "Ada Byron",
        "email": "Ada@example.net",
        "role": "owner",
        "own_work": "My picture of 2019",
        "statement": "It copies the whole of it.",
        "good_faith": True,
        **fields,
    }


def _filed(of: Artwork, /, **fields: Any) -> Claim:
    answer = client().post("/api/v1/claims", _body(of, **fields))
    assert answer.status_code == 201, answer.json()
    return Claim.objects.get(pk=answer.json()["id"])


def test_anybody_files_a_claim_and_gets_no_more_than_a_receipt() -> None:
    work = _work()
    answer = client().post("/api/v1/claims", _body(work), headers={"Accept-Language": "zh-hans"})
    claim = Claim.objects.get()
    assert (answer.status_code, claim.piece, claim.email, claim.language) == (
        201,
        work.piece,
        "ada@example.net",
        "zh-hans",
    )
    assert set(answer.json()) == {"id", "piece", "role", "state", "hides", "received_at", "due_at", "decided_at"}
    assert (answer.json()["state"], answer.json()["hides"]) == ("received", False)


@pytest.mark.parametrize("named", ["slug", "id", "piece_id"])
def test_a_work_is_named_by_slug_id_or_piece(named: str) -> None:
    work = _work()
    assert _filed(work, work=str(getattr(work, named))).piece == work.piece


def test_evidence_comes_in_a_form() -> None:
    form = {**_body(_work()), "evidence": [SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.txt", b"words")]}
    assert client().post("/api/v1/claims", form, format="multipart").status_code == 201
    assert sorted(ClaimEvidence.objects.values_list("title", "byte_count")) == [("a.png", len(PNG)), ("b.txt", 5)]


def test_what_is_not_right_is_refused_and_nothing_is_stored(settings: Any) -> None:
    work = _work()
    hidden = factories.artwork(state=Artwork.State.DRAFT, listed_at=None)
    factories.papers(hidden.piece)
    for fields in ({"good_faith": False}, {"email": "x"}, {"role": "king"}, {"statement": ""}, {"name": "a" * 201}):
        refused(client().post("/api/v1/claims", _body(work, **fields)), 400, "invalid")
    for unknown in ("/artworks/nothing/", "nothing", str(work.piece.slot.pk), hidden.slug, "https://x/ artworks"):
        refused(client().post("/api/v1/claims", _body(work, work=unknown)), 422, "unknown_work")
    form = {**_body(work), "evidence": [SimpleUploadedFile("a.png", b"<html>\xff")]}
    refused(client().post("/api/v1/claims", form, format="multipart"), 400, "evidence_refused")
    settings.VERIFY_MAX_BYTES = 10
    form["evidence"] = [SimpleUploadedFile("a.txt", b"a" * 100_000)]
    refused(client().post("/api/v1/claims", form, format="multipart"), 413, "payload_too_large")
    assert (Claim.objects.count(), ClaimEvidence.objects.count()) == (0, 0)
    _filed(work)
    refused(client().post("/api/v1/claims", _body(work)), 409, "claim_open")


def test_filing_is_throttled_by_address(settings: Any) -> None:
    cache.clear()
    settings.THROTTLE_RATES["claims"] = "1/hour"
    try:
        work = _work()
        _filed(work)
        refused(client().post("/api/v1/claims", _body(work, email="b@example.net")), 429, "throttled")
        page = client().post(
            "/claims/new/", {**_body(work, email="c@example.net"), "good_faith": "on"}, format="multipart"
        )
        assert (page.status_code, Claim.objects.count()) == (429, 1)
    finally:
        del settings.THROTTLE_RATES["claims"]
        cache.clear()


def test_the_creator_reads_the_statement_and_not_who_the_claimant_is() -> None:
    work = _work()
    claim = _filed(work, contact="12 Example Street")
    mine = client(work.maker.user).get(f"/api/v1/claims/{claim.pk}")
    assert (mine.json()["statement"], mine.json()["claimant"]) == ("It copies the whole of it.", None)
    assert not [word for word in ("Ada", "ada@example.net", "12 Example") if word in mine.content.decode()]
    theirs = client(factories.reviewer()).get(f"/api/v1/claims/{claim.pk}").json()["claimant"]
    assert (theirs["name"], theirs["email"], theirs["contact"]) == ("Ada Byron", "ada@example.net", "12 Example Street")


def test_a_claim_is_answered_and_decided() -> None:
    work, reviewer = _work(), client(factories.reviewer())
    address = f"/api/v1/claims/{_filed(work).pk}"
    refused(reviewer.post(f"{address}/uphold", {"reason": "Clear."}), 409, "invalid_transition")
    assert client(work.maker.user).post(f"{address}/counter", {"words": "Mine."}).json()["state"] == "countered"
    refused(client(work.maker.user).post(f"{address}/counter", {"words": "Mine."}), 409, "invalid_transition")
    assert reviewer.post(f"{address}/uphold", {"reason": "Clear."}).json()["state"] == "upheld"
    work.refresh_from_db()
    assert (work.state, Review.objects.get(piece=work.piece).state) == ("under_review", "withdrawn")


def test_strangers_other_creators_and_plain_staff_read_and_decide_nothing() -> None:
    work = _work()
    address = f"/api/v1/claims/{_filed(work).pk}"
    before = (list(Claim.objects.values()), AuditLine.objects.count(), OutboxEvent.objects.count())
    for person in (factories.user(), factories.maker().user, factories.user(is_staff=True)):
        api = client(person)
        assert api.get("/api/v1/claims").json()["results"] == []
        refused(api.get(address), 404, "not_found")
        refused(api.post(f"{address}/counter", {"words": "No."}), 404, "not_found")
        refused(api.post(f"{address}/uphold", {"reason": "No."}), 404, "not_found")
        refused(api.post(f"{address}/reject", {"reason": "No."}), 404, "not_found")
    refused(client(work.maker.user).post(f"{address}/reject", {"reason": "No."}), 403, "not_a_reviewer")
    refused(client().get(address), 401, "not_authenticated")
    assert (list(Claim.objects.values()), AuditLine.objects.count(), OutboxEvent.objects.count()) == before


def test_the_list_is_paged_in_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    maker = factories.maker()
    filed = [_filed(_work(by=maker)) for _ in range(3)]
    _filed(_work())
    api = client(maker.user)
    api.force_authenticate(maker.user)
    with django_assert_num_queries(1):
        page = api.get("/api/v1/claims?limit=2").json()
    assert [row["id"] for row in page["results"]] == [str(claim.pk) for claim in filed[:2]]
    assert [row["id"] for row in api.get(page["next"]).json()["results"]] == [str(filed[2].pk)]
    with django_assert_num_queries(2):
        api.get(f"/api/v1/claims/{filed[0].pk}")


def test_the_claimant_goes_on_with_the_key_alone() -> None:
    work = _work()
    claim = _filed(work)
    key = {"key": claims.key(claim)}
    address = "/api/v1/claims/by-key"
    refused(client().post(address, {"key": "other", "step": "withdraw"}), 403, "claim_key_invalid")
    refused(client().post(address, {**key, "step": "keep_up", "words": "Early."}), 409, "invalid_transition")
    refused(client().post(address, {**key, "step": "burn"}), 400, "invalid")
    claims.counter(claim=claim, by=work.maker.user, words="I drew it.")
    assert client().post(address, key).json()["counter"] == "I drew it."
    refused(client().post(address, {**key, "step": "keep_up"}), 400, "words_missing")
    assert client().post(address, {**key, "step": "keep_up", "words": "Mine."}).json()["state"] == "to_decide"
    assert client().post(address, {**key, "step": "withdraw"}).json()["state"] == "withdrawn"
    refused(client().post(address, {**key, "step": "withdraw"}), 409, "invalid_transition")
