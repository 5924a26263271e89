"""Settings of the third origin, which shows the inert HTML of one mail in a frame and does nothing else.

No sessions, no cookies, no forms, no languages by address, no static files: a page that a mail broke out of would
find nothing here to use. It is told whom to serve by a signed token, and looks at the database only to see that the
account still may.
"""

from __future__ import annotations

import os

from meyasubako.centre.config import environment
from meyasubako.centre.config.settings import *  # noqa: F403 - the database, the key, the folder
from meyasubako.centre.config.settings import TEMPLATES

ROOT_URLCONF = "meyasubako.centre.config.urls_mailview"
WSGI_APPLICATION = "meyasubako.centre.config.wsgi_mailview.application"
ALLOWED_HOSTS = environment.allowed_hosts(os.environ, "MEYASU_MAILVIEW_HOSTS")
MIDDLEWARE = [
    "meyasubako.centre.config.measuring.Measured",
    "meyasubako.centre.config.headers.SecurityHeaders",
    "meyasubako.centre.config.unstorable.NoNul",
    "django.middleware.security.SecurityMiddleware",
]
TEMPLATES = [{**TEMPLATES[0], "OPTIONS": {}}]
SECURE_REFERRER_POLICY = "no-referrer"
