"""The admin's sign-in form. Knows of no other page."""

from typing import Any

from allauth.account.adapter import get_adapter
from unfold.forms import AuthenticationForm

__all__ = ["StaffLogin"]


class StaffLogin(AuthenticationForm):  # type: ignore[misc]
    """Counts failed attempts as the site's own sign-in does, so that nobody tries passwords of staff without end."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if "username" in given and "password" in given:
            credentials = {"username": given["username"], "password": given["password"]}
            self.user_cache = get_adapter().authenticate(self.request, **credentials)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return given
