"""Language by script and common words: each of the languages, mixtures, and texts too short to tell."""

from __future__ import annotations

import math
import re
import time
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.language import LONGEST, language_of, script_counts
from meyasubako.mail.trigrams import LANGUAGES, RARE, said_by_trigrams

TEXTS = [
    ("ja", "無料登録はこちらから。お得な情報をお届けします。"),
    ("ja", "重要なお知らせ"),
    ("ja", "ｶﾞﾝﾊﾞﾚ ﾆｯﾎﾟﾝ"),
    ("ja", "株式会社"),
    ("ja", "【Special Sale】本日限りの特別価格でご案内いたします http://shop.example/en/long/english/path"),
    ("zh", "限时优惠，您的账户即将过期，请点击这里。"),
    ("zh", "恭喜您獲得優惠，請點擊下面的連結。"),
    ("ko", "안녕하세요. 특별한 혜택을 안내해 드립니다."),
    ("ru", "Уважаемый клиент, вы можете бесплатно получить подарок."),
    ("uk", "Шановний клієнте, ваш подарунок чекає на вас."),
    ("en", "Dear friend, please click here to get your free offer."),
    ("de", "Sehr geehrter Kunde, bitte klicken Sie hier, um Ihr Konto zu bestätigen."),
    ("fr", "Votre compte est suspendu, cliquez ici pour le réactiver."),
    ("es", "Su cuenta ha sido suspendida, haga clic aquí para más información."),
    ("pt", "Sua conta foi suspensa, clique aqui para não perder o acesso."),
    ("it", "Il tuo conto è stato sospeso, clicca qui per riattivarlo."),
    ("th", "คลิกที่นี่เพื่อรับของรางวัล"),
    ("vi", "Tài khoản của bạn đã bị khóa, nhấp vào đây để mở lại."),
]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_language(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "12345 !!!", "http://example.com/only/a/link", "x@example.com"])
def test_too_little_evidence_is_no_language(text: str) -> None:
    assert language_of(text) is None


def test_a_link_or_an_address_is_no_word_of_the_text() -> None:
    assert language_of("http://www.example.com/the/and/of/you with@the.example こんにちは") == "ja"


def test_scripts_are_counted_by_letter() -> None:
    assert script_counts("abcかなカナ漢字") == {"latin": 3, "kana": 4, "han": 2}


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    found = language_of(text)
    assert found is None or len(found) == 2


PIECES = (
    "www.",
    "http://",
    "https://",
    "@",
    "h",
    "w",
    "a.example",
    "the",
    "und",
    "на",
    "です",
    "İ",
    " ",
    "\u3000",
    "“",
)


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_text_says_what_it_says_without_its_links_and_hosts(text: str) -> None:
    without = re.sub(r"(?:https?://|www\.)[!-~]+", " ", text)
    assert language_of(text) == language_of(re.sub(r"@[!-~]+", " ", without))


def test_letters_that_stand_apart_are_one_word() -> None:
    assert language_of("d i e b e s t e l l u n g") == "de"


def test_of_scripts_that_weigh_the_same_the_first_is_taken() -> None:
    assert language_of("かな 한글") == "ja"


def test_every_trigram_says_what_was_counted() -> None:
    lines = (files("meyasubako.mail") / "trigrams.tsv").read_text("utf-8").splitlines()
    listed = {line.partition("\t")[0]: line.partition("\t")[2].split(" ") for line in lines if "\t" in line}
    assert tuple(listed) == LANGUAGES
    for number, counted in enumerate(listed.values()):
        for trigram, _, count in (one.rpartition(":") for one in counted):
            # The trigram between letters that no trigram has, or at the edge of a word.
            word = "\0\0" * (trigram[0] != "_") + trigram.strip("_") + "\0\0" * (trigram[-1] != "_")
            said = said_by_trigrams([word], 0, len(LANGUAGES))[number]
            assert said == pytest.approx(max(0.0, math.log(float(count) / RARE)), abs=1e-5)


@pytest.mark.parametrize(
    "unit", ["@", "www.", "http://", "h", "w ", "@www.", "İ", "ъ", "a b ", "的", "\u3000", "é\u0301"]
)
def test_no_text_takes_long(unit: str) -> None:
    before = time.process_time()
    for _ in range(50):
        language_of(unit * LONGEST)
    assert time.process_time() - before < 0.5


CORPUS = Path(__file__).parents[2] / "corpus/language"


def labelled() -> list[tuple[str | None, str, str]]:
    """(language or None, kind, text) of the labelled set; ``\\n`` in a text is a line end."""
    found: list[tuple[str | None, str, str]] = []
    for path in sorted(CORPUS.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            kind, _, text = line.partition("\t")
            found.append((None if path.stem == "none" else path.stem, kind, text.replace("\\n", "\n")))
    return found


def test_of_the_labelled_set_ninety_nine_in_a_hundred_are_right() -> None:
    texts = labelled()
    assert len(texts) >= 500
    assert len({language for language, _, _ in texts}) >= 12
    wrong = [
        (language, language_of(text), text) for language, _, text in texts if language_of(text) != language
    ]
    assert len(wrong) <= 0.01 * len(texts), wrong


@pytest.mark.parametrize("kind", ["subject", "sentence", "mixed", "mail", "broken", "kanji", "kana", "empty"])
def test_no_text_is_wrongly_called_japanese_or_not(kind: str) -> None:
    texts = [(language, text) for language, one, text in labelled() if one == kind]
    assert texts
    assert [text for language, text in texts if (language == "ja") != (language_of(text) == "ja")] == []
