"""The words for why a report is held and what was lost on its way, in both languages.

Codes are stable: they stand in the holding pen, in figures and in the audit trail.
"""

from __future__ import annotations

from typing import NamedTuple


class Wording(NamedTuple):
    """One sentence in Japanese and in English."""

    ja: str
    en: str


REASONS: dict[str, Wording] = {
    "not-a-mail": Wording("メールではないファイル", "A file that is no mail"),
    "empty": Wording("本文も添付もない", "Neither a text nor a file is in it"),
    "no-mail-inside": Wording("転送された迷惑メールが見つからない", "No forwarded mail was found in it"),
    "forward-without-header": Wording(
        "転送された本文に送信者も件名もない", "Forwarded text without the sender and the subject"
    ),
    "archive-attached": Wording(
        "圧縮ファイル(ZIP等)は開かない", "An archive (ZIP or the like) is attached; archives are not opened"
    ),
    "file-attached": Wording(
        "メール以外のファイルだけが添付されている", "Only files that are no mail are attached"
    ),
    "msg-unreadable": Wording("Outlookの.msgが読めない", "An Outlook .msg that cannot be read"),
    "xarf-without-mail": Wording(
        "X-ARFの報告だがメールが入っていない", "An X-ARF report without a mail in it"
    ),
    "xarf-unreadable": Wording("X-ARFの記述が読めない", "An X-ARF report whose data cannot be read"),
    "xarf-not-mail": Wording(
        "X-ARFの報告だがメールのことではない", "An X-ARF report about something other than mail"
    ),
    "arf-not-spam": Wording("迷惑メールではないという報告", "A report that a mail was not spam"),
    "arf-without-mail": Wording("ARFの報告だがメールが入っていない", "An ARF report without a mail in it"),
    "feed-shadowserver": Wording(
        "Shadowserverの観測データ(メールの報告ではない)", "A Shadowserver feed: observations, no mail"
    ),
    "feed-abuse": Wording(
        "不正アクセス等の通報(メールの報告ではない)", "A notice of network abuse that is not about mail"
    ),
    "copyright-notice": Wording("著作権侵害の通知", "A notice about copyright"),
    "dmarc-aggregate": Wording("DMARC集計レポート", "A DMARC aggregate report"),
    "tls-report": Wording("SMTP TLSレポート", "An SMTP TLS report"),
    "bounce": Wording("不達通知", "A notice that a mail could not be delivered"),
    "answer": Wording(
        "返信メール(引用されたメールが通報の対象とは限らない)",
        "An answer to a mail: what it quotes need not be what is reported",
    ),
    "automatic-answer": Wording("自動応答", "An automatic answer"),
    "list-notice": Wording("メーリングリストからの通知", "A notice of a mailing list's program"),
    "provider-notice": Wording("配信事業者の配信結果データ", "A sending service's data about a delivery"),
    "receipt-notice": Wording("開封・配送の確認通知", "A notice that a mail was read or delivered"),
    "encrypted": Wording("暗号化されていて開けない", "It is encrypted and cannot be opened"),
    "partial-message": Wording("分割されたメールの一部", "One piece of a mail sent in pieces"),
    "too-deep": Wording("入れ子が深すぎる", "Reports in reports deeper than the cap"),
    "too-large": Wording("大きすぎる", "Larger than the cap"),
}
"""Why nothing could be filed without a person."""

LOST: dict[str, Wording] = {
    "trace": Wording(
        "Received等の配送経路がない(送信元IPは分からない)", "No trace fields: the origin is unknown"
    ),
    "header-fields": Wording(
        "元のヘッダーの一部しかない", "Only the fields that the forwarding program shows are there"
    ),
    "body": Wording("本文がない", "The body is not there"),
    "mime-structure": Wording(
        "MIMEの元の構造がない(DKIM署名は検証できない)",
        "The MIME parts as they were sent are not there: DKIM cannot be verified",
    ),
    "html": Wording("HTMLの元の形がない", "The HTML source is not the sender's"),
    "plain-text": Wording("テキスト版がない", "The plain text version is not there"),
    "attachments": Wording("添付ファイルがない", "Attached files are not there"),
    "from-address": Wording("送信者の表示名だけでアドレスがない", "The sender's name without the address"),
    "recipients": Wording("宛先がない", "The recipients are not there"),
    "addresses-shortened": Wording("宛先の一部は表示名だけ", "Some recipients are names without addresses"),
    "date": Wording("日時がない", "The date is not there"),
    "date-zone": Wording(
        "日時に時間帯がない(日本時間とみなした)", "The date has no zone: Japan's was assumed"
    ),
    "date-seconds": Wording("日時に秒がない", "The date has no seconds"),
    "subject": Wording("件名がない", "The subject is not there"),
    "redacted": Wording("アドレス等が伏せられている", "Addresses were masked by the reporter's system"),
    "evidence-altered": Wording(
        "添付のハッシュ値が報告と合わない", "The hash in the report is not that of the mail"
    ),
    "truncated": Wording("途中で切れている", "It was cut short"),
    "mails-beyond-cap": Wording("上限を超えたメールは読んでいない", "Mails beyond the cap were left out"),
    "size-beyond-cap": Wording(
        "上限を超えた大きさのため読んでいない", "A mail larger than the cap was left out"
    ),
    "charset": Wording("読めない文字がある", "Some characters could not be read"),
}
"""What the way of wrapping threw away."""
