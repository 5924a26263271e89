"""Settings of the staff site: a process and a host of its own, over the same database (docs/adr/0004).

What differs from the public site: sessions and logins exist, every page is closed until a view says otherwise,
nothing is cached or compressed (a page that holds secrets and what a visitor sent must not be: BREACH).
"""

from __future__ import annotations

import os

from meyasubako.centre.config import environment
from meyasubako.centre.config.settings import *  # noqa: F403 - these settings are those, with what follows
from meyasubako.centre.config.settings import TEMPLATES, TLS

ROOT_URLCONF = "meyasubako.centre.config.urls_staff"
WSGI_APPLICATION = "meyasubako.centre.config.wsgi_staff.application"
ALLOWED_HOSTS = environment.allowed_hosts(os.environ, "MEYASU_STAFF_HOSTS")

MIDDLEWARE = [
    "meyasubako.centre.config.measuring.Measured",
    "meyasubako.centre.config.headers.SecurityHeaders",
    "meyasubako.centre.config.unstorable.NoNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "meyasubako.centre.site_staff.gate.Gate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        **TEMPLATES[0],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "meyasubako.centre.site_staff.context.staff",
            ],
        },
    }
]

# Only signing_in.py checks passwords; this backend finds the account of a session.
AUTHENTICATION_BACKENDS = ["meyasubako.centre.accounts.backend.SessionBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "meyasu_staff"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = TLS
# A session that nobody used for half an hour is closed by site_staff.gate before this age.
CSRF_COOKIE_NAME = "meyasu_staff_csrf"
CSRF_FAILURE_VIEW = "meyasubako.centre.site_staff.errors.csrf_failure"
