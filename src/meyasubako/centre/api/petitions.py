"""Petitions by carriers over the API (Act Art 8(3), about Act Art 6): to the Minister alone; no report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from meyasubako.centre.api.answers import Answer
from meyasubako.centre.api.links import link_of
from meyasubako.centre.api.problems import Refusal
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.services import viewer_of
from meyasubako.centre.reports.domain.petitions import PARTICULARS, Authority, Matter, Petitioner
from meyasubako.centre.reports.services import IncompletePetitionError, petition_receive
from meyasubako.centre.reports.types import PetitionForm


def petition_send(key: ApiKey, said: dict[str, Any], once: str, site: str, now: datetime) -> Answer:
    """Take a petition of the key's organisation. Raises Refusal where a particular is missing."""
    names = [particular.name for particular in PARTICULARS[Petitioner.CARRIER]]
    form = PetitionForm(
        petitioner=Petitioner.CARRIER,
        key=once,
        matters=(Matter.FICTITIOUS_ADDRESSES,),
        addressees=(Authority.MIC,),
        particulars={name: said.get(name, "") for name in names},
        made_by=key.organisation_id,
        reports=tuple(said["reports"]),
        language=said["language"],
    )
    try:
        receipt = petition_receive(form=form, by=viewer_of(key), now=now)
    except IncompletePetitionError as error:
        raise Refusal(
            "incomplete-petition",
            errors=[{"field": problem.name, "code": problem.code} for problem in error.problems],
        ) from error
    link = link_of(receipt, "petition-track", site=site, language=form.language)
    return Answer(
        201,
        {
            "number": receipt.number,
            "link": link,
            "received_at": receipt.received_at.isoformat().replace("+00:00", "Z"),
            "addressees": [Authority.MIC.value],
        },
    )
