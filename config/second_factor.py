"""The second factor: its secrets are kept under a key, and staff open no page before they have one."""

import base64
import io
from collections.abc import Callable

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _

from common.second_factor import lacks_it

__all__ = ["Adapter", "StaffSecondFactor"]

# The API says it in its own words.
STILL_OPEN = ("/accounts/", "/api/", "/i18n/", "/static/", "/theme/", "/healthz", "/readyz")


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticators lie encrypted in the database, under the site's secret key or those it had before."""

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return "Vernissage"

    def build_totp_svg(self, url: str) -> str:
        drawn = io.BytesIO()
        segno.make_qr(url, error="m").save(drawn, kind="svg", scale=5, border=4, light="white")
        return drawn.getvalue().decode()


class StaffSecondFactor:
    """Staff without a second factor are led to where they get one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(STILL_OPEN) or not lacks_it(request.user):
            return self.get_response(request)
        messages.info(request, _("Staff need a second factor: set one up here, then go on."))
        return redirect("mfa_index")


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(secret: str | bytes) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"second factor").derive(force_bytes(secret))
    return base64.urlsafe_b64encode(key)
