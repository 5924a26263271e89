"""Codes of the analysis in words, Japanese and English: why an origin was chosen, what each hop was taken for, defects.

A code without words is shown as it is: a new one must not break a page.
"""

from __future__ import annotations

from meyasubako.law.words import Words

REASONS: dict[str, Words] = {
    "connection": Words(
        "センターの受信サーバーに接続してきた相手の実際のアドレスである。",
        "It is the address that connected to the centre's own receiver.",
    ),
    "boundary": Words(
        "受信側と分かっている最後のサーバーが、接続元として記録したアドレスである。それより下の記録は送信側が書いたもので、証拠にならない。",
        "It is the client that the last server known to be on the receiving side wrote down. What stands below was "
        "written by the sending side and proves nothing.",
    ),
    "boundary-unlisted": Words(
        "受信側のサーバーが接続元として記録したアドレスである。ただし、そのサーバーは信頼する事業者の一覧にない。",
        "It is the client that the receiving server wrote down; that server is not on the list of known providers.",
    ),
    "forwarder-silent": Words(
        "信頼する転送サーバーが接続元を書き残していないため、転送サーバーまでしか分からない。",
        "A trusted forwarder did not write down its client: the way can be followed to the forwarder only.",
    ),
    "foreign-writer": Words(
        "受信側の記録の途中に、受信側でないサーバーの記録がある。そこから先は信頼できない。",
        "A field by a stranger stands where one of the receiving side should be: nothing from there on can be believed.",
    ),
    "no-address": Words(
        "信頼境界の記録に接続元のIPアドレスが書かれていない。",
        "The field at the trust boundary names no IP address.",
    ),
    "chain-inside": Words(
        "受信記録はすべて受信側の内部のもので、外部からの接続が記録されていない。",
        "Every Received field is from inside the receiving side; none names a client from outside.",
    ),
    "no-received": Words("受信記録（Received）がない。", "There is no Received field."),
    "evidence-missing": Words("原本が消去されている。", "The bytes have been erased."),
}

HOP_VERDICTS: dict[str, Words] = {
    "boundary": Words("外部からの接続（信頼境界）", "client from outside: the trust boundary"),
    "forwarder": Words("信頼する転送サーバー", "trusted forwarder"),
    "inner": Words("内部アドレス", "inner address"),
    "own": Words("運用者自身のネットワーク", "the operator's own network"),
    "inner-network": Words("受信事業者の内部ネットワーク", "inner network of the receiving provider"),
    "inner-name": Words(
        "受信側のサーバー（名前が一致）", "server of the receiving side, borne out by its name"
    ),
    "retrieved": Words("メールボックスからの取得", "fetched from a mailbox"),
    "no-client": Words("接続元の記載なし", "no client named"),
    "no-address": Words("接続元のアドレスの記載なし", "client without an address"),
    "foreign-writer": Words("受信側でないサーバーの記録", "written by a stranger"),
}
UNVERIFIED = Words("送信側の申告（検証できない）", "the sending side's word, which cannot be verified")
FORGED = Words("偽造：この記録は事実でありえない", "forged: this field cannot be true")

FORGERY_VERDICTS: dict[str, Words] = {
    "forged": Words("偽装", "forged"),
    "suspect": Words("疑いあり", "suspect"),
    "genuine": Words("真正", "genuine"),
    "unknown": Words("不明", "unknown"),
}
POOLS: dict[str, Words] = {
    "yes": Words("動的アドレスから直接送信", "straight from a dynamic address"),
    "no": Words("動的アドレスからの直接送信ではない", "not straight from a dynamic address"),
    "unknown": Words("不明（逆引き名の記録なし）", "unknown: no reverse name was recorded"),
}
CHANNELS: dict[str, Words] = {
    "monitor": Words("モニター機", "Monitor"),
    "report": Words("情報提供", "Report"),
    "archive": Words("アーカイブ", "Archive"),
    "partner": Words("連携機関", "Partner"),
}
TIME_SOURCES: dict[str, Words] = {
    "clock": Words("センターの受信サーバーの時計", "the clock of the centre's receiver"),
    "receiver": Words("センターの受信サーバーの時計", "the clock of the centre's receiver"),
    "boundary": Words("信頼境界のサーバーの記録", "written by the server at the trust boundary"),
    "given": Words("取り込み時の指定", "given at ingest"),
    "date": Words("Dateヘッダー（送信側の申告）", "the Date field, the sender's word"),
    "ingest": Words("取り込んだ時刻", "the time of ingest"),
}

DEFECTS: dict[str, Words] = {
    "analysis-failed": Words("解析できなかった", "The analysis failed"),
    "analysis-too-slow": Words("解析に時間がかかりすぎた", "The analysis took too long"),
    "boundary-missing": Words("MIMEの区切りの指定がない", "No MIME boundary is named"),
    "boundary-not-met": Words("MIMEの区切りが本文にない", "The MIME boundary is not met in the body"),
    "boundary-unclosed": Words("MIMEの終わりの区切りがない", "The last MIME boundary is missing"),
    "charset-escapes-missing": Words(
        "ISO-2022-JPのエスケープが欠けている", "Escapes of ISO-2022-JP are missing"
    ),
    "charset-invalid-bytes": Words(
        "文字コードに合わないバイトがある", "Bytes that the charset does not have"
    ),
    "charset-mislabelled": Words("文字コードの表示が誤っている", "The charset is labelled wrongly"),
    "charset-missing": Words("文字コードの表示がない", "No charset is named"),
    "charset-unknown": Words("知らない文字コードの表示", "The charset named is unknown"),
    "content-type-invalid": Words("Content-Typeが壊れている", "Content-Type cannot be read"),
    "date-unreadable": Words("Dateが読めない", "Date cannot be read"),
    "evidence-missing": Words("原本がない（消去済み）", "The bytes are gone (erased)"),
    "header-envelope-line": Words(
        "ヘッダーの前に「From 」行がある", "A line “From ” stands before the header"
    ),
    "header-leading-blank-line": Words("ヘッダーの前に空行がある", "Blank lines stand before the header"),
    "header-missing": Words("ヘッダーがない", "There is no header"),
    "header-end-missing": Words("ヘッダーの終わりの空行がない", "The blank line after the header is missing"),
    "header-raw-bytes": Words("ヘッダーに符号化されない文字がある", "Raw 8-bit text in a header field"),
    "header-repeated": Words(
        "一度だけのはずのヘッダーが複数ある", "A field that may stand once stands several times"
    ),
    "header-stray-line": Words("ヘッダーにヘッダーでない行がある", "A line in the header that is no field"),
    "header-too-long": Words("ヘッダーが長すぎる", "The header is too long"),
    "header-too-many-fields": Words("ヘッダーが多すぎる", "Too many header fields"),
    "html-hidden-text": Words("HTMLに隠された文字がある", "The HTML hides words"),
    "links-too-many": Words("リンクが多すぎる", "Too many links"),
    "mail-too-large": Words("メールが大きすぎる", "The mail is too large"),
    "parts-too-deep": Words("MIMEの入れ子が深すぎる", "MIME parts are nested too deep"),
    "parts-too-many": Words("MIMEの部分が多すぎる", "Too many MIME parts"),
    "received-too-many": Words("Receivedが多すぎる", "Too many Received fields"),
    "text-too-long": Words("本文が長すぎる", "The text is too long"),
    "transfer-encoding-unknown": Words("知らない転送符号化", "The transfer encoding is unknown"),
}


def said(table: dict[str, Words], code: str | None, *, english: bool) -> str:
    """The code's words; the code itself where it has none, "" for None."""
    if code is None:
        return ""
    words = table.get(code)
    if words is None:
        return code
    return words.en if english else words.ja
