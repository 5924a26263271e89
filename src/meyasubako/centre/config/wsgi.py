"""The WSGI application; imported in the worker process, after the fork, never in a master."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meyasubako.centre.config.settings")

application = get_wsgi_application()
