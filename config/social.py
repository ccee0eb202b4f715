"""Signing in with an account elsewhere: at each provider whose keys are set, and at none without."""

from typing import Any

from environ import Env

__all__ = ["apps", "origins", "providers"]

ORIGINS = {"google": "https://accounts.google.com", "github": "https://github.com"}


def providers(env: Env) -> dict[str, Any]:
    """What allauth is told of each provider that has both `…_CLIENT_ID` and `…_CLIENT_SECRET`."""
    keys = {name: [env.str(f"{name.upper()}_CLIENT_{part}", "") for part in ("ID", "SECRET")] for name in ORIGINS}
    return {
        name: {"APPS": [{"client_id": client_id, "secret": secret, "key": ""}], "OAUTH_PKCE_ENABLED": True}
        for name, (client_id, secret) in keys.items()
        if client_id and secret
    }


def apps(configured: dict[str, Any]) -> list[str]:
    """The Django apps that these need; `migrate` once after the first is set."""
    named = [f"allauth.socialaccount.providers.{name}" for name in configured]
    return ["allauth.socialaccount", *named] if named else []


def origins(configured: dict[str, Any]) -> list[str]:
    """Where the sign-in form leads on to."""
    return [ORIGINS[name] for name in configured]
