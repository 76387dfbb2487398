"""Purposes: what shall be done by a day, in the words that a registrator would use."""

from __future__ import annotations

import re

from .deadline_words import CHAIN, I

_BODIES = {"ks": "kommunstyrelsen", "kf": "kommunfullmäktige", "ksau": "kommunstyrelsens arbetsutskott"}
_REPORTS = re.compile(r"återrapport|återredovis|redovis|återkom|rapporter", I)


def purpose_of(sentence: str, segment: str, kind: str, matter: str | None) -> str:
    """Say in Swedish what shall be done by the day; `segment` is the sentence up to the day.

    >>> purpose_of("Nämnden ska återrapportera till KS senast 1 maj.", "Nämnden ska återrapportera till KS senast ", "protokollsutdrag", None)
    'återrapportering till kommunstyrelsen'
    """
    chains = list(CHAIN.finditer(segment))
    chain = chains[-1] if chains else None
    low = sentence.lower()
    answered = re.search(r"\b(?:svar(?:et)?|yttrandet?)\b", low)
    if chain is not None and answered and re.search(r"\btill \S*$", segment[: chain.start("body")], I):
        chain = None
    if chain is not None and not re.search(r"tillhanda|yttrande", segment[max(0, chain.start() - 30) :], I):
        body = _BODIES.get(chain["body"].lower(), chain["body"].lower())
        if re.search(r"\b(?:innan|före|inför) \S*$", segment[: chain.start("body")], I):
            return f"behandlas före {body}"
        if _REPORTS.search(low):
            return f"återrapportering till {body}"
        return f"besvaras av {body}"
    audit = kind == "revisionsgranskning" or (matter == "revision" and kind == "remiss")
    if re.search(r"\banstånd", low):
        return "yttrande till revisorerna efter anstånd" if audit else "yttrande efter anstånd"
    if kind == "revisionsforfragan":
        return _to_the_auditors(low)
    if audit:
        return "yttrande till revisorerna"
    if re.search(r"återrapport|återredovis", low):
        return "återrapportering"
    if kind == "interpellation":
        return "svar"
    if "återkom" in low and not answered and kind != "remiss":
        return "besked"
    if "handlingsplan" in low:
        return "handlingsplan"
    if "synpunkter" in low and "yttrande" not in low:
        return "synpunkter"
    if re.search(r"komplett", low) and not answered:
        return "komplettering"
    if (
        kind == "remiss"
        and re.search(r"meddela|redovis|redogör|åtgärd", low)
        and not re.search(r"yttra|svar|remiss", low)
    ):
        return "redovisning"
    if kind == "remiss" or "yttra" in low:
        return "yttrande"
    if "svar" in low:
        return "svar"
    if re.search(r"\bbesked\b", low):
        return "besked"
    if re.search(r"\bleverans\w*|\binrapporter", low):
        return "leverans av uppgifter"
    if re.search(r"redovis|rapporter|redogör", low):
        return "redovisning"
    if "beslut" in low:
        return "beslut"
    if re.search(r"\banmäl", low):
        return "anmälan"
    return "uppdrag" if kind == "protokollsutdrag" else "svar"


def _to_the_auditors(low: str) -> str:
    if re.search(r"\b(?:svar\w*|besvara\w*|frågor\w*)\b", low) and not re.search(
        r"underlag|dokument|handlingar|material", low
    ):
        return "svar till revisorerna"
    if re.search(r"underlag|dokument|handlingar|material|uppgifter|rutiner|skicka|lägg(?:a|er)\b|ladda|filyta", low):
        return "underlag till revisorerna"
    if re.search(r"kontaktperson|namn och|kontaktuppgift|vem", low):
        return "kontaktperson till revisorerna"
    if re.search(r"faktakontroll|faktagransk|sakgransk|synpunkter", low):
        return "faktakontroll åt revisorerna"
    return "besked till revisorerna"
