"""What an offence may cost, by the day of the act, the offence or its article, and the kind of person.

Acts stay under the law of their day (Act 68 of 2022, Art 441(1), and each amendment's own transitional articles), so
an act before 2025-06-01 is punished with 懲役 and one from then on with 拘禁刑.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from meyasubako.law.regimes import load_regime
from meyasubako.law.schema import Penalty
from meyasubako.law.types import Certainty


class Person(StrEnum):
    """Who may be punished."""

    INDIVIDUAL = "individual"
    CORPORATION = "corporation"
    EMPLOYER = "individual employer"


class Punishment(NamedTuple):
    """The most an act may cost one kind of person. ``None`` where the law has none of that kind for this person.

    ``both``: prison and fine may be given together; ``penal`` is False for a non-penal fine (過料). ``ja`` and ``en``
    say it in words, with the article and, where it is not read in the text, the caution.
    """

    offence: str
    person: Person
    article: str
    version: str
    prison_months: int | None
    prison_word: str | None
    fine: int | None
    currency: str
    both: bool
    penal: bool
    certainty: Certainty
    ja: str
    en: str


CAUTION = {
    Certainty.TEXT: ("", ""),
    Certainty.SEC: ("（二次資料による）", " (per a secondary source)"),
    Certainty.UNV: ("（未確認）", " (unverified)"),
}
PRISON_EN = {"懲役": "imprisonment with work (懲役)", "拘禁刑": "imprisonment (拘禁刑)"}


def punishments(
    day: date, *, offence: str | None = None, article: str | None = None, person: Person, regime: str = "jp"
) -> tuple[Punishment, ...]:
    """Every punishment the law of ``day`` (the day of the act) knows for the offence or article and the person.

    Empty where the law of the day had none - which may mean that it is not known here: the version says what was read.
    """
    version = load_regime(regime).on(day)
    if version is None:
        return ()
    found = (
        punishment(penalty, person, version.name)
        for penalty in version.penalties.values()
        if (offence is None or penalty.offence == offence) and (article is None or penalty.article == article)
    )
    return tuple(one for one in found if one is not None)


def punishment(penalty: Penalty, person: Person, version: str) -> Punishment | None:
    """One penalty as it meets one kind of person; None where it does not."""
    article, prison, fine = penalty.article, penalty.prison_months, penalty.fine
    if person is not Person.INDIVIDUAL:
        prison = None
        fine = penalty.corporation_fine if person is Person.CORPORATION else penalty.employer_fine
        article = penalty.corporation_article or article
    if not penalty.penal:
        fine, article = penalty.fine, penalty.article
    if prison is None and fine is None:
        return None
    ja, en = in_words(penalty, prison, fine)
    note_ja, note_en = CAUTION[penalty.certainty]
    return Punishment(
        offence=penalty.offence,
        person=person,
        article=article,
        version=version,
        prison_months=prison,
        prison_word=penalty.prison_word if prison is not None else None,
        fine=fine,
        currency=penalty.currency,
        both=penalty.both and prison is not None,
        penal=penalty.penal,
        certainty=penalty.certainty,
        ja=ja + note_ja,
        en=en + note_en,
    )


def in_words(penalty: Penalty, prison: int | None, fine: int | None) -> tuple[str, str]:
    """The punishment as a phrase in Japanese and English."""
    ja: list[str] = []
    en: list[str] = []
    if prison is not None:
        years, months = divmod(prison, 12)
        ja.append(
            f"{f'{years}年' if years else ''}{f'{months}月' if months else ''}以下の{penalty.prison_word}"
        )
        word = PRISON_EN.get(penalty.prison_word or "", "imprisonment")
        en.append(f"{word} of up to {prison} months")
    if fine is not None:
        ja.append(f"{fine:,}円以下の{'罰金' if penalty.penal else '過料'}")
        en.append(f"a {'fine' if penalty.penal else 'non-penal fine'} of up to {penalty.currency} {fine:,}")
    both_ja, both_en = ("（併科可）", ", or both") if penalty.both and len(ja) == 2 else ("", "")
    return "又は".join(ja) + both_ja, " or ".join(en) + both_en
