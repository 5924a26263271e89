"""The words by which mail programs show a mail they forward: names of fields, lines that announce it.

Japanese and English are what Japan's people send; the neighbours' and a few more languages come at no cost.
"""

from __future__ import annotations

import re
import unicodedata

FROM, DATE, TO, CC, SUBJECT, REPLY, OTHER = "from", "date", "to", "cc", "subject", "reply-to", "other"

_WORDS = {
    FROM: "from 差出人 送信者 送信元 発信者 発信元 差出人名 von de da mittente dela expeditor expeditorul fra fran van od nadawca"
    " lahettaja felado salje saatja kimden gonderen от отправитель від відкого 发件人 寄件者 寄件人 보낸사람",
    DATE: "date sent 日付 日時 送信日時 送信日 送信済み 受信日時 受信日 送信時刻 datum gesendet envoye fecha enviado enviada data inviato"
    " dato sendt skickat verzonden dátum paivamaara paivays lahetetty wyslano odeslano odoslane tarih gonderilme elkuldve"
    " дата отправлено надіслано 发送时间 日期 寄件日期 보낸날짜 날짜",
    TO: "to 宛先 送信先 受信者 an a para pour til till aan vastaanottaja komu pre do adresat cimzett prima kime catre"
    " destinatar destinatarul кому 收件人 받는사람",
    CC: "cc c.c. 写し kopie kopi kopia kopio kopiecc copiea dw masolat masolatotkap bilgi копия копія 抄送 副本 참조",
    SUBJECT: "subject sub subj 件名 題名 表題 タイトル betreff betr objet sujet asunto assunto oggetto emne amne onderwerp aihe"
    " predmet temat targy naslov konu subiect subiectul тема 主题 主旨 제목",
    REPLY: "reply-to replyto 返信先 返信先アドレス antwortan",
    OTHER: "bcc importance priority 重要度 優先度 attachments attachment 添付ファイル 添付 return-path message-id mime-version"
    " content-type content-transfer-encoding x-mailer user-agent sender organization 組織 resent-from resent-to"
    " references in-reply-to received mailed-by signed-by security 送信元アドレス",
}
_ACCENTS = re.compile("[\u0300-\u036f]")


def _folded(word: str) -> str:
    """A word without case, accents and the signs that programs put around it."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFKC", _FOLDED.sub("", bare)).lower()


_FOLDED = re.compile(r"[\s*_'\"•・【】\[\]()]")
LABELS = {_folded(word): field for field, words in _WORDS.items() for word in words.split()}
_LONGEST = 28
_QUOTE = re.compile(r"(?:[ \t\u3000]{0,8}[>＞|])*[ \t\u3000]*")

_FORWARDED = (
    r"forwarded message|original message|forwarded mail|転送メッセージ|転送されたメッセージ|転送メール|転送|元のメッセージ|元のメール|オリジナルメッセージ"
    r"|元メール|weitergeleitete nachricht|message transféré|mensaje reenviado|转发邮件|전달된 메일|original appointment"
    r"|messaggio inoltrato|mensagem (?:reen|en)caminhada|doorgestuurd bericht|пересланное сообщение"
)
_DASHED = re.compile(
    rf"(-{{2,60}}|[ー―─=*]{{2,60}})(\s{{0,3}})({_FORWARDED})\s{{0,3}}(?:-|[ー―─=*]){{2,60}}\Z", re.IGNORECASE
)
_BEGIN = re.compile(
    r"(?:begin forwarded message|転送されたメッセージ|転送メッセージ|転送されたメール"
    r"|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|begin doorgestuurd bericht|início da mensagem (?:reen|en)caminhada)\s{0,3}[:：]?\Z",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:start of forwarded message|以下(?:、|は)?転送(?:メッセージ|メール|文)?(?:です)?|(?:以下、?)?転送(?:いた)?します)\s{0,3}[:：。]?\Z",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:_{10,}|-{10,}|─{8,}|━{8,}|={10,})\Z")
_PHONES = (
    (("docomo.ne.jp", "mopera.net"), "docomo"),
    (("ezweb.ne.jp", "au.com", "biz.ezweb.ne.jp", "ido.ne.jp", "uqmobile.jp"), "au"),
    (("softbank.ne.jp", "i.softbank.jp", "vodafone.ne.jp", "jp-t.ne.jp", "ymobile.ne.jp", "y-mobile.ne.jp",
      "disney.ne.jp", "willcom.com", "pdx.ne.jp", "emnet.ne.jp"), "softbank"),
)  # fmt: skip


def unquoted(text: str) -> tuple[str, int]:
    """The text without its quotation signs, and how many there were."""
    found = _QUOTE.match(text)
    assert found is not None  # the pattern matches the empty text
    signs = found.group()
    return text[found.end() :], signs.count(">") + signs.count("＞") + signs.count("|")


def label_of(text: str) -> tuple[str, str] | None:
    """(field, value) of a line that shows a field; None for another line. The text bears no quotation signs."""
    head = unicodedata.normalize("NFKC", text[: _LONGEST * 2])
    colon = head.find(":")
    if not 0 < colon <= _LONGEST:
        return None
    field = LABELS.get(_folded(head[:colon]))
    if field is None:
        return None
    at = min((place for place in (text.find(":"), text.find("：")) if place >= 0), default=-1)
    return field, text[at + 1 :].strip().removeprefix("*").removeprefix("*").strip()


def separator_of(text: str) -> str | None:
    """The program whose line announces a forwarded mail, "" where several write it so; None for another line."""
    line = text.strip().strip("*").strip()
    if not line or len(line) > 120:
        return None
    if found := _DASHED.match(line):
        dashes, space, words = len(found[1]), found[2], found[3]
        if words == "Forwarded message":
            return "gmail"
        if dashes == 8 and space:
            return "thunderbird"
        if dashes == 5 and words == "Forwarded Message":
            return "yahoo"
        return "outlook" if dashes == 5 and not space else ""
    if _BEGIN.match(line):
        return "apple"
    if _SAID.match(line):
        return ""
    return "rule" if _RULE.match(line) else None


def phone_of(domain: str) -> str:
    """The carrier whose phones send from this domain, "" for others."""
    for domains, carrier in _PHONES:
        if any(domain == name or domain.endswith("." + name) for name in domains):
            return carrier
    return ""
