"""The text that tells the other authority of a petition (Act Art 8(2)), in Japanese and in English.

It names the petition by number, day and matters; who petitions and what they say is not in it, and is handed over
apart from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from meyasubako.centre.reports.domain.petitions import Authority, Matter


class Letter(NamedTuple):
    """One text in both languages."""

    ja: str
    en: str


AUTHORITIES = {
    Authority.MIC: Letter("総務大臣", "the Minister for Internal Affairs and Communications"),
    Authority.CAA: Letter("消費者庁長官", "the Commissioner of the Consumer Affairs Agency"),
}
MATTERS = {
    Matter.CONSENT: Letter(
        "特定電子メールの送信の制限(第3条)", "sending without consent or after refusal (Article 3)"
    ),
    Matter.LABELS: Letter("表示義務(第4条)", "labelling (Article 4)"),
    Matter.FORGED_SENDER: Letter(
        "送信者情報を偽った送信の禁止(第5条)", "forged sender information (Article 5)"
    ),
    Matter.FICTITIOUS_ADDRESSES: Letter(
        "架空電子メールアドレスによる送信の禁止(第6条)", "fictitious addresses (Article 6)"
    ),
}


def notice_letter(
    number: str, day: date, matters: Sequence[Matter], addressees: Sequence[Authority], to: Authority
) -> Letter:
    """The notice to ``to`` of the petition with this number, received on this day by ``addressees``."""
    ja = (
        f"{AUTHORITIES[to].ja} 殿\n\n"
        "申出の受理について(通知)\n\n"
        "特定電子メールの送信の適正化等に関する法律第8条第1項の規定による申出を次のとおり受けたので、"
        "同条第2項の規定により通知します。\n\n"
        f"受付番号 {number}\n"
        f"受付日 {day.year}年{day.month}月{day.day}日\n"
        f"申出先 {'、'.join(AUTHORITIES[one].ja for one in addressees)}\n"
        f"申出に係る事項 {'、'.join(MATTERS[one].ja for one in matters)}\n"
    )
    en = (
        f"To {AUTHORITIES[to].en}\n\n"
        "Notice that a petition was received\n\n"
        "A petition under Article 8, paragraph 1 of the Act on Regulation of Transmission of Specified Electronic "
        "Mail was received as follows. This notice is given under paragraph 2 of that article.\n\n"
        f"Receipt number: {number}\n"
        f"Received on: {day.isoformat()}\n"
        f"Addressed to: {', '.join(AUTHORITIES[one].en for one in addressees)}\n"
        f"About: {', '.join(MATTERS[one].en for one in matters)}\n"
    )
    return Letter(ja, en)
