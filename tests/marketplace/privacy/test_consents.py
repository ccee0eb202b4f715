"""Who agreed to what, and the house's own letters about data."""

import hashlib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from common import outbox
from common.models import User
from marketplace.models import Consent, Erasure
from marketplace.privacy import consents, erasures, exports
from tests import factories

pytestmark = pytest.mark.django_db


def test_making_an_account_agrees_to_the_texts_that_its_page_names() -> None:
    page = Client().get("/accounts/signup/").content.decode()
    assert all(f"/privacy/#{name}" in page for name in consents.SIGN_UP)
    Client(headers={"Accept-Language": "zh-hans"}).post(
        "/accounts/signup/", {"email": "ada@example.org", "password1": "a long enough secret"}
    )
    person = User.objects.get(email="ada@example.org")

    for name in consents.SIGN_UP:
        one = Consent.objects.get(person=person, text=name)
        shown = (consents.FOLDER / f"{name}.1.zh-hans.txt").read_bytes()
        assert (one.version, one.given, one.how, one.language) == (1, True, "sign-up", "zh-hans")
        assert one.text_sha256 == hashlib.sha256(shown).hexdigest()


def test_answers_are_never_changed() -> None:
    person = factories.user()
    one = consents.answer(person=person, name="terms", given=True, how="page", language="en")
    for change in (lambda: Consent.objects.update(given=False), one.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    consents.answer(person=person, name="terms", given=False, how="page", language="en")
    assert not consents.standing(person)["terms"].given


def test_every_text_is_there_in_both_languages_and_has_a_title() -> None:
    for name in consents.SIGN_UP:
        english, chinese = (consents.current(name, language) for language in ("en-gb", "zh-hans"))
        assert (english.version, english.language, chinese.language) == (chinese.version, "en", "zh-hans")
        assert english.title
    with pytest.raises(consents.UnknownText):
        consents.current("cookies", "en")


def test_letters_say_until_when_to_stay_and_where_the_copy_is() -> None:
    person = factories.user()
    exports.ask(person=person, language="zh-hans")
    exports.make_due()
    erasures.ask(person=person, language="en")
    outbox.deliver_due()

    copy, erasure = mail.outbox
    assert (copy.subject, copy.to) == ("您的数据副本已备好", [person.email])
    assert "/my-data/" in copy.body
    assert erasure.subject == "Your account will be erased"
    assert "take it back here" in erasure.body


def test_no_letter_goes_to_whoever_was_erased_or_stayed() -> None:
    person, stays = factories.user(), factories.user()
    for one in (person, stays):
        erasures.ask(person=one, language="en")
    erasures.take_back(person=stays)
    Erasure.objects.filter(person=person).update(due_at=timezone.now() - timedelta(seconds=1))
    for _ in range(3):
        erasures.run_due()
    outbox.deliver_due()

    assert mail.outbox == []
