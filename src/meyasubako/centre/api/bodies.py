"""Reading a request that holds mails: off the wire onto a disk, then one mail at a time into memory.

Two forms: ``multipart/form-data`` with the mails as files (RFC 7578), or JSON with each mail in base64 (RFC 4648
section 4). A JSON body is cut into its items where it lies, without being decoded as a whole, so that a request of
64 MB costs as much memory as its largest mail. Nothing here knows what a report is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import mmap
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from meyasubako.centre.api.problems import Refusal

LARGEST_BODY = 96 * 1024 * 1024
LARGEST_MAIL = 10 * 1024 * 1024
MOST_MAILS = 100
LARGEST_FIELD = 64 * 1024
CHUNK = 64 * 1024
MOST_TOKENS = 20_000
DEEPEST = 8

_BLANK = re.compile(rb"[ \t\r\n]*+")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
_ENCODED_MAIL = LARGEST_MAIL * 4 // 3 + 64 * 1024


class Item(NamedTuple):
    """One mail of a request: its place, the name its sender gave it, its bytes; or why it has none (a code)."""

    place: int
    name: str
    raw: bytes
    refused: str = ""


class Body:
    """A request that was read: its plain fields, and its mails one at a time. Use as a context manager."""

    def __init__(self, request: HttpRequest) -> None:
        """Read it. Raises Refusal."""
        self.fields: dict[str, Any] = {}
        self.count = 0
        self._stack = ExitStack()
        self._cuts: list[tuple[int, int]] = []
        self._data: mmap.mmap | None = None
        self._files: list[UploadedFile[Any]] = []
        try:
            self._read(request)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def items(self) -> Iterator[Item]:
        """The mails in the order of the request; as often as asked for."""
        for index, file in enumerate(self._files):
            yield _item_of_file(index, file)
        for index, (start, end) in enumerate(self._cuts):
            yield _item_of_json(index, self._data, start, end)

    def digest(self) -> str:
        """A hash of everything the request says, whatever form it came in."""
        seen = hashlib.sha256(json.dumps(self.fields, sort_keys=True).encode())
        for item in self.items():
            named = json.dumps([item.name, item.refused]).encode()
            seen.update(hashlib.sha256(named).digest() + hashlib.sha256(item.raw).digest())
        return seen.hexdigest()

    def _read(self, request: HttpRequest) -> None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or -1)
        except ValueError:
            length = -1
        if length < 0:
            raise Refusal("length-required")
        if length > LARGEST_BODY:
            raise Refusal("too-large", f"A request has {LARGEST_BODY} bytes at most.")
        if request.content_type == "multipart/form-data":
            self._read_form(request)
        elif request.content_type == "application/json":
            self._read_json(request)
        else:
            raise Refusal("unsupported-type", "Send multipart/form-data or application/json.")
        if self.count > MOST_MAILS:
            raise Refusal("too-large", f"A request has {MOST_MAILS} mails at most.")

    def _read_form(self, request: HttpRequest) -> None:
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        try:
            fields, files = request.POST, request.FILES
        except (TooManyFilesSent, TooManyFieldsSent, RequestDataTooBig) as error:
            raise Refusal("too-large", f"A request has {MOST_MAILS} mails at most.") from error
        except (MultiPartParserError, UnreadablePostError, UnicodeDecodeError) as error:
            raise Refusal("malformed", "The multipart body cannot be read.") from error
        self.fields = {name: fields[name] for name in fields}
        self._files = [file for name in files for file in files.getlist(name) if name == "mails"]
        self.count = len(self._files)
        strange = sorted(set(files) - {"mails"})
        if strange:
            raise Refusal("invalid", "Mails are files of the field mails.")

    def _read_json(self, request: HttpRequest) -> None:
        with tempfile.TemporaryFile() as file:
            try:
                while chunk := request.read(CHUNK):
                    file.write(chunk)
            except UnreadablePostError as error:
                raise Refusal("malformed", "The body ended early.") from error
            file.flush()
            if not file.tell():
                raise Refusal("malformed", "The body is empty.")
            self._data = self._stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        try:
            self._cut(self._data)
        except ValueError as error:
            raise Refusal("malformed", "The body is no JSON object with a list of mails.") from error
        self.count = len(self._cuts)

    def _cut(self, data: mmap.mmap) -> None:
        """Find the values of the outermost object and the elements of its ``mails``. Raises ValueError."""
        tokens = _Tokens(data)
        tokens.expect(b"{")
        names: set[str] = set()
        start, end = tokens.next()
        while data[start:end] != b"}":
            if end - start > LARGEST_FIELD:
                raise ValueError("a long name")
            name = json.loads(data[start:end])
            if not isinstance(name, str) or name in names:
                raise ValueError("a name that is none, or twice")
            names.add(name)
            tokens.expect(b":")
            if name == "mails":
                self._cuts = list(_elements(tokens))
            else:
                start, end = tokens.value()
                if end - start > LARGEST_FIELD:
                    raise ValueError("a long field")
                self.fields[name] = json.loads(data[start:end])
            start, end = tokens.next()
            if data[start:end] == b",":
                start, end = tokens.next()
                if data[start:end] == b"}":
                    raise ValueError("a comma too many")
            elif data[start:end] != b"}":
                raise ValueError("no comma")
        if not tokens.is_at_end():
            raise ValueError("something behind the object")


class _Tokens:
    """The tokens of a JSON text where it lies; each is looked at once, from left to right."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._position = 0
        self._left = MOST_TOKENS

    def next(self) -> tuple[int, int]:
        """Where the next token stands. Raises ValueError where there is none."""
        start = self._behind_blanks()
        found = _TOKEN.match(self._data, start)
        self._left -= 1
        if found is None or self._left < 0:
            raise ValueError("no token, or too many")
        self._position = found.end()
        return start, self._position

    def expect(self, token: bytes) -> None:
        """Read this token. Raises ValueError for another."""
        start, end = self.next()
        if self._data[start:end] != token:
            raise ValueError("another token")

    def value(self) -> tuple[int, int]:
        """Where the next value stands, with all that is in it."""
        first, end = self.next()
        depth = self._depth(first, end)
        if depth < 0 or self._data[first:end] in (b",", b":"):
            raise ValueError("no value")
        while depth:
            start, end = self.next()
            depth += self._depth(start, end)
            if depth > DEEPEST:
                raise ValueError("too deep")
        return first, end

    def is_at_end(self) -> bool:
        """Whether only blanks are left."""
        return self._behind_blanks() == len(self._data)

    def peek(self) -> bytes:
        """The next byte that is no blank."""
        start = self._behind_blanks()
        return self._data[start : start + 1]

    def _behind_blanks(self) -> int:
        found = _BLANK.match(self._data, self._position)
        return found.end() if found is not None else self._position

    def _depth(self, start: int, end: int) -> int:
        token = self._data[start : min(end, start + 1)]
        return 1 if token in (b"{", b"[") else -1 if token in (b"}", b"]") else 0


def _elements(tokens: _Tokens) -> Iterator[tuple[int, int]]:
    """Where the elements of a list stand."""
    tokens.expect(b"[")
    if tokens.peek() == b"]":
        tokens.next()
        return
    count = 0
    while True:
        yield tokens.value()
        count += 1
        if count > MOST_MAILS:
            raise Refusal("too-large", f"A request has {MOST_MAILS} mails at most.")
        if tokens.peek() == b"]":
            tokens.next()
            return
        tokens.expect(b",")


def _item_of_file(index: int, file: UploadedFile[Any]) -> Item:
    name = clean_name(file.name or "")
    if (file.size or 0) > LARGEST_MAIL:
        return Item(index, name, b"", "too-large")
    file.seek(0)
    return Item(index, name, file.read())


def _item_of_json(index: int, data: mmap.mmap | None, start: int, end: int) -> Item:
    if data is None or end - start > _ENCODED_MAIL:
        return Item(index, "", b"", "too-large")
    try:
        element = json.loads(data[start:end])
    except ValueError:
        return Item(index, "", b"", "malformed")
    if not isinstance(element, dict) or not isinstance(element.get("content"), str):
        return Item(index, "", b"", "malformed")
    said = element.get("name")
    name = clean_name(said) if isinstance(said, str) else ""
    try:
        raw = base64.b64decode("".join(element["content"].split()), validate=True)
    except (binascii.Error, ValueError):
        return Item(index, name, b"", "not-base64")
    if len(raw) > LARGEST_MAIL:
        return Item(index, name, b"", "too-large")
    return Item(index, name, raw)


def clean_name(name: str) -> str:
    """The name a client gave a mail, to be told back: without signs that do something, 200 at most."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name[:200])
