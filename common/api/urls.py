"""Addresses under /api/v1/ that belong to no app's resources."""

from django.urls import path

from common.api import tokens

urlpatterns = [
    path("me/tokens", tokens.Tokens.as_view(), name="me-tokens"),
    path("me/tokens/<uuid:token_id>", tokens.OneToken.as_view(), name="me-token"),
]
