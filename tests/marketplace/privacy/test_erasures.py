"""Being forgotten: nothing but what the map keeps is left of a whole life, whatever happens on the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from common import personal, storage
from common.models import AuditLine, OutboxEvent, User
from generation.models import InputWork, Job, Piece, Slot
from licensing.models import Grant, GrantTransfer, Openings, ProvenanceRecord
from marketplace.models import Artwork, Commission, Consent, Erasure, Order, PayoutAccount, Profile
from marketplace.payments import ledger
from marketplace.privacy import erasures
from tests import factories
from tests.marketplace.privacy.life import NAME, somebody
from tests.racing import race

pytestmark = pytest.mark.django_db

# The books keep the address, and a claim its claimant. Others' words about somebody are others'.
KEPT = {"marketplace.Order.email", "licensing.Claim.name", "licensing.Claim.email"}
OF_OTHERS = {"marketplace.CommissionNote.text"}


def _asked(person: User) -> Erasure:
    """A wish whose time has come."""
    erasure = erasures.ask(person=person, language="en")
    Erasure.objects.filter(pk=erasure.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    return erasure


def _until_done(erasure: Erasure, passes: int = 5) -> None:
    for _ in range(passes):
        erasures.run_due()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.DONE


def _where_named() -> set[str]:
    """Every column of the database in which the name still stands."""
    found = set()
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            values = model._default_manager.values_list(column.name, flat=True)
            if any(NAME.lower() in str(value).lower() for value in values):
                found.add(f"{model._meta.label}.{column.name}")
    return found


def _kept() -> set[str]:
    return {f"{held.model}.{name}" for part in personal.parts() for held in part.held for name in held.kept}


def _files() -> list[bytes]:
    _, names = storages["masters"].listdir("")
    return [storage.read("masters", name) for name in names]


def test_of_a_whole_life_only_what_the_map_keeps_is_left() -> None:
    person = somebody()
    words = {"generation.Piece.steps", "licensing.Openings.body", "admin.LogEntry.object_repr"}
    words |= {"marketplace.Commission.brief", "marketplace.SearchWord.word", "licensing.Review.maker_words"}
    assert words <= _where_named()
    assert any(NAME.encode() in content for content in _files())
    _until_done(_asked(person))

    assert _where_named() == KEPT | OF_OTHERS
    assert _kept() >= KEPT
    assert not any(NAME.encode() in content for content in _files())
    for part in personal.parts():
        for held in part.held:
            assert not held.deleted or not held.rows(person).exists(), held.model


def test_what_others_rely_on_stays() -> None:
    person = somebody()
    before = {model: model._default_manager.count() for model in (Order, Grant, ProvenanceRecord, Consent, Piece, Slot)}
    lines = AuditLine.objects.filter(actor=person).count()
    piece = Piece.objects.get(slot__job__requested_by=person)
    digests = (piece.content_sha256, piece.master_name, piece.seed)
    _until_done(_asked(person))

    assert before == {model: model._default_manager.count() for model in before}
    assert AuditLine.objects.filter(actor=person).count() >= lines
    piece.refresh_from_db()
    assert (piece.content_sha256, piece.master_name, piece.seed) == digests
    assert storages["masters"].exists(piece.master_name)
    assert piece.parameters == {"width": 64, "height": 48, "steps": [{"strength": 0.5}]}
    grant = Grant.objects.get(holder=person)
    assert (grant.state, grant.holder_email) == (Grant.State.LIVE, personal.ERASED_EMAIL)
    assert list(Openings.objects.get(record__piece=piece).body["parameters"]) == ["width"]
    assert not GrantTransfer.objects.filter(state=GrantTransfer.State.OFFERED).exists()


def test_the_account_is_nobodys_and_opens_to_nobody() -> None:
    person = somebody()
    assert authenticate(username=person.username, password="password") == person
    _until_done(_asked(person))

    person.refresh_from_db()
    assert person.username == f"erased-{person.pk.hex}"
    assert (person.email, person.first_name, person.is_active) == ("", "", False)
    assert authenticate(username=person.username, password="password") is None
    profile = Profile.objects.get(user=person)
    assert (profile.name, profile.about) == ("—", "")
    assert NAME.lower() not in profile.slug
    assert Artwork.objects.get(maker=profile).state == Artwork.State.WITHDRAWN
    assert [event.payload.keys() for event in OutboxEvent.objects.filter(topic="erasure.done")] == [{"erasure_id"}]


def test_only_what_nothing_was_made_of_goes_with_its_file(django_capture_on_commit_callbacks: Any) -> None:
    person = somebody()
    used, idle = InputWork.objects.order_by("pk")
    with django_capture_on_commit_callbacks(execute=True):
        _until_done(_asked(person))

    assert list(InputWork.objects.all()) == [used]
    used.refresh_from_db()
    assert (used.rights_holder, used.source) == ("—", "")
    assert storages["masters"].exists(used.name)
    assert not storages["masters"].exists(idle.name)


def test_a_life_beside_it_is_left_as_it_was() -> None:
    other = factories.user("other")
    job = factories.job(other, prompt="a quiet harbour", parameters={"width": 64, "height": 48, "title": "Harbour"})
    piece = factories.piece(other, of=job)
    _until_done(_asked(somebody()))

    for row in (other, job, piece):
        row.refresh_from_db()
    assert (other.username, job.prompt, piece.parameters["title"]) == ("other", "a quiet harbour", "Harbour")


class Killed(BaseException):
    """What SIGKILL is to a process: nothing catches it."""


@pytest.mark.parametrize("share", range(12))
def test_it_may_be_killed_anywhere_and_goes_on(share: int) -> None:
    """The 12th part of all places at which it writes, each killed once, one after the other, until it is done."""
    erasure = _asked(somebody())
    kills, place = 0, share
    while Erasure.objects.get(pk=erasure.pk).state != Erasure.State.DONE:
        try:
            with connection.execute_wrapper(_killer(at=place)):
                erasures.run_due()
        except Killed:
            kills += 1
        place += 12
        assert place < 2000

    assert kills > 0
    assert _where_named() == KEPT | OF_OTHERS
    assert not any(NAME.encode() in content for content in _files())


def _killer(at: int) -> Any:
    left = [at]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("UPDATE", "DELETE", "INSERT")):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
        return execute(sql, params, many, context)

    return wrapper


def test_it_is_done_again_without_harm() -> None:
    erasure = _asked(somebody())
    _until_done(erasure)
    lines = AuditLine.objects.count()
    erasures.run_due()

    assert AuditLine.objects.count() == lines


def test_it_can_be_taken_back_until_it_is_due_and_asked_for_again() -> None:
    person = factories.user()
    first = erasures.ask(person=person, language="en")
    assert erasures.ask(person=person, language="en") == first
    assert first.due_at - first.asked_at >= timedelta(days=13, hours=23)
    erasures.run_due()
    erasures.take_back(person=person)
    with pytest.raises(erasures.NothingToTakeBack):
        erasures.take_back(person=person)

    erasures.run_due()
    person.refresh_from_db()
    assert person.is_active
    again = _asked(person)
    assert again.pk != first.pk
    _until_done(again)
    with pytest.raises(erasures.NothingToTakeBack):
        erasures.take_back(person=person)


def test_what_is_under_way_holds_it_up_before_and_after() -> None:
    person = factories.user()
    erasure = _asked(person)
    commission = factories.commission(commissioner=person)
    other = factories.commission().commissioner
    with pytest.raises(erasures.ErasureBlocked) as refused:
        erasures.ask(person=other, language="en")
    assert refused.value.extra == {"blocked_by": ["commissions_under_way"]}
    assert not Erasure.objects.filter(person=other).exists()

    erasures.run_due()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.ASKED
    Commission.objects.filter(pk=commission.pk).update(state=Commission.State.CANCELLED)
    _until_done(erasure)


def test_earnings_arrive_first_where_they_can(settings: Any) -> None:
    maker = factories.maker()
    ledger.book_sale(action="sale", currency="EUR", amount_minor=10_000, maker_id=maker.pk)
    assert erasures.blockers(maker.user) == []  # nobody knows where to send them
    account = PayoutAccount.objects.create(maker=maker, country="DE", provider_id="acct_1", submitted=True, active=True)
    assert [blocker.code for blocker in erasures.blockers(maker.user)] == ["earnings_under_way"]
    settings.PAYOUT_MINIMUM_MINOR = 1_000_000
    assert erasures.blockers(maker.user) == []

    _until_done(_asked(maker.user))
    account.refresh_from_db()
    assert account.provider_id == "acct_1"


def test_staff_hand_over_first() -> None:
    with pytest.raises(erasures.ErasureBlocked) as refused:
        erasures.ask(person=factories.reviewer(), language="en")
    assert refused.value.extra == {"blocked_by": ["is_staff"]}


def test_it_waits_for_a_worker_that_is_making_something_of_theirs() -> None:
    person = factories.user()
    erasure = _asked(person)
    job = factories.job(person, prompt="a quiet harbour")
    lease = timezone.now() + timedelta(minutes=1)
    slot = Slot.objects.create(
        job=job, index=0, seed=7, batch_key="k", state=Slot.State.CLAIMED, lease_expires_at=lease
    )
    for _ in range(3):
        erasures.run_due()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.RUNNING
    assert Job.objects.get(pk=job.pk).prompt == ""

    Slot.objects.filter(pk=slot.pk).update(state=Slot.State.FAILED, lease_expires_at=None)
    _until_done(erasure)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_sweeps_at_once_one_ends_it() -> None:
    erasure = _asked(somebody())
    for _ in range(3):
        race([erasures.run_due] * 4)
    erasure.refresh_from_db()

    assert erasure.state == Erasure.State.DONE
    for action in ("erasure.begun", "erasure.done"):
        assert AuditLine.objects.filter(action=action).count() == 1
    assert OutboxEvent.objects.filter(topic="erasure.done").count() == 1
    assert _where_named() == KEPT | OF_OTHERS
