"""The one settings module. Everything that differs between a laptop and a fleet comes from the environment.

With nothing set, the laptop default runs: SQLite, an embedded broker and files under `var/`.
`.env.example` lists every variable with its default and meaning.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from common.laptop import kept_secret
from config import social
from config.admin_theme import UNFOLD as UNFOLD
from config.openapi import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SITE_PORT = urlsplit(SITE_URL).port or 443
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(VAR_DIR / "keys" / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

SOCIALACCOUNT_PROVIDERS = social.providers(env)
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    *social.apps(SOCIALACCOUNT_PROVIDERS),
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "common",
    "generation",
    "licensing",
    "marketplace",
    "marketplace.storefront",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.second_factor.StaffSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "storefront" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.storefront.context.house",
            ],
        },
    }
]

# Database: SQLite in WAL mode with immediate transactions (a deferred upgrade fails at once under load), or PostgreSQL.
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
}


def _database() -> dict[str, Any]:
    config: dict[str, Any] = dict(env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))
    if "sqlite" in config["ENGINE"]:
        config["OPTIONS"] = {**_SQLITE_OPTIONS, **config.get("OPTIONS", {})}
        return config
    config["CONN_MAX_AGE"] = 600
    config["CONN_HEALTH_CHECKS"] = True
    config.setdefault("OPTIONS", {}).setdefault("options", "-c lock_timeout=10000")
    return config


DATABASES = {"default": _database()}
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://vernissage")}

# Files: masters are private and only handed out through signed links; previews carry a visible mark and are public.
STORAGE_URL = env.str("STORAGE_URL", f"file://{VAR_DIR / 'media'}")
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)  # empty unless collected: the files are then served from where they lie
WHITENOISE_USE_FINDERS = True


def _storage(area: str, base_url: str | None) -> dict[str, Any]:
    parts = urlsplit(STORAGE_URL)
    if parts.scheme == "s3":
        options: dict[str, Any] = {
            "bucket_name": parts.netloc,
            "location": f"{parts.path.strip('/')}/{area}".strip("/"),
        }
        options["endpoint_url"] = env.str("STORAGE_ENDPOINT", None)
        options["querystring_auth"] = base_url is None
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    options = {"location": f"{parts.path}/{area}", "base_url": base_url}
    return {"BACKEND": "common.storage.AtomicFileSystemStorage", "OPTIONS": options}


STORAGES = {
    "default": _storage("masters", None),
    "masters": _storage("masters", None),
    "previews": _storage("previews", "/media/previews/"),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
FILE_UPLOAD_HANDLERS = [
    "common.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
VERIFY_MAX_BYTES = 64 * 2**20

# People
AUTH_USER_MODEL = "common.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Behind a proxy everybody would share its address, and one who guesses passwords would lock all others out.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("NUM_PROXIES", 0)
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEMO)
MFA_ADAPTER = "config.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_URL.startswith("http://")
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/library/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))

# Words and times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# The API. How a view is asked and answers is said by `common.api.View`.
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.problem",
    "NUM_PROXIES": env.int("NUM_PROXIES", 0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
THROTTLE_RATES = {
    "estimates": "120/minute",
    "generations": "60/minute",
    "inputs": "30/minute",
    "listing": "60/minute",
    "orders": "30/minute",
    "downloads": "120/minute",
    "transfers": "20/hour",
    "webhooks": "60/hour",
    "commissions": "60/minute",
    "claims": "10/hour",
    "reviews": "120/minute",
    "verify": "20/minute",
    "log": "240/minute",
    "training": "10/minute",
    "tokens": "30/hour",
    "privacy": "20/hour",
}

# What each person may ask for, and what a picture that goes into a piece may cost.
GENERATION_PIECES_PER_DAY = env.int("GENERATION_PIECES_PER_DAY", 500)
GENERATION_WAITING_SLOTS = env.int("GENERATION_WAITING_SLOTS", 256)
INPUT_MAX_BYTES = 24 * 2**20
INPUT_MAX_PIXELS = 40_000_000
# Open event streams of one web process, of whose threads each takes one, and how long each stays open.
EVENT_STREAMS = env.int("EVENT_STREAMS", 2)
EVENT_STREAM_SECONDS = 60.0
INPUT_WORKS_PER_USER = env.int("INPUT_WORKS_PER_USER", 60)

# What people may ask of us about their data, and when what is no longer needed goes by itself.
EXPORT_DAYS = env.int("EXPORT_DAYS", 7)
EXPORT_MAX_BYTES = env.int("EXPORT_MAX_BYTES", 2 * 2**30)
ERASURE_DAYS = env.int("ERASURE_DAYS", 14)
KEEP_DRAFT_WORDS_DAYS = env.int("KEEP_DRAFT_WORDS_DAYS", 365)
KEEP_IDLE_INPUTS_DAYS = env.int("KEEP_IDLE_INPUTS_DAYS", 90)
KEEP_DOWNLOADS_DAYS = env.int("KEEP_DOWNLOADS_DAYS", 3 * 365)
KEEP_ANSWERS_DAYS = env.int("KEEP_ANSWERS_DAYS", 30)
KEEP_ORDERS_DAYS = env.int("KEEP_ORDERS_DAYS", 3653)

# Work done by other processes. The rows are the truth; a message is only a bell.
CELERY_BROKER_URL = env.str("BROKER_URL", "filesystem://")
CELERY_TASK_DEFAULT_QUEUE = "house"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("filesystem://"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "queue"),
        "data_folder_out": str(VAR_DIR / "queue"),
        "control_folder": str(VAR_DIR / "queue-control"),
        "polling_interval": 0.1,
    }
    for folder in ("queue", "queue-control"):
        (VAR_DIR / folder).mkdir(exist_ok=True)
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_TASK_ROUTES = {"generation.work": {"queue": "generation"}, "training.work": {"queue": "training"}}
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": 2 * seconds}}
    for name, seconds in {
        "common.drain_outbox": 2.0,
        "generation.sweep": 2.0,
        "licensing.carry_withdrawals": 5.0,
        "licensing.stamp_head": 600.0,
        "licensing.sweep_grants": 60.0,
        "marketplace.send_webhooks": 5.0,
        "marketplace.retain": 3600.0,
        "marketplace.run_payouts": 86400.0,
        "licensing.sweep_claims": 60.0,
        "marketplace.sweep_orders": 5.0,
        "marketplace.sweep_payouts": 10.0,
        "marketplace.sweep_privacy": 10.0,
        "marketplace.sweep_refunds": 5.0,
        "marketplace.sweep_search": 30.0,
        "marketplace.sweep_stripe_events": 2.0,
        "training.sweep": 30.0,
    }.items()
}
OUTBOX_RAISES = False
# Whether outgoing webhooks may go to private addresses and over plain HTTP: for systems in the operator's own network.
WEBHOOKS_TO_PRIVATE = env.bool("WEBHOOKS_TO_PRIVATE", False)

# Money. With no key, the payment sandbox stands in; it is refused outside of DEBUG and DEMO.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_CONNECT_WEBHOOK_SECRET = env.str("STRIPE_CONNECT_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE", "https://api.stripe.com" if STRIPE_SECRET_KEY else f"http://127.0.0.1:{SITE_PORT + 1}"
)
PAYMENT_SANDBOX = not STRIPE_SECRET_KEY
if PAYMENT_SANDBOX:
    STRIPE_SECRET_KEY = "sk_test_" + kept_secret(VAR_DIR / "keys" / "sandbox_key")
    STRIPE_WEBHOOK_SECRET = "whsec_" + kept_secret(VAR_DIR / "keys" / "sandbox_webhook_secret")
CURRENCY = env.str("CURRENCY", "EUR")
HOLD_MINUTES = env.int("HOLD_MINUTES", 15)
COMMISSION_RATE_PERCENT = env.int("COMMISSION_RATE_PERCENT", 15)
PAYOUT_HOLD_DAYS = env.int("PAYOUT_HOLD_DAYS", 14)
# Transfers stay within the region of the house's own account, which is the European Economic Area by default.
PAYOUT_COUNTRIES = env.str(
    "PAYOUT_COUNTRIES", "AT,BE,BG,CH,CY,CZ,DE,DK,EE,ES,FI,FR,GB,GR,HR,HU,IE,IT,LI,LT,LU,LV,MT,NL,NO,PL,PT,RO,SE,SI,SK"
).split(",")
PAYOUT_MINIMUM_MINOR = env.int("PAYOUT_MINIMUM_MINOR", 1000)

# Making and proving
CHECKPOINT_DIR = Path(env.str("CHECKPOINT_DIR", str(BASE_DIR / "checkpoints")))
DATASET_DIR = BASE_DIR / "datasets"
DEVICE = env.str("DEVICE", "cpu")
ENGINE_THREADS = env.int("ENGINE_THREADS", 1)
STORING_THREADS = env.int("STORING_THREADS", 1)
MODEL_MEMORY_MB = env.int("MODEL_MEMORY_MB", 4096)
MODEL_HUB = env.bool("MODEL_HUB", False)
PROMPT_FIT_DIR = env.str("PROMPT_FIT_DIR", "")
DEVICE_PRICE_PER_HOUR = Decimal(env.str("DEVICE_PRICE_PER_HOUR", "0.10"))
GENERATION_QUEUES = ["diffusion", "motion", "pictures", "sculptures", "texts"]
WORKER_QUEUES = env.list("WORKER_QUEUES", default=[])
CODE_COMMIT = env.str("CODE_COMMIT", "")
SIGNING_KEYS = Path(env.str("SIGNING_KEYS", str(VAR_DIR / "keys" / "signing")))
TSA_URL = env.str("TSA_URL", "")
AIGC_PRODUCER = env.str("AIGC_PRODUCER", "Vernissage")
NAME_LISTS = env.str("NAME_LISTS", str(BASE_DIR / "licensing" / "rights" / "lists"))
LICENCE_DIR = env.str("LICENCE_DIR", "")  # the operator's own licences, beside those that ship
REVIEW_HOURS = env.float("REVIEW_HOURS", 24.0)
REVIEW_POLICY = env.str("REVIEW_POLICY", str(BASE_DIR / "licensing" / "rights" / "policy.toml"))
VISIBLE_LABEL = env.bool("VISIBLE_LABEL", False)
LEASE_SECONDS = env.float("LEASE_SECONDS", 60.0)
DRAIN_SECONDS = env.float("DRAIN_SECONDS", 20.0)

# Safety
SECURITY_CONTACT = env.str("SECURITY_CONTACT", f"mailto:security@{urlsplit(SITE_URL).hostname}")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if SITE_URL.startswith("https://"):
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    # The admin's theme and the API's documentation page bring scripts of their own.
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/docs/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [
            SELF,
            *([STRIPE_API_BASE] if PAYMENT_SANDBOX else ["https://checkout.stripe.com", "https://connect.stripe.com"]),
            *social.origins(SOCIALACCOUNT_PROVIDERS),
        ],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "fontTools": {"level": "WARNING"},  # every glyph that a certificate embeds would be a line
        "kombu.connection": {"level": "ERROR"},  # the embedded broker has no host, and that is remarked upon each time
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
