"""The WSGI application of the third origin; imported in the worker process, after the fork."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "meyasubako.centre.config.settings_mailview"

application = get_wsgi_application()
