"""Django's settings, for one process on one machine and for many behind a proxy alike.

Everything that differs between two sites comes from the environment (``docs/site.md`` lists the names), and is
read by :mod:`meyasubako.centre.config.environment`. Nothing here reports anything to anybody.
"""

from __future__ import annotations

import os
from pathlib import Path

from meyasubako import logs
from meyasubako.centre.config import environment, listening, reporting
from meyasubako.centre.config.headers import CONTENT_SECURITY_POLICY

PACKAGE = Path(__file__).resolve().parent.parent

HOME = environment.home_from(os.environ)
SECRET_KEY = environment.secret_key(HOME)
# Keys of field encryption (docs/people.md); MEYASU_FIELD_KEY names a file kept elsewhere than in the data folder.
FIELD_KEY_FILE = environment.field_key_file(os.environ, HOME)
DEBUG = False
ALLOWED_HOSTS = environment.allowed_hosts(os.environ)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "meyasubako.centre.audit",
    "meyasubako.centre.accounts",
    "meyasubako.centre.reports",
    "meyasubako.centre.monitors",
    "meyasubako.centre.keys",
    "meyasubako.centre.api",
    "meyasubako.centre.site_staff",
    "meyasubako.centre.site_public",
]

MIDDLEWARE = [
    "meyasubako.centre.config.measuring.Measured",
    "meyasubako.centre.config.headers.SecurityHeaders",
    "meyasubako.centre.api.middleware.ProblemAnswers",
    "meyasubako.centre.config.unstorable.NoNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "meyasubako.centre.config.urls"
WSGI_APPLICATION = "meyasubako.centre.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "meyasubako.centre.site_public.context.site",
            ],
        },
    }
]

DATABASES = {"default": environment.database(os.environ, HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Nobody logs in here: this process has neither sessions nor a way to check a password (docs/adr/0004).
# The staff site's settings (settings_staff.py) add both; the tables are the same.
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS: list[str] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# Where the staff site is reached, for links in invitations.
STAFF_URL = (
    os.environ.get("MEYASU_STAFF_URL") or f"http://127.0.0.1:{listening.ports_of(HOME).get('staff', 8001)}"
).rstrip("/")

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True

# The chart bundle is built from vl-convert at set-up (prepare.py), beside the files of the package itself.
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "site" / "static"
BUILT_STATIC = HOME / "site" / "built"
STATICFILES_DIRS = [BUILT_STATIC] if BUILT_STATIC.is_dir() else []
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
# MEYASU_TLS=1: the site is reached over TLS only, through a proxy that sets X-Forwarded-Proto.
TLS = environment.switched_on(os.environ, "MEYASU_TLS")
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
CSRF_COOKIE_SECURE = TLS

LOGGING = logs.configuration(os.environ.get("MEYASU_PROCESS") or "centre", level="WARNING")

# The public site. A figures file makes the site serve exactly that file and open no table (docs/site.md).
FIGURES_FILE = os.environ.get("MEYASU_FIGURES_FILE") or None
OPERATOR = {
    "ja": os.environ.get("MEYASU_OPERATOR_JA") or "迷惑メール相談センター",
    "en": os.environ.get("MEYASU_OPERATOR_EN") or "Anti-Spam Consultation Centre",
}
DEMONSTRATION = environment.switched_on(os.environ, "MEYASU_DEMO")

# Reports from people (docs/reports.md). A site that only shows a file of figures takes none; answers go out through
# the relay, and none where none is named.
REPORTING = FIGURES_FILE is None
MAIL_RELAY = reporting.mail_relay(os.environ)
REPORT_ADDRESSES = reporting.report_addresses(os.environ)
# A verb in a shell that does not know the addresses must not take them from the receivers: only who says none does.
REPORT_ADDRESSES_SAID = "MEYASU_REPORT_ADDRESSES" in os.environ
MAIL_FROM = os.environ.get("MEYASU_MAIL_FROM") or next(iter(REPORT_ADDRESSES), "")
SITE_URL = reporting.site_url(os.environ)
ASK_DNS = environment.switched_on(os.environ, "MEYASU_ASK_DNS")
OUTER_MAIL_DAYS = reporting.days(os.environ, "MEYASU_OUTER_MAIL_DAYS", 90)
REPORTER_DAYS = reporting.days(os.environ, "MEYASU_REPORTER_DAYS", 180)
PETITIONER_DAYS = reporting.days(os.environ, "MEYASU_PETITIONER_DAYS", 1095)
PROXIES = reporting.proxies(os.environ)

# The staff site shows mails' HTML in a frame of a third origin, and that origin lets nobody else frame it.
STAFF_ORIGINS = environment.origins(
    os.environ, "MEYASU_STAFF_ORIGINS", "http://127.0.0.1:8001,http://localhost:8001"
)
MAILVIEW_ORIGIN = environment.origins(os.environ, "MEYASU_MAILVIEW_ORIGIN", "http://localhost:8002")[0]
FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src {MAILVIEW_ORIGIN}"
# Mail to names that do not exist (docs/monitors.md).
UNKNOWN_DAYS = reporting.days(os.environ, "MEYASU_UNKNOWN_DAYS", 400)
