"""The same request twice has one answer: requests with an ``Idempotency-Key`` and what was said to them.

What a request holds is noted before anything is done and its answer after; in between a crash may come. The work itself
is once by its own key (a report by its submission), so that a request without an answer is simply done again. A key
with another body is refused. Answers go after a week.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from meyasubako.centre.api.models import KeptAnswer
from meyasubako.centre.api.problems import Refusal
from meyasubako.centre.keys.models import ApiKey

KEPT = timedelta(days=7)
SHAPE = re.compile(r"[\x21-\x7e]{1,200}\Z")


class Answer(NamedTuple):
    """What is said: a status and a JSON object. ``again`` says that it had been said before."""

    status: int
    body: dict[str, Any]
    again: bool = False


def answer_once(
    *,
    key: ApiKey,
    operation: str,
    idempotency_key: str | None,
    digest: str,
    now: datetime,
    work: Callable[[str], Answer],
) -> Answer:
    """What ``work`` answers, or answered before. It is given the key under which it is to do things once.

    Raises Refusal for a key of another form, or one that was used with another body.
    """
    if idempotency_key is None:
        return work(f"api:{key.pk}:{secrets.token_hex(16)}")
    if not SHAPE.match(idempotency_key):
        raise Refusal("invalid", "An Idempotency-Key has 1 to 200 visible signs of ASCII.")
    named = hashlib.sha256(f"{operation} {idempotency_key}".encode()).hexdigest()
    kept = _noted(key, operation, named, digest, now)
    if kept.body_digest != digest:
        raise Refusal("idempotency-mismatch")
    if kept.status is not None:
        return Answer(kept.status, json.loads(kept.answer or "{}"), again=True)
    try:
        answer = work(f"api:{key.pk}:{named[:48]}")
    except Refusal:  # nothing was done: the key is free for the same request, mended
        KeptAnswer.objects.filter(pk=kept.pk, status__isnull=True).delete()
        raise
    KeptAnswer.objects.filter(pk=kept.pk, status__isnull=True).update(
        status=answer.status, answer=json.dumps(answer.body, ensure_ascii=False)
    )
    return answer


def answers_forget(*, now: datetime) -> int:
    """Drop answers that nobody may ask for any more; how many."""
    dropped, _each = KeptAnswer.objects.filter(made_at__lt=now - KEPT).delete()
    return dropped


def _noted(key: ApiKey, operation: str, named: str, digest: str, now: datetime) -> KeptAnswer:
    wanted = {"key": key, "operation": operation, "idempotency_key": named}
    found = KeptAnswer.objects.filter(**wanted).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                organisation_id=key.organisation_id, body_digest=digest, made_at=now, **wanted
            )
    except IntegrityError:  # the same request at the same time
        return KeptAnswer.objects.get(**wanted)
