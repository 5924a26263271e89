"""Every answer under ``/api/`` that is an error says so as problem details, wherever in the stack it was made."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from meyasubako.centre.api.problems import CONTENT_TYPE, code_of_status, problem_answer

PREFIX = "/api/"
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class ProblemAnswers:
    """Middleware: pages for people become problem details for programs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        answer = self.get_response(request)
        if not request.path_info.startswith(PREFIX):
            return answer
        if answer.status_code == 302:  # the language's redirect: pages for people have one, the API has none
            return problem_answer("not-found", headers={"Cache-Control": "no-store"})
        answer.headers.setdefault("Cache-Control", "no-store")
        if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return answer
        headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
        told = problem_answer(code_of_status(answer.status_code), headers=headers)
        told.status_code = answer.status_code
        told.headers["Cache-Control"] = "no-store"
        return told
