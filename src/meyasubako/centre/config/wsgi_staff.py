"""The WSGI application of the staff site; imported in the worker process, after the fork."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "meyasubako.centre.config.settings_staff"

application = get_wsgi_application()
