"""The pages of a claim: the form, the claimant's page behind the key, the creator's, and the reviewers' desk."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.models import AuditLine, User
from licensing import claims
from licensing.models import Claim, ClaimEvidence
from marketplace.models import Artwork
from tests import factories
from tests.licensing.claims.cases import FILING, hiding

pytestmark = pytest.mark.django_db
TYPED = {name: str(value) for name, value in FILING.items() if name != "named"} | {"good_faith": "on"}
PDF = b"%PDF-1.7 <script>alert(1)</script>"


@pytest.fixture
def work() -> Artwork:
    work = factories.artwork()
    factories.papers(work.piece)
    return work


@pytest.fixture
def claim(work: Artwork) -> Claim:
    return claims.receive(piece=work.piece, filing=claims.Filing(**FILING), files=[claims.File("<b>.pdf", PDF)])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_form_takes_a_claim_with_files_and_names_none_of_it_afterwards(client: Client, work: Artwork) -> None:
    assert work.slug in client.get(f"/claims/new/?work={work.slug}").content.decode()
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.txt", b"words")]
    answer = client.post("/claims/new/", {**TYPED, "work": f"/artworks/{work.slug}/", "evidence": files})
    assert answer["Location"] == "/claims/received/"
    claim = Claim.objects.get()
    assert (claim.piece, claim.evidence.count(), claim.good_faith) == (work.piece, 2, True)
    assert str(claim.pk) not in client.get("/claims/received/").content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"work": "nothing"}, "work"),
        ({"good_faith": ""}, "good_faith"),
        ({"email": "no"}, "email"),
        ({"statement": "a\x00b"}, "statement"),
        ({"evidence": SimpleUploadedFile("a.png", b"\xff<html>")}, "evidence"),
        ({"evidence": [SimpleUploadedFile(f"{n}.txt", b"a") for n in range(6)]}, "evidence"),
    ],
)
def test_what_is_not_right_comes_back_with_what_was_typed(
    client: Client, work: Artwork, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/claims/new/", {**TYPED, "work": work.slug, **change})
    assert (400 <= answer.status_code < 500, Claim.objects.count()) == (True, 0)
    assert set(answer.context["form"].errors) == {field}
    assert "Ada Byron" in answer.content.decode()


def test_an_overlong_form_is_refused_in_words(client: Client, work: Artwork, settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 10
    large = SimpleUploadedFile("a.txt", b"a" * 100_000)
    answer = client.post("/claims/new/", {**TYPED, "work": work.slug, "evidence": large})
    assert (answer.status_code, Claim.objects.count()) == (413, 0)
    assert set(answer.context["form"].errors) == {"evidence"}


def test_the_claimant_keeps_it_up_and_takes_it_back_with_the_key_alone(client: Client, claim: Claim) -> None:
    page = f"/claims/{claims.key(claim)}/"
    assert client.post(page, {"step": "keep_up", "words": "Early."}).status_code == 409
    claims.counter(claim=claim, by=claim.piece.slot.job.requested_by, words="Mine <b>.")
    assert "Mine &lt;b&gt;." in client.get(page).content.decode()
    assert client.post(page, {"step": "keep_up", "words": " "}).status_code == 400
    assert client.post(page, {"step": "keep_up", "words": "It is mine."})["Location"] == page
    assert client.post(page, {"step": "withdraw"})["Location"] == page
    claim.refresh_from_db()
    assert (claim.state, claim.upkeep) == ("withdrawn", "It is mine.")
    assert client.post(page, {"step": "withdraw"}).status_code == 409
    assert client.get("/claims/not-a-key/").status_code == 404


def test_only_the_creator_sees_the_claim_and_not_who_made_it(claim: Claim, work: Artwork) -> None:
    page = f"/claims/against/{claim.pk}/"
    assert Client().get(page).status_code == 302
    for stranger in (factories.user(), factories.reviewer(), factories.user(is_staff=True)):
        assert signed_in(stranger).get(page).status_code == 404
        assert signed_in(stranger).post(page, {"words": "No."}).status_code == 404
    mine = signed_in(work.maker.user)
    shown = mine.get(page).content.decode()
    assert FILING["statement"] in shown
    assert not [word for word in (FILING["name"], FILING["email"], claims.key(claim)) if word in shown]
    assert mine.post(page, {"words": ""}).status_code == 400
    assert mine.post(page, {"words": "I drew it."})["Location"] == page
    assert mine.post(page, {"words": "I drew it."}).status_code == 409
    claim.refresh_from_db()
    assert (claim.state, claim.counter) == ("countered", "I drew it.")


def test_reviewers_decide_at_the_desk_and_nobody_else_sees_it(claim: Claim) -> None:
    page, evidence = f"/review/claims/{claim.pk}/", ClaimEvidence.objects.get()
    before = (Claim.objects.values().get(), AuditLine.objects.count())
    for person in (factories.user(), factories.user(is_staff=True), claim.piece.slot.job.requested_by):
        for address in ("/review/claims/", page, f"{page}evidence/{evidence.pk}/"):
            assert signed_in(person).get(address).status_code == 403
        assert signed_in(person).post(page, {"decision": "reject", "reason": "No."}).status_code == 403
    assert (Claim.objects.values().get(), AuditLine.objects.count()) == before
    desk = signed_in(factories.reviewer())
    assert page in desk.get("/review/claims/").content.decode()
    assert page not in desk.get("/review/claims/?show=ended").content.decode()
    shown = desk.get(page).content.decode()
    assert (FILING["email"] in shown, "&lt;b&gt;.pdf" in shown, 'value="uphold"' in shown) == (True, True, False)
    assert desk.post(page, {"decision": "uphold", "reason": "Early."}).status_code == 409
    assert desk.post(page, {"decision": "reject", "reason": " "}).status_code == 400
    assert desk.post(page, {"decision": "burn", "reason": "R."}).status_code == 400
    assert desk.post(page, {"decision": "reject", "reason": "Another work."})["Location"] == "/review/claims/"
    claim.refresh_from_db()
    assert (claim.state, claim.reason) == ("rejected", "Another work.")


def test_evidence_is_handed_out_to_be_saved_and_never_shown(claim: Claim) -> None:
    desk, evidence = signed_in(factories.reviewer()), ClaimEvidence.objects.get()
    file = desk.get(f"/review/claims/{claim.pk}/evidence/{evidence.pk}/")
    assert (file.content, file["Content-Type"]) == (PDF, "application/octet-stream")
    assert file["Content-Disposition"] == f'attachment; filename="{evidence.pk}.pdf"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert desk.get(f"/review/claims/{evidence.pk}/evidence/{evidence.pk}/").status_code == 404


def test_the_page_of_a_claimed_work_shows_no_picture(client: Client, tmp_path: Path, settings: Any) -> None:
    hiding(tmp_path, settings)
    work = factories.artwork()
    claims.receive(piece=work.piece, filing=claims.Filing(**FILING))
    page = client.get(f"/artworks/{work.slug}/")
    assert (page.context["picture"], page.context["buyable"]) == (None, False)
    assert "a claim against this work is open or was upheld" in page.content.decode()
