"""What the API says and is told, for its description in OpenAPI."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

HALF = re.compile("[\ud800-\udfff]")
ItemStatus = Literal["taken", "again", "refused"]


def keepable(said: str) -> str:
    """The text, unless no database would keep it: half a character, or a NUL."""
    if "\0" in said or HALF.search(said):
        raise ValueError("holds what is no character, or a NUL")
    return said


Text = Annotated[str, AfterValidator(keepable)]
"""A text that is kept."""


class Problem(Schema):
    """Problem details (RFC 9457). / 問題の詳細。"""

    type: str = Field(description="Address of what is said about this kind of problem.")
    title: str = Field(description="What is wrong, in English.")
    title_ja: str = Field(description="何が問題か（日本語）。")
    status: int
    code: str = Field(description="A code for programs. / プログラム用の符号。")
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None


class ItemResult(Schema):
    """What became of one mail of a request. / メール1通ごとの結果。"""

    index: int = Field(description="Its place in the request, from 0. / リクエスト内の位置（0から）。")
    name: str = Field(description="The name its sender gave it. / 送信側が付けた名前。")
    status: ItemStatus = Field(
        description="taken; again: the same bytes stand before it in the request; refused. / 受付・重複・不受理。"
    )
    code: str | None = Field(None, description="Why it was refused. / 不受理の理由の符号。")
    title: str | None = Field(None, description="Why, in English.")
    title_ja: str | None = Field(None, description="不受理の理由。")
    size: int
    sha256: str | None = None
    number: str | None = Field(None, description="Receipt number of its report. / 受付番号。")
    link: str | None = Field(
        None, description="Secret link to what becomes of the report. / その後を見るための秘密のリンク。"
    )


class ReportAnswer(Schema):
    """The receipt of one report. / 情報提供の受付。"""

    number: str = Field(description="Receipt number. / 受付番号。")
    link: str | None = Field(None, description="Secret link to what becomes of it. / 秘密のリンク。")
    received_at: datetime
    taken: int
    again: int
    refused: int
    mails: list[ItemResult]


class BatchAnswer(Schema):
    """Receipts of many reports. / 複数の情報提供の受付。"""

    taken: int
    again: int
    refused: int
    mails: list[ItemResult]


class Step(Schema):
    """One change of a report's state. / 状態の変化。"""

    at: datetime
    action: str
    state: str
    reason: str


class OutcomeTold(Schema):
    """What became of it: joined, used or acted. / 結果。"""

    at: datetime
    outcome: str
    reference: str


class ReportStatus(Schema):
    """Where a report is. / 情報提供の状況。"""

    number: str
    kind: str
    state: str
    received_at: datetime
    mails: int
    delivered: int = Field(description="Mails that lie in evidence. / 証拠として保管済みの通数。")
    steps: list[Step]
    outcomes: list[OutcomeTold]


class PetitionRequest(Schema):
    """A carrier's petition about mail to fictitious addresses (Act Art 8(3)). / 電気通信事業者による申出。"""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(description="Petitioner's name. / 氏名又は名称。", max_length=200)
    representative: Text = Field("", description="Representative. / 代表者。", max_length=200)
    address: Text = Field(description="Postal address. / 住所。", max_length=500)
    contact: Text = Field(description="How to reach the petitioner. / 連絡先。", max_length=300)
    sender_facts: Text = Field(
        description="What is known of the sender. / 送信者に関する事項。", max_length=20_000
    )
    fictitious_sending: Text = Field(
        description="How mail was sent to fictitious addresses. / 架空電子メールアドレスへの送信の状況。",
        max_length=20_000,
    )
    reasons: Text = Field(description="Reasons. / 理由。", max_length=20_000)
    other: Text = Field("", description="Other matters. / その他参考となる事項。", max_length=20_000)
    reports: list[Text] = Field(
        default_factory=list, description="Receipt numbers it refers to. / 関係する受付番号。", max_length=100
    )
    language: Literal["ja", "en"] = "ja"


class PetitionAnswer(Schema):
    """The receipt of a petition. / 申出の受付。"""

    number: str
    link: str | None = None
    received_at: datetime
    addressees: list[str]
