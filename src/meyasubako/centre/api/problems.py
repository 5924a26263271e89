"""What goes wrong, as the API says it: problem details (RFC 9457), in English with a Japanese title beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"
DOCS = "/api/v1/docs"


class Problem(NamedTuple):
    """One kind of problem: the status of its answer, and its title in both languages."""

    status: int
    en: str
    ja: str


PROBLEMS = {
    "malformed": Problem(400, "The request cannot be read.", "リクエストを読み取れません。"),
    "unauthorised": Problem(
        401, "A key is missing, unknown, expired or revoked.", "APIキーがないか、無効です。"
    ),
    "scope-missing": Problem(403, "The key lacks the scope.", "このAPIキーには権限がありません。"),
    "not-found": Problem(404, "There is nothing here.", "見つかりません。"),
    "method-not-allowed": Problem(405, "The method is not allowed here.", "このメソッドは使えません。"),
    "length-required": Problem(411, "Content-Length is missing.", "Content-Length がありません。"),
    "too-large": Problem(413, "The request is too large.", "リクエストが大きすぎます。"),
    "unsupported-type": Problem(
        415, "The content type is not taken here.", "この Content-Type は受け付けません。"
    ),
    "idempotency-mismatch": Problem(
        422,
        "The idempotency key was used with another request.",
        "この冪等キーは、別の内容のリクエストに使われています。",
    ),
    "invalid": Problem(
        422, "The request says something that cannot be.", "リクエストの内容に誤りがあります。"
    ),
    "no-mail": Problem(422, "Nothing in the request is a mail.", "リクエストにメールが含まれていません。"),
    "incomplete-petition": Problem(422, "The petition is not complete.", "申出の記載に不備があります。"),
    "too-many-requests": Problem(429, "The limit of the hour is used up.", "1時間あたりの上限に達しました。"),
    "failed": Problem(500, "The centre failed; send it again.", "センター側の障害です。再送してください。"),
    "unavailable": Problem(503, "This cannot be answered now.", "現在お答えできません。"),
}


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than what was asked for. ``code`` is one of ``PROBLEMS``."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def answer(self) -> HttpResponse:
        """As HTTP."""
        return problem_answer(self.code, self.detail, errors=self.errors, headers=self.headers)


def problem_answer(
    code: str,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer for a problem."""
    problem = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": f"{DOCS}#{code}",
        "title": problem.en,
        "title_ja": problem.ja,
        "status": problem.status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [dict(error) for error in errors]
    # Names that a client chose may hold half a character, which JSON can say and UTF-8 cannot.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    answer = HttpResponse(content, content_type=CONTENT_TYPE, status=problem.status)
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    return answer


def code_of_status(status: int) -> str:
    """The code for an answer that something else in front of the operations gave."""
    known = {problem.status: code for code, problem in reversed(PROBLEMS.items())}
    return known.get(status, "failed" if status >= 500 else "malformed")
