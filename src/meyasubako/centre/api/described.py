"""The parts of the OpenAPI description that no signature says: bodies with mails, and problems."""

from __future__ import annotations

from typing import Any

from meyasubako.centre.api.bodies import LARGEST_BODY, LARGEST_MAIL, MOST_MAILS
from meyasubako.centre.api.problems import CONTENT_TYPE, PROBLEMS
from meyasubako.centre.api.reporting import KINDS

MB = 1024 * 1024

DESCRIPTION = f"""\
Reports of spam by programs: mail-client plug-ins, carriers' abuse desks, partners.

迷惑メールの情報提供を、プログラム（メールソフトのプラグイン、電気通信事業者、関係団体）から送るためのAPIです。

- A key of the centre goes into `Authorization: Bearer`. Keys have scopes, limits an hour, and an end.
- What is answered as taken is in the database, synced. 「taken」と答えたメールは、保存を終えています。
- `Idempotency-Key`: the same key with the same content gives the same answer for a week, and nothing twice; with
  other content it is refused (422). 通信が切れたら、同じキーで再送してください。
- A request has {LARGEST_BODY // MB} MB, {MOST_MAILS} mails, and {LARGEST_MAIL // MB} MB a mail at most.
- Errors are problem details (RFC 9457).
"""

_FIELDS: dict[str, Any] = {
    "kind": {
        "type": "string",
        "enum": list(KINDS),
        "default": "unsorted",
        "description": "What is complained of. / 違反の種類。",
    },
    "language": {
        "type": "string",
        "enum": ["ja", "en"],
        "default": "ja",
        "description": "Language of the link. / リンク先の言語。",
    },
    "reporter_address": {
        "type": "string",
        "maxLength": 320,
        "pattern": "^[!-~]*$",
        "description": "The reporter's address, if it may be kept: sealed, apart from the report. / 情報提供者のアドレス（任意、暗号化して保管）。",
    },
}

MAILS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["mails"],
                    "properties": {
                        **_FIELDS,
                        "mails": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_MAILS,
                            "items": {"type": "string", "format": "binary"},
                            "description": "Each mail as a file (.eml). / メール1通ごとに1ファイル。",
                        },
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["mails"],
                    "properties": {
                        **_FIELDS,
                        "mails": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_MAILS,
                            "items": {
                                "type": "object",
                                "required": ["content"],
                                "properties": {
                                    "name": {
                                        "type": "string",
                                        "description": "Told back in the result. / 結果にそのまま返す名前。",
                                    },
                                    "content": {
                                        "type": "string",
                                        "format": "byte",
                                        "description": "The mail in base64. / base64にしたメール。",
                                    },
                                },
                            },
                        },
                    },
                }
            },
        },
    }
}


def problems(*codes: str) -> dict[int, Any]:
    """The answers of an operation that are problems, by status."""
    found: dict[int, Any] = {}
    for code in (*codes, "failed"):
        problem = PROBLEMS[code]
        said = f"`{code}`: {problem.en} / {problem.ja}"
        before = found.get(problem.status, {}).get("description")
        found[problem.status] = {
            "description": f"{before}\n\n{said}" if before else said,
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def described(*codes: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """``openapi_extra`` of an operation behind a key."""
    answers = problems("unauthorised", "scope-missing", "too-many-requests", *codes)
    return {"responses": answers, **(extra or {})}
