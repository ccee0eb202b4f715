"""The addresses of the pages."""

from django.urls import path

from marketplace.storefront.views.artwork import artwork
from marketplace.storefront.views.gallery import gallery
from marketplace.storefront.views.theme import theme

app_name = "storefront"

urlpatterns = [
    path("", gallery, name="gallery"),
    path("artworks/<slug:slug>/", artwork, name="artwork"),
    path("theme/", theme, name="theme"),
]
