"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from common.source import code_commit
from config import health, media, refusals, signposts
from licensing.api import well_known

# One sign-in for everybody, with its limits and its second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = refusals.bad_request
handler403 = refusals.permission_denied
handler404 = refusals.not_found
handler500 = refusals.server_error

api = [
    path("", include("common.api.urls")),
    path("", include("generation.api.urls")),
    path("", include("licensing.api.urls")),
    path("", include("marketplace.api.urls")),
]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("robots.txt", signposts.robots),
    path(".well-known/tdmrep.json", signposts.tdmrep),
    path(".well-known/security.txt", signposts.security),
    path(".well-known/vernissage/keys.json", well_known.key_list, name="key-list"),
    path(".well-known/vernissage/root.pem", well_known.root, name="root-certificate"),
    path(".well-known/vernissage/log.pub", well_known.log_key, name="log-key"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/auth/", include("allauth.headless.urls")),
    # Drawn once an hour and for each version of the code: it takes a second and ten megabytes.
    path("api/schema/", cache_page(3600, key_prefix=code_commit())(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="schema-docs"),
    path("api/v1/", include((api, "api"))),
    re_path(r"^api/", refusals.no_such_address),
    re_path(r"^media/previews/(?P<name>[0-9a-f]{2}/[0-9a-f]{64}\.(?:webp|png|jpg))$", media.preview),
    path("", include("marketplace.storefront.urls")),
]
