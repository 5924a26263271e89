"""The operations of the API, thin: read, ask one room, answer. Served by the public process under ``/api/v1/``."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import Header, NinjaAPI, Path, Query
from ninja.errors import HttpError, ValidationError

from meyasubako.centre.api.answers import Answer, answer_once
from meyasubako.centre.api.bodies import Body
from meyasubako.centre.api.described import DESCRIPTION, MAILS_BODY, described
from meyasubako.centre.api.figures import SHELF
from meyasubako.centre.api.gate import ApiRequest, Scope, count
from meyasubako.centre.api.links import site_of
from meyasubako.centre.api.petitions import petition_send
from meyasubako.centre.api.problems import Refusal, code_of_status, problem_answer
from meyasubako.centre.api.reporting import Said, batch_send, report_send, report_status, said_of
from meyasubako.centre.api.schemas import (
    BatchAnswer,
    PetitionAnswer,
    PetitionRequest,
    Problem,
    ReportAnswer,
    ReportStatus,
)
from meyasubako.centre.keys import scopes
from meyasubako.centre.keys.models import ApiKey
from meyasubako.errors import StorageError

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Meyasubako / 目安箱",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    urls_namespace="api",
)

Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="The same key and content: the same answer, and nothing twice. / 再送時に同じ値を付けると二重に受け付けません。",
    ),
]
Send = Callable[[ApiKey, Body, Said, str, Any], Answer]


@api.post(
    "/reports",
    auth=Scope(scopes.SEND_REPORTS),
    response={201: ReportAnswer, 422: Problem},
    operation_id="report_send",
    summary="Send one report with one or many mails / 情報提供（1件、複数のメール可）",
    description="One act of one person: a mail-client plug-in sends the chosen mails as one report, with one receipt "
    "and a result for each mail.\n\nメールソフトのプラグイン向け。選んだメールをまとめて1件の情報提供とし、メールごとの結果を返します。",
    openapi_extra=described(
        "malformed",
        "length-required",
        "too-large",
        "unsupported-type",
        "invalid",
        "no-mail",
        "idempotency-mismatch",
        extra=MAILS_BODY,
    ),
)
def report(request: ApiRequest, idempotency_key: Once = None) -> HttpResponse:
    """One report with many mails."""
    return _mails_sent(request, "report", idempotency_key, report_send)


@api.post(
    "/reports/batch",
    auth=Scope(scopes.SEND_REPORTS),
    response={200: BatchAnswer, 422: Problem},
    operation_id="reports_send",
    summary="Send many mails, each a report of its own / 複数の情報提供",
    description="For those who pass on what many people reported: each mail gets a receipt of its own.\n\n"
    "多数の利用者からの情報提供をまとめて送るためのものです。メールごとに受付番号を返します。",
    openapi_extra=described(
        "malformed",
        "length-required",
        "too-large",
        "unsupported-type",
        "invalid",
        "no-mail",
        "idempotency-mismatch",
        extra=MAILS_BODY,
    ),
)
def batch(request: ApiRequest, idempotency_key: Once = None) -> HttpResponse:
    """A report for each mail."""
    return _mails_sent(request, "batch", idempotency_key, batch_send)


@api.get(
    "/reports/{number}",
    auth=Scope(scopes.READ_REPORTS),
    response={200: ReportStatus},
    operation_id="report_status",
    summary="What became of a report / 情報提供の状況",
    description="Reports that the key's own organisation sent, by their receipt number. / 自組織が送った情報提供のみ。",
    openapi_extra=described("not-found", "invalid"),
)
def status(
    request: ApiRequest,
    number: Annotated[str, Path(max_length=40, description="R-2611-5830-4427", pattern=r"^[A-Za-z0-9-]+$")],
) -> HttpResponse:
    """The status of one report."""
    return JsonResponse(report_status(request.auth, number))


@api.post(
    "/petitions",
    auth=Scope(scopes.SEND_PETITIONS),
    response={201: PetitionAnswer},
    operation_id="petition_send",
    summary="Make a petition as a carrier / 電気通信事業者による申出（法第8条第3項）",
    description="About mail to fictitious addresses (Act Art 6), to the Minister; the particulars are those of "
    "Ordinance Art 10(3). Keys of carriers alone.\n\n架空電子メールアドレスへの送信（法第6条）について、総務大臣に対する申出です。",
    openapi_extra=described("malformed", "invalid", "incomplete-petition", "idempotency-mismatch"),
)
def petition(request: ApiRequest, said: PetitionRequest, idempotency_key: Once = None) -> HttpResponse:
    """A petition."""
    values = said.model_dump()
    site = site_of(request)
    answer = answer_once(
        key=request.auth,
        operation="petition",
        idempotency_key=idempotency_key,
        digest=_digest(said.model_dump_json()),
        now=request.now,
        work=lambda once: petition_send(request.auth, values, once, site, request.now),
    )
    return _answered(answer)


@api.get(
    "/figures",
    auth=Scope(scopes.READ_FIGURES),
    response={200: list[dict[str, Any]]},
    operation_id="figures",
    summary="The months' figures / 月別統計",
    description="A list with an object a month, as `meyasu figures --json` prints them. / 月ごとの統計値。",
    openapi_extra=described("invalid", "not-found", "unavailable"),
)
def figures(
    request: ApiRequest,  # noqa: ARG001 - the framework gives it by this name
    month: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="YYYY-MM: this month alone. / この月のみ。"),
    ] = None,
) -> HttpResponse:
    """Figures."""
    try:
        months = SHELF.months()
    except StorageError as error:
        logger.exception("figures cannot be read")
        raise Refusal("unavailable") from error
    if month is not None:
        months = [one for one in months if one["month"] == month]
        if not months:
            raise Refusal("not-found", "There are no figures for this month.")
    return JsonResponse(months, safe=False, json_dumps_params={"ensure_ascii": False})


def _mails_sent(request: ApiRequest, operation: str, idempotency_key: str | None, send: Send) -> HttpResponse:
    with Body(request) as body:
        said = said_of(body, site_of(request))
        count(request.auth, request.now, mails=body.count)
        answer = answer_once(
            key=request.auth,
            operation=operation,
            idempotency_key=idempotency_key,
            digest=body.digest() if idempotency_key is not None else "",
            now=request.now,
            work=lambda once: send(request.auth, body, said, once, request.now),
        )
    return _answered(answer)


def _answered(answer: Answer) -> HttpResponse:
    response = JsonResponse(answer.body, status=answer.status, json_dumps_params={"ensure_ascii": False})
    if answer.again:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@api.exception_handler(Refusal)
def refused(_request: HttpRequest, error: Refusal) -> HttpResponse:
    """A refusal as its problem."""
    return error.answer()


@api.exception_handler(ValidationError)
def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request that does not fit the description."""
    errors = [
        {
            "field": ".".join(str(part) for part in one["loc"][1:])[:200],
            "code": one["type"],
            "text": one["msg"],
        }
        for one in error.errors[:20]
    ]
    return problem_answer("invalid", errors=errors)


@api.exception_handler(HttpError)
def http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON."""
    return problem_answer(code_of_status(error.status_code), str(error))


@api.exception_handler(Http404)
def nothing_here(_request: HttpRequest, _error: Http404) -> HttpResponse:
    """An address without anything."""
    return problem_answer("not-found")
