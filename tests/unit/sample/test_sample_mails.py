"""The generator's promises: the same bytes for ever, a truth that is true, mail that parses, shares that follow."""

from __future__ import annotations

import email
import email.policy
import tracemalloc
from collections import Counter
from email.header import decode_header
from hashlib import sha256

import pytest

from meyasubako.errors import UsageError
from meyasubako.sample import Run, SampleMail, generate, parse_months

YEAR = "2008-04..2009-03"


@pytest.fixture(scope="module")
def year() -> list[SampleMail]:
    return list(generate(7, 4000, YEAR))


def test_same_seed_gives_the_same_bytes_for_ever() -> None:
    digest = sha256()
    for mail in generate(20090519, 400, "2008-10..2009-01"):
        digest.update(mail.raw)
        digest.update(repr(mail.truth).encode())
    assert digest.hexdigest() == "5fcab5ea94c00e857c9bc08fd05b42ff76a01726406a6cba88244d702708a726"


def test_another_seed_gives_other_mail() -> None:
    first = [mail.truth.sha256 for mail in generate(1, 50, YEAR)]
    second = [mail.truth.sha256 for mail in generate(2, 50, YEAR)]
    assert not set(first) & set(second)


def test_any_part_of_a_run_can_be_made_alone(year: list[SampleMail]) -> None:
    assert list(generate(7, 4000, YEAR, start=3321, stop=3333)) == year[3321:3333]


def test_truth_knows_bytes_and_order(year: list[SampleMail]) -> None:
    times = [mail.truth.received_at for mail in year]
    assert times == sorted(times)
    assert [mail.truth.number for mail in year] == list(range(len(year)))
    for mail in year:
        assert mail.truth.sha256 == sha256(mail.raw).hexdigest()
        assert mail.truth.size == len(mail.raw)
        assert mail.raw.endswith(b"\n")
        assert b"\r" not in mail.raw
    assert len({mail.truth.sha256 for mail in year}) == len(year)


def test_the_boundary_hop_names_the_origin(year: list[SampleMail]) -> None:
    for mail in year:
        head = mail.raw.partition(b"\n\n")[0].decode("latin-1")
        assert mail.truth.origin_ip in head
        assert head.count("Received:") >= 1
        assert max(map(len, head.splitlines())) < 998, "RFC 5322 section 2.1.1"


def read_parts(mail: SampleMail) -> tuple[str | None, str | None]:
    """The text/plain and text/html parts, decoded with the true charset."""
    texts: dict[str, str] = {}
    for part in email.message_from_bytes(mail.raw).walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            texts[part.get_content_subtype()] = payload.decode(mail.truth.charset)
    return texts.get("plain"), texts.get("html")


def test_every_mail_parses_and_says_what_the_truth_says(year: list[SampleMail]) -> None:
    for mail in year[::4]:
        parsed = email.message_from_bytes(mail.raw)
        assert not parsed.defects
        plain, html = read_parts(mail)
        if plain is not None:
            assert plain.split() == mail.text.split()
        else:
            assert html is not None
            for line in mail.text.split():
                assert line in html


def test_the_subject_decodes_to_the_truth(year: list[SampleMail]) -> None:
    seen = 0
    for mail in year:
        value = email.message_from_bytes(mail.raw, policy=email.policy.compat32)["Subject"]
        if not isinstance(value, str) or "=?" not in value:
            continue
        words = [word for word, _ in decode_header(value)]
        assert all(isinstance(word, bytes) for word in words)
        text = "".join(word.decode(mail.truth.charset) for word in words if isinstance(word, bytes))
        assert text == mail.truth.subject
        seen += 1
    assert seen > len(year) // 3


def test_shares_follow_the_trends(year: list[SampleMail]) -> None:
    truths = [mail.truth for mail in year if mail.truth.channel == "monitor"]

    def overseas(class_: str, months: tuple[str, ...]) -> float:
        chosen = [one.country != "JP" for one in truths if one.class_ == class_ and one.month in months]
        return sum(chosen) / len(chosen)

    first, last = ("2008-04", "2008-05", "2008-06"), ("2009-01", "2009-02", "2009-03")
    assert overseas("pc", first) + 0.08 < overseas("pc", last)
    assert overseas("mobile", first) > overseas("mobile", last) + 0.05
    assert overseas("pc", last) > 0.7
    assert overseas("mobile", last) < 0.3
    countries = Counter(one.country for one in truths)
    assert countries["CN"] > countries["BR"] > countries["KZ"]
    assert len(countries) >= 25
    japanese = [one.language == "ja" for one in truths if one.country == "CN"]
    assert sum(japanese) / len(japanese) > 0.6
    assert {one.language for one in truths} == {"ja", "en", "zh", "ko", "ru", "pt", "es"}


def test_receivers_and_kinds_are_many(year: list[SampleMail]) -> None:
    truths = [mail.truth for mail in year]
    assert len({one.receiver for one in truths}) >= 25
    assert {one.route for one in truths} == {"direct", "server", "relay", "webmail"}
    assert {one.layout for one in truths} == {"plain", "html", "alternative", "mixed", "image"}
    assert {"iso2022_jp", "cp932", "euc_jp", "utf_8"} <= {one.charset for one in truths}
    assert 0.1 < sum(one.forged for one in truths) / len(truths) < 0.4
    assert any(one.charset == "cp932" and one.charset_label == "ISO-2022-JP" for one in truths)


def test_law_facts_follow_the_day(year: list[SampleMail]) -> None:
    for mail in year:
        truth = mail.truth
        if truth.marker == "correct":
            assert truth.subject.startswith("未承諾広告※")
        if truth.month >= "2008-12":
            assert truth.marker in (None, "correct")
        if truth.channel == "monitor":
            assert truth.consent != "given", "a monitor never consented"
        if truth.labels["L5"] == "present" and truth.language == "ja":
            assert "お問い合わせ：" in mail.text
    before = [mail.truth.marker for mail in year if mail.truth.month < "2008-12" and mail.truth.marker]
    assert {"correct", "mangled", "missing"} == set(before)


def test_mutation_keeps_campaigns_together(year: list[SampleMail]) -> None:
    sizes = Counter(mail.truth.campaign for mail in year if mail.truth.campaign)
    name = sizes.most_common(1)[0][0]
    texts = [mail.text for mail in year if mail.truth.campaign == name]

    def grams(text: str) -> set[str]:
        return {text[place : place + 4] for place in range(len(text) - 3)}

    base = grams(texts[0])
    likeness = [len(base & grams(one)) / len(base | grams(one)) for one in texts[1:]]
    assert min(likeness) > 0.4
    singles = [mail.text for mail in year if mail.truth.campaign is None and mail.truth.spam]
    assert singles


def test_memory_does_not_grow_with_the_run() -> None:
    run = Run(3, 1_000_000, parse_months(YEAR))

    def peak(start: int) -> int:
        tracemalloc.reset_peak()
        for number in range(start, start + 1000):
            run.mail(number)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peaks = [peak(start) for start in (100_000, 101_000, 102_000, 103_000)]
    finally:
        tracemalloc.stop()
    assert peaks[3] < peaks[1] * 1.5
    assert peaks[3] < 20_000_000


@pytest.mark.parametrize("months", ["", "2008", "2009-03..2008-04", "2008-13", "1990-01..1990-02", "a..b"])
def test_a_span_that_makes_no_sense_is_refused(months: str) -> None:
    with pytest.raises(UsageError):
        next(iter(generate(1, 10, months)))


def test_a_run_of_no_mails_is_refused() -> None:
    with pytest.raises(UsageError):
        list(generate(1, 0, YEAR))


def test_one_mail_and_later_years_work() -> None:
    assert [mail.truth.month for mail in generate(1, 1, "2024-02")] == ["2024-02"]
    assert len(list(generate(5, 200, "2002-06..2002-08"))) == 200
