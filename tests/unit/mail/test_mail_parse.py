"""Whole mails of our own writing: tree, text, links, contacts, attachments, nested mails, caps."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from meyasubako.mail import Limits, Message, parse, read_header_block
from meyasubako.mail.contacts import addresses_in, phones_in, urls_in
from meyasubako.mail.domains import has_known_suffix, registered_domain, url_domain, url_host
from meyasubako.mail.links import shown_domain
from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_base64, decode_uuencode


def mail(body: bytes, content_type: bytes = b"text/plain", more: bytes = b"") -> bytes:
    head = b"From: =?utf-8?B?44GC?= <a@example.com>\nTo: b@example.net, C <c@example.org>\nSubject: s\n"
    return (
        head
        + b"Date: Tue, 24 Nov 2026 16:00:00 +0900\nMessage-ID: <1@example.com>\nReceived: from x (x [192.0.2.1]) by y\n"
        + b"Content-Type: " + content_type + b"\n" + more + b"\n" + body
    )  # fmt: skip


def codes(message: Message) -> list[str]:
    return [defect.code for defect in message.defects]


def test_a_plain_mail() -> None:
    message = parse(mail(b"hello\r\nhttps://www.example.com/x. 03-1234-5678 d@example.net\n"))
    assert message.from_ == ("あ", "a@example.com")
    assert [box.address for box in message.to] == ["b@example.net", "c@example.org"]
    assert (message.subject, message.message_id) == ("s", "1@example.com")
    assert message.date is not None
    assert message.date.isoformat() == "2026-11-24T07:00:00+00:00"
    assert message.text == "hello\nhttps://www.example.com/x. 03-1234-5678 d@example.net\n"
    assert message.links == (("https://www.example.com/x", "example.com", None, False),)
    assert (message.addresses, message.phones) == (("d@example.net",), ("0312345678",))
    assert message.received[0].ip == "192.0.2.1"
    assert (message.charset, message.defects) == ("us-ascii", ())


def test_the_header_alone() -> None:
    block = read_header_block(mail(b"body"))
    assert len(block.received) == 1
    assert block.date is not None
    assert mail(b"body")[block.body_start :] == b"body"


def parts(boundary: bytes, *pieces: bytes, close: bool = True) -> bytes:
    text = b"".join(b"--" + boundary + b"\n" + piece + b"\n" for piece in pieces)
    return text + (b"--" + boundary + b"--\n" if close else b"")


PLAIN = b"Content-Type: text/plain; charset=utf-8\n\nplain"
HTML = b"Content-Type: text/html; charset=utf-8\n\n<p>rich <a href='http://a.example/'>here</a>"
FILE = (
    b'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\n'
    + base64.b64encode(b"pdf" * 99)
)


def test_alternatives_and_attachments() -> None:
    inner = b"Content-Type: multipart/alternative; boundary=in\n\n" + parts(b"in", PLAIN, HTML)
    message = parse(mail(parts(b"out", inner, FILE), b"multipart/mixed; boundary=out"))
    assert [leaf.path for leaf in leaves(message.root)] == ["1.1", "1.2", "2"]
    assert (message.plain, message.text, message.html_text.strip()) == ("plain", "plain", "rich here")
    assert message.links == (("http://a.example/", "a.example", "here", False),)
    digest = hashlib.sha256(b"pdf" * 99).hexdigest()
    assert message.attachments == (("a.pdf", "application/pdf", 297, digest),)
    assert message.defects == ()
    for leaf in leaves(message.root):
        assert message.raw[leaf.start : leaf.body].endswith(b"\n\n")


def test_html_alone_is_the_text() -> None:
    message = parse(mail(b"<b>x</b>", b"text/html"))
    assert (message.text, message.plain, message.html) == ("x", "", "<b>x</b>")


@pytest.mark.parametrize(
    ("body", "content_type", "types", "code"),
    [
        (
            parts(b"x", PLAIN, HTML),
            b"multipart/alternative; boundary=y",
            ["text/plain", "text/html"],
            "boundary-not-met",
        ),
        (parts(b"x", PLAIN, HTML), b"multipart/alternative", ["text/plain", "text/html"], "boundary-missing"),
        (
            parts(b"x", PLAIN, close=False),
            b"multipart/mixed; boundary=x",
            ["text/plain"],
            "boundary-unclosed",
        ),
        (b"no parts at all", b"multipart/mixed; boundary=x", ["multipart/mixed"], "boundary-not-met"),
        (parts(b"x ", PLAIN), b'multipart/mixed; boundary="x "', ["text/plain"], "boundary-unclosed"),
        (b"--x\n" + parts(b"x", PLAIN), b"multipart/mixed; boundary=x", ["text/plain"], None),
        (b"x", b"nonsense", ["text/plain"], "content-type-invalid"),
    ],
)
def test_broken_boundaries(body: bytes, content_type: bytes, types: list[str], code: str | None) -> None:
    message = parse(mail(body, content_type))
    assert [leaf.type for leaf in leaves(message.root)] == types
    assert codes(message) == ([code] if code else [])
    if types == ["multipart/mixed"]:
        assert message.text == "no parts at all"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_multipart_under_every_line_end(end: bytes) -> None:
    raw = mail(parts(b"x", PLAIN, FILE), b"multipart/mixed; boundary=x").replace(b"\n", end)
    message = parse(raw)
    assert (message.text, len(message.attachments), message.defects) == ("plain", 1, ())


def test_nested_mail_is_kept_whole() -> None:
    inner = mail(b"inner text http://inner.example/")
    message = parse(
        mail(parts(b"x", PLAIN, b"Content-Type: message/rfc822\n\n" + inner), b"multipart/mixed; boundary=x")
    )
    assert message.nested == (inner,)
    assert message.text == "plain"
    assert message.links == ()


def test_uuencoded_file_in_text() -> None:
    body = b"see\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n"
    message = parse(mail(body))
    assert message.attachments[0] == (
        "a.txt",
        "application/octet-stream",
        3,
        hashlib.sha256(b"abc").hexdigest(),
    )
    assert message.plain == "see\n\nbye\n"


def test_mislabelled_text_is_read_and_noted() -> None:
    message = parse(mail("迷惑メールです".encode("cp932"), b"text/plain; charset=iso-2022-jp"))
    assert (message.text, message.charset) == ("迷惑メールです", "shift_jis")
    assert message.defects == (("charset-mislabelled", "part:root", "shift_jis"),)


def test_html_charset_is_taken_from_the_source() -> None:
    source = '<meta charset="euc-jp"><p>漢字</p>'.encode("euc_jp")
    assert parse(mail(source, b"text/html")).html_text.strip() == "漢字"


def test_shown_and_real_domain() -> None:
    source = (
        b'<a href="http://evil.example/x">https://www.bank.co.jp/login</a> <a href="http://w.bank.co.jp">bank.co.jp</a>'
        b'<a href="http://evil.example/x">Node.js</a> <a href="//c.example">c</a> <a href="#top">t</a>'
        b'<a href="mailto:m@example.com?subject=x">m</a><a href="tel:03-1234-5678">t</a>'
        b'<form action="http://form.example/"></form>'
    )
    message = parse(mail(source, b"text/html"))
    assert [(link.url, link.domain, link.mismatch) for link in message.links] == [
        ("http://evil.example/x", "evil.example", True),
        ("http://w.bank.co.jp", "bank.co.jp", False),
        ("http://evil.example/x", "evil.example", False),
        ("http://c.example", "c.example", False),
        ("http://form.example/", "form.example", False),
    ]
    assert (message.addresses, message.phones) == (("m@example.com",), ("0312345678",))


def test_hidden_text_is_not_visible() -> None:
    message = parse(mail(b'<p>a</p><div style="display: none">secret</div><p hidden>x</p>', b"text/html"))
    assert message.html_text.split() == ["a"]
    assert codes(message) == ["html-hidden-text"]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("詳細はhttp://example.jp/a。次", ["http://example.jp/a"]),
        ("http://example.jp/aはこちら", ["http://example.jp/a"]),
        ("http://example.jpはこちら", ["http://example.jp"]),
        (
            "(http://example.jp/a_(b)), <https://b.example/>",
            ["http://example.jp/a_(b)", "https://b.example/"],
        ),
        ("www.example.com/x", ["http://www.example.com/x"]),
        ("http://日本語.example/パス", ["http://日本語.example/"]),
        ("http://192.0.2.1:8080/x?y=z#w", ["http://192.0.2.1:8080/x?y=z#w"]),
        ("HTTP://EXAMPLE.COM/", ["HTTP://EXAMPLE.COM/"]),
        ("hxxp://example.com/", ["hxxp://example.com/"]),
        ("foo://example.com :// www. http://", []),
        ("http://a.example http://a.example", ["http://a.example"]),
    ],
)
def test_urls_in_text(text: str, urls: list[str]) -> None:
    assert urls_in(text, 100) == urls


@pytest.mark.parametrize(
    ("url", "host", "domain"),
    [
        ("http://user@evil.example@www.example.co.jp/x", "www.example.co.jp", "example.co.jp"),
        ("http://www.example.com\\@evil.example/", "www.example.com", "example.com"),
        ("http://%65xample.com/", "example.com", "example.com"),
        ("http://日本語.example/", "xn--wgv71a119e.example", "xn--wgv71a119e.example"),
        ("http://192.0.2.1/", "192.0.2.1", None),
        ("http://3221225985/", "3221225985", None),
        ("http://[2001:db8::1]/", "2001:db8::1", None),
        ("http://co.jp/", "co.jp", None),
        ("http://", None, None),
    ],
)
def test_hosts(url: str, host: str | None, domain: str | None) -> None:
    assert url_host(url) == host
    assert registered_domain(host) == domain
    assert url_domain(url) == domain


def test_suffixes_are_those_of_the_library() -> None:
    library = PublicSuffixList()
    known = PublicSuffixList(accept_unknown=False)
    rules = [
        line.split()[0] for line in Path(PSLFILE).read_text("utf-8").splitlines() if line[:1] not in {"", "/"}
    ]
    odd = [rule for rule in rules if rule[0] in "!*"]
    for rule in [*odd, *rules[::20], "unknown", "*.unknown", "", "."]:
        name = rule.removeprefix("!").replace("*", "w")
        for host in (
            name,
            f"a.{name}",
            f"b.a.{name}",
            f"b.A.{name}.",
            f"b..{name}",
            f".{name}",
            name.partition(".")[2],
        ):
            found = library.privatesuffix(host) if host else None
            assert registered_domain(host) == (found if found and "." in found else None), host
            assert has_known_suffix(host) == (known.privatesuffix(host) is not None), host


@pytest.mark.parametrize(
    "sign",
    [
        "://",
        "http://",
        "http://a",
        "www.",
        "www.a.b",
        "www.a)",
        "http://a)",
        "@",
        "a@",
        "a@b.",
        "0",
        "0-",
        "+",
        "+0-",
        "０",
        "0123456789",
    ],
)
def test_a_text_of_nothing_but_markers_takes_linear_time(sign: str) -> None:
    def seconds(size: int) -> float:
        text = sign * (size // len(sign))
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            urls_in(text, 2_000)
            addresses_in(text)
            phones_in(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(200_000) < 40 * seconds(20_000) + 0.01


def test_what_a_link_shows() -> None:
    assert shown_domain("www.bank.co.jp") == "bank.co.jp"
    assert shown_domain("go to https://a.b.example.com/x now") == "example.com"
    assert shown_domain("report.pdf") is None
    assert shown_domain("a@example.com") is None


def test_addresses_in_text() -> None:
    text = "Mail: a.b+c@example.co.jp, <x@example.com>; ｄ＠ｅｘａｍｐｌｅ．ｃｏｍ @ a@b a@.example"
    assert addresses_in(text) == ["a.b+c@example.co.jp", "x@example.com", "d@example.com"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("06-0000-9581", ["0600009581"]),
        ("060-0000-1234", ["06000001234"]),
        ("電話03-1234-5678まで", ["0312345678"]),
        ("０３－１２３４－５６７８", ["0312345678"]),
        ("(03)1234-5678", ["0312345678"]),
        ("TEL:090-1234-5678", ["09012345678"]),
        ("0120-123-456 0800-123-4567", ["0120123456", "08001234567"]),
        ("+81-3-1234-5678", ["0312345678"]),
        ("+81 (0)90-1234-5678", ["09012345678"]),
        ("09012345678", ["09012345678"]),
        ("2026-01-02-0312345678 id=0312345678 00-0000-0000 0.5", []),
        ("031234567 0312345678901", []),
    ],
)
def test_phones_in_text(text: str, numbers: list[str]) -> None:
    assert phones_in(text) == numbers


@pytest.mark.parametrize(
    ("data", "decoded", "wrong"),
    [
        (b"YWJj\nYWI=\r\n", b"abcab", ()),
        (b"YQ", b"a", ("base64-padding-wrong",)),
        (b"YQ==YQ==", b"aa", ("base64-padding-inside",)),
        (b"YQ==\n---- footer", b"a", ("base64-trailing-text",)),
        (b"YW-Jj", b"abc", ("base64-foreign-bytes",)),
        (b"YWJjY", b"abc", ("base64-truncated",)),
        (b"", b"", ()),
    ],
)
def test_base64(data: bytes, decoded: bytes, wrong: tuple[str, ...]) -> None:
    assert decode_base64(data) == (decoded, wrong)


def test_uuencode_without_its_frame() -> None:
    assert decode_uuencode(b"#86)C\n") == (b"abc", ("uuencode-begin-missing", "uuencode-end-missing"))


def test_caps() -> None:
    deep = PLAIN
    for _ in range(40):
        deep = b"Content-Type: multipart/mixed; boundary=x\n\n" + parts(b"x", deep)
    # one boundary for all levels: the outermost ends at the first close
    assert parse(mail(parts(b"x", deep), b"multipart/mixed; boundary=x")).root.children
    wide = parse(mail(parts(b"x", *[PLAIN] * 50), b"multipart/mixed; boundary=x"), Limits(parts=10))
    assert "parts-too-many" in codes(wide)
    assert len(wide.root.children) <= 10
    long = parse(mail(b"y" * 5_000), Limits(text=100))
    assert (len(long.text), codes(long)) == (100, ["text-too-long"])
    large = parse(mail(b"y" * 5_000), Limits(size=1_000))
    assert large.root.end == 1_000
    assert "mail-too-large" in codes(large)
    many = parse(mail(b"\n".join(b"http://%d.example/" % number for number in range(50))), Limits(links=10))
    assert len(many.links) == 10


def test_depth_cap() -> None:
    inner = PLAIN
    for level in range(10):
        name = b"b%d" % level
        inner = b"Content-Type: multipart/mixed; boundary=" + name + b"\n\n" + parts(name, inner)
    message = parse(inner, Limits(depth=3))
    assert "parts-too-deep" in codes(message)
