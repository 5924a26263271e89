"""Taking what is uploaded without letting it take us: a cap before anything is read, and no file on any disk.

A report carries people's mail, so that nothing of it is ever written to a temporary file.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

MEGABYTE = 1024 * 1024
BODY_BYTES = 32 * MEGABYTE
FILE_BYTES = 10 * MEGABYTE
FILES = 20
TEXT_LETTERS = 600_000


class TooMuchError(Exception):
    """More than may be sent at once: nothing of it was taken."""


class MemoryOnly(MemoryFileUploadHandler):
    """Keeps files in memory, whatever their size: the size of the whole was looked at before."""

    def handle_raw_input(self, *_args: Any, **_kwargs: Any) -> None:
        """Always at work."""
        self.activated = True


def read_body(request: HttpRequest) -> None:
    """Read the form that was sent. Raises TooMuchError before or while it is read."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > BODY_BYTES:
        raise TooMuchError
    request.upload_handlers = [MemoryOnly(request)]
    try:
        request.POST  # noqa: B018 - reading it is what parses the body
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError) as error:
        raise TooMuchError from error
