"""What is no longer needed goes by itself, and nothing goes before its time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.models import AuditLine, IdempotentAnswer
from common.personal import ERASED, ERASED_EMAIL
from generation.models import InputWork, JobInput
from licensing.models import GrantTransfer
from marketplace.models import Commission, CommissionNote, Download, Draft, Order
from marketplace.privacy import retention
from tests import factories
from tests.marketplace.privacy.life import somebody

pytestmark = pytest.mark.django_db

NOTHING = {
    "exports": 0,
    "idle inputs": 0,
    "words of commissions": 0,
    "addresses of offers": 0,
    "downloads": 0,
    "answers": 0,
    "addresses of orders": 0,
}


def _ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_nothing_goes_before_its_time() -> None:
    somebody()
    assert retention.run() == NOTHING


def test_pictures_that_nothing_was_made_of_go_with_their_files(django_capture_on_commit_callbacks: Any) -> None:
    somebody()
    used = JobInput.objects.get().work
    idle = InputWork.objects.exclude(pk=used.pk).get()
    InputWork.objects.update(created_at=_ago(91))
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.run() == {**NOTHING, "idle inputs": 1}

    assert list(InputWork.objects.all()) == [used]
    assert storages["masters"].exists(used.name)
    assert not storages["masters"].exists(idle.name)
    assert AuditLine.objects.get(action="input.deleted").role == "house"


def test_words_of_a_commission_go_a_year_after_its_end() -> None:
    live = factories.commission(state="drafted", brief="Something calm.", created_at=_ago(900))
    old = factories.commission(state="cancelled", brief="My mother's garden.", quote_note="Yours", created_at=_ago(400))
    late = factories.commission(state="cancelled", brief="Ended lately.", created_at=_ago(400))
    AuditLine.objects.create(
        role="maker", action="commission.cancelled", subject_type="marketplace.commission", subject_id=str(late.pk)
    )
    draft = Draft.objects.create(commission=old, number=1, job=factories.job(old.maker.user), note="A note.")
    CommissionNote.objects.create(draft=draft, author=old.commissioner, text="Brighter.")
    assert retention.run() == {**NOTHING, "words of commissions": 1}
    assert retention.run() == NOTHING

    old.refresh_from_db()
    assert (old.brief, old.quote_note, old.price_minor, old.title) == (ERASED, "", 20_000, "A picture for the hall")
    assert (Draft.objects.get().note, CommissionNote.objects.get().text) == ("", ERASED)
    assert {one.brief for one in Commission.objects.exclude(pk=old.pk)} == {live.brief, late.brief}


def test_addresses_go_from_offers_nobody_took_and_from_orders_after_ten_years() -> None:
    somebody()
    GrantTransfer.objects.update(expires_at=_ago(366))
    Order.objects.update(created_at=_ago(3654))
    assert retention.run() == {**NOTHING, "addresses of offers": 1, "addresses of orders": 1}

    assert GrantTransfer.objects.get().to_email == ERASED_EMAIL
    assert Order.objects.get().email == ERASED_EMAIL
    assert retention.run() == NOTHING


def test_answers_and_sessions_go() -> None:
    person = factories.user()
    for number, days in enumerate((29, 31)):
        row = IdempotentAnswer.objects.create(user=person, scope="orders", key=str(number), fingerprint="0")
        IdempotentAnswer.objects.filter(pk=row.pk).update(created_at=_ago(days))
    for expires_at in (_ago(1), _ago(-1)):
        session = SessionStore()
        session.save()
        Session.objects.filter(pk=session.session_key).update(expire_date=expires_at)
    assert retention.run() == {**NOTHING, "answers": 1}

    assert [row.key for row in IdempotentAnswer.objects.all()] == ["0"]
    assert Session.objects.count() == 1


def test_the_download_log_goes_in_time_and_the_database_keeps_a_year_of_it(settings: Any) -> None:
    somebody()
    old = Download.objects.get()
    grant = old.grant
    old = Download.objects.create(grant=grant, what="picture", at=_ago(1096))
    young = Download.objects.create(grant=grant, what="picture", at=_ago(364))
    assert retention.run() == {**NOTHING, "downloads": 1}
    assert not Download.objects.filter(pk=old.pk).exists()

    settings.KEEP_DOWNLOADS_DAYS = 1
    assert retention.run() == NOTHING
    for change in (lambda: young.delete(), lambda: Download.objects.filter(pk=young.pk).update(what="bundle")):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    ripe = Download.objects.create(grant=grant, what="picture", at=_ago(366))
    with pytest.raises(IntegrityError), transaction.atomic():
        Download.objects.filter(pk=ripe.pk).update(what="bundle")
    ripe.delete()
