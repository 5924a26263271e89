"""One mail of a campaign: its words changed a little, laid out as text, HTML or both, with or without a file.

MIME as RFC 2045 and RFC 2046 ask. Gives back the text a reader sees, which is what a parser must find.
"""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.sample.campaigns import Campaign
from meyasubako.sample.charsets import LABEL_OF, encode_text, transfer_text
from meyasubako.sample.draws import ALPHANUMERIC, Draws
from meyasubako.sample.wording import RECIPIENT

STYLE = (
    "body{font-family:'MS PGothic',Arial,sans-serif;font-size:13px;color:#333333;background:#ffffff;margin:0}\n"
    "table.frame{width:600px;border:1px solid #cccccc;border-collapse:collapse}\n"
    "td.head{background:#224466;color:#ffffff;padding:8px 12px;font-size:16px;font-weight:bold}\n"
    "td.main{padding:12px 16px;line-height:1.6}\ntd.foot{padding:8px 16px;font-size:11px;color:#666666}\n"
    "a{color:#0044cc;text-decoration:underline}\n"
)


PARAGRAPH = (
    '<p class="MsoNormal" style="margin-top:0cm;margin-bottom:9.0pt;line-height:160%%">'
    '<font size="2" color="#333333" face="MS PGothic"><span style="font-size:10.0pt">%s</span></font></p>\n'
)
GOODS = (
    '<table width="560" border="0" cellspacing="0" cellpadding="4" style="border-bottom:1px dotted #cccccc">\n'
    '<tr><td width="120" valign="top" bgcolor="#f4f4f4"><a href="%s" target="_blank">'
    '<img src="spacer.gif" width="100" height="60" border="0" alt=""></a></td>\n'
    '<td valign="top"><font size="2" color="#333333" face="MS PGothic">%s</font></td></tr>\n</table>\n'
)
FOOT = '<tr><td class="foot">%s</td></tr>\n'
HIDDEN_FOOT = '<tr><td style="font-size:1px;color:#ffffff;background:#ffffff">%s</td></tr>\n'


class Written(NamedTuple):
    """A mail's words: subject, the lines of its text in paragraphs (goods apart), its link."""

    subject: str
    paragraphs: list[str]
    url: str


class Body(NamedTuple):
    """Content fields (bytes, each with its line end), body bytes, and the text a reader sees."""

    fields: bytes
    data: bytes
    text: str


def link_url(campaign: Campaign, draws: Draws) -> str:
    """The mail's own link to one of the campaign's domains."""
    domain = draws.pick(campaign.links)
    if campaign.group.lawful:
        return f"http://www.{domain}/{draws.word(5)}/"
    kind = draws.below(3)
    if kind == 0:
        return f"http://www.{domain}/?{draws.word(8, ALPHANUMERIC)}"
    if kind == 1:
        return f"http://{draws.word(4)}.{domain}/{draws.word(3)}/{draws.word(5)}.html"
    return f"http://{domain}/{draws.word(2)}.php?id={draws.hex(8)}"


def write_words(campaign: Campaign, recipient: str, draws: Draws) -> Written:
    """The campaign's words with at most its rate of characters changed, and the mail's own link and tokens."""
    length = sum(sum(map(len, one.parts)) for one in campaign.paragraphs) if campaign.rate else 0
    budget = campaign.rate * length
    paragraphs: list[str] = []
    for one in campaign.paragraphs:
        text, budget = one.mutated(budget, draws)
        paragraphs.append(text.replace(RECIPIENT, recipient))
    subject = campaign.subject.mutated(8.0 if campaign.rate else 0.0, draws)[0].replace(RECIPIENT, recipient)
    if campaign.shuffles:
        paragraphs[1:-1] = draws.shuffled(paragraphs[1:-1])
    if campaign.tokens:
        subject = f"{subject} [{draws.hex(6)}]"
        paragraphs.append(draws.word(draws.between(6, 14)))
    return Written(campaign.block.subject_prefix + subject, paragraphs, link_url(campaign, draws))


def visible_text(campaign: Campaign, words: Written) -> str:
    """The text as a reader sees it, paragraphs parted by an empty line."""
    pieces = list(words.paragraphs)
    if campaign.details:
        pieces.insert(-1, "\n".join(campaign.details))
    if campaign.category != "personal":
        pieces.insert(len(pieces) - 1, words.url)
    if campaign.block.before:
        pieces.insert(0, "\n".join(campaign.block.before))
    if campaign.block.after:
        pieces.append("\n".join(campaign.block.after))
    return "\n\n".join(pieces) + "\n"


def html_page(
    campaign: Campaign, words: Written, charset: str | None, picture: str | None
) -> tuple[str, str]:
    """An HTML page of the words, and the text it shows."""
    block = campaign.block
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">\n' if charset else ""
    shown = words.url if campaign.group.lawful else f"http://www.{campaign.links[0]}/"
    rows = [PARAGRAPH % one.replace("\n", "<br>\n") for one in words.paragraphs]
    rows += [GOODS % (words.url, one) for one in campaign.details]
    rows.append(f'<p><a href="{words.url}">{shown}</a></p>')
    if picture:
        rows.append(f'<p><img src="cid:{picture}" width="320" height="240" alt=""></p>')
    before = "<br>\n".join(block.before)
    after = "<br>\n".join(block.after)
    page = (
        f"<html>\n<head>\n{meta}<style type=\"text/css\">\n{STYLE}</style>\n</head>\n<body>\n"
        f'<table class="frame" cellpadding="0" cellspacing="0" align="center">\n<tr><td class="head">{campaign.company}</td></tr>\n'
        + (f'<tr><td class="main">{before}</td></tr>\n' if before else "")
        + f'<tr><td class="main">{"".join(rows)}</td></tr>\n'
        + ((HIDDEN_FOOT if campaign.hidden else FOOT) % after if after else "")
        + "</table>\n</body>\n</html>\n"
    )  # fmt: skip
    pieces = [campaign.company, *block.before, *words.paragraphs, *campaign.details, shown, *block.after]
    return page, "\n\n".join(pieces) + "\n"


def text_part(kind: str, text: str, campaign: Campaign) -> tuple[bytes, bytes]:
    """Content fields and body of one text part in the campaign's charset."""
    charset = campaign.charset
    label = f"; charset={charset.label}" if charset.label else ""
    fields = f"Content-Type: text/{kind}{label}\nContent-Transfer-Encoding: {charset.transfer}\n"
    return fields.encode("ascii"), transfer_text(encode_text(text, charset.codec), charset.transfer)


def join_parts(kind: str, parts: list[tuple[bytes, bytes]], draws: Draws) -> tuple[bytes, bytes]:
    """Content fields and body of a multipart (RFC 2046 section 5.1)."""
    boundary = f"----=_NextPart_000_{draws.hex(4).upper()}_{draws.hex(8).upper()}.{draws.hex(8).upper()}"
    line = b"--" + boundary.encode("ascii")
    body = b"".join(line + b"\n" + fields + b"\n" + data + b"\n" for fields, data in parts)
    fields = f'Content-Type: multipart/{kind};\n\tboundary="{boundary}"\n'.encode("ascii")
    return fields, b"This is a multi-part message in MIME format.\n\n" + body + line + b"--\n"


def file_part(campaign: Campaign, content_id: str | None) -> tuple[bytes, bytes]:
    """Content fields and body of the campaign's file; in place where it has a Content-ID."""
    file = campaign.file
    assert file is not None
    fields = f'Content-Type: {file.type}; name="{file.name}"\nContent-Transfer-Encoding: base64\n'
    if content_id:
        fields += f"Content-ID: <{content_id}>\n"
    else:
        fields += f'Content-Disposition: attachment; filename="{file.name}"\n'
    return fields.encode("ascii"), file.lines


def write_body(campaign: Campaign, words: Written, draws: Draws) -> Body:
    """The mail's content in the campaign's layout."""
    text = visible_text(campaign, words)
    layout = campaign.layout
    if layout == "plain":
        return Body(*text_part("plain", text, campaign), text)
    label = campaign.charset.label or LABEL_OF[campaign.charset.codec]
    if layout == "mixed":
        return Body(
            *join_parts("mixed", [text_part("plain", text, campaign), file_part(campaign, None)], draws), text
        )
    picture = f"{draws.hex(8)}@{campaign.domain}" if layout == "image" else None
    page, shown = html_page(campaign, words, label, picture)
    html = text_part("html", page, campaign)
    if layout == "html":
        return Body(*html, shown)
    if picture:
        return Body(*join_parts("related", [html, file_part(campaign, picture)], draws), shown)
    return Body(*join_parts("alternative", [text_part("plain", text, campaign), html], draws), text)
