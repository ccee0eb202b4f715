"""Your data: what is held of you, a copy of it, what you agreed to, and being forgotten. And the same texts for all."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.errors import DomainError
from common.models import User
from marketplace.privacy import chart, consents, erasures, exports, identity

__all__ = ["WISHES", "my_data", "privacy", "take_copy", "wish"]

REFUSED: dict[str, str | Promise] = {
    identity.WrongPassword.code: gettext_lazy("This is not your password. Nothing was done."),
    identity.TooManyGuesses.code: gettext_lazy("Too many passwords were tried. Wait a minute."),
    erasures.NothingToTakeBack.code: gettext_lazy("There is nothing to take back."),
    exports.ExportExpired.code: gettext_lazy("This copy has been deleted. Ask for a new one."),
    exports.ExportNotReady.code: gettext_lazy("The copy is still being made."),
}


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The texts in force and the map of personal data, for everybody."""
    texts = [consents.current(name, _language()) for name in consents.SIGN_UP]
    return render(request, "storefront/privacy.html", {"texts": texts, "rows": list(chart.rows())})


@never_cache
@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything that somebody can do about their data."""
    return render(request, "storefront/my_data.html", _context(_person(request)))


@never_cache
@login_required
@require_safe
def take_copy(request: HttpRequest, export_id: UUID) -> HttpResponse | FileResponse:
    """The copy, for the person it is about."""
    try:
        file = exports.open_file(export_id, by=_person(request))
    except DomainError as error:
        return _back(request, error)
    return FileResponse(file, as_attachment=True, filename=exports.FILE_NAME, content_type="application/zip")


@never_cache
@login_required
@require_POST
def wish(request: HttpRequest, what: str) -> HttpResponse:
    """One of the page's buttons."""
    try:
        _WISHES[what](request, _person(request))
    except DomainError as error:
        return _back(request, error)
    return redirect("storefront:my_data")


def _copy(request: HttpRequest, person: User) -> None:
    _confirm(request, person)
    exports.ask(person=person, language=_language())
    messages.success(request, _("The copy is being made. You get a letter when it is ready."))


def _erase(request: HttpRequest, person: User) -> None:
    _confirm(request, person)
    erasures.ask(person=person, language=_language())
    messages.success(request, _("Your account will be erased. Until then you can take it back here."))


def _stay(request: HttpRequest, person: User) -> None:
    erasures.take_back(person=person)
    messages.success(request, _("It is taken back. Nothing will be erased."))


def _agree(request: HttpRequest, person: User) -> None:
    _answer(request, person, given=True)


def _disagree(request: HttpRequest, person: User) -> None:
    _answer(request, person, given=False)


def _answer(request: HttpRequest, person: User, *, given: bool) -> None:
    consents.answer(person=person, name=request.POST.get("text", ""), given=given, how="page", language=_language())
    messages.success(request, _("Your answer is written down."))


_WISHES: dict[str, Callable[[HttpRequest, User], None]] = {
    "copy": _copy,
    "erase": _erase,
    "stay": _stay,
    "agree": _agree,
    "disagree": _disagree,
}
WISHES = tuple(_WISHES)


def _context(person: User) -> dict[str, object]:
    answers = consents.standing(person)
    texts = [consents.current(name, _language()) for name in consents.SIGN_UP]
    export = exports.newest(person)
    return {
        "export": export,
        "making": export is not None and export.state in ("waiting", "making"),
        "erasure": erasures.standing(person),
        "blockers": erasures.blockers(person),
        "kept": chart.kept_by_reason(),
        "days": settings.ERASURE_DAYS,
        "texts": [(text, answers.get(text.name)) for text in texts],
        "has_password": person.has_usable_password(),
    }


def _confirm(request: HttpRequest, person: User) -> None:
    identity.confirm(request, person=person, password=request.POST.get("password", ""))


def _back(request: HttpRequest, error: DomainError) -> HttpResponse:
    """To the page, which says what stands in the way; of an erasure it names that already."""
    messages.error(request, str(REFUSED.get(error.code) or _("This could not be done. Look at the page again.")))
    return redirect("storefront:my_data")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _language() -> str:
    return get_language() or "en"
