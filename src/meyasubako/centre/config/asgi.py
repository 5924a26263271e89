"""The ASGI application, for operators who run an asynchronous server."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meyasubako.centre.config.settings")

application = get_asgi_application()
