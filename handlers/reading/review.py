"""Review: the few reasons why a person must look before a letter is registered, and what is only a warning."""

from __future__ import annotations

import re

from .material import Material
from .reading import Reading

UNSURE_KIND = "Osäkert vad brevet är"
TWO_DAYS = "Brevet nämner två dagar"
UNSURE_DAY = "Osäker svarsdag"
PASSED_OVER = "Brevet nämner en dag som kanske är en svarsdag"
# A header or a subject says that no person wrote it, and what it says does not: never put aside unseen.
PERHAPS_A_MACHINE = "Ser ut att vara skickat av en maskin, men kan vara ett brev"
# Questions about days: they are asked of a letter that is registered already.
ABOUT_DAYS = frozenset({TWO_DAYS, UNSURE_DAY, PASSED_OVER})
_SURE_ENOUGH = 0.72


def reasons(
    reading: Reading,
    material: Material,
    certainty: float,
    *,
    doubtful: bool,
    machine: bool = False,
    passed_over: str = "",
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the reasons to look before registering, and the warnings; Swedish, for a registrator.

    A missing svarsdag (FL 26 §) is a warning: the letter is to be registered at once all the same (OSL 5 kap. 1 §).
    """
    review: list[str] = []
    warnings: list[str] = []
    if reading.secret:
        return (("Osäkert om brevet rör en enskild",) if doubtful else ()), ()
    if machine:
        review.append(PERHAPS_A_MACHINE)
    elif certainty < _SURE_ENOUGH:
        review.append(UNSURE_KIND)
    if reading.kind == "skrap":
        review.append(UNSURE_KIND)
    unread = [
        a
        for a in reading.attachments
        if a.characters < 20
        and not a.media_type.startswith(
            (
                "image/",
                "text/calendar",
                "application/pgp",
                "application/pkcs7-signature",
                "application/x-pkcs7-signature",
            )
        )
    ]
    if unread:
        words = len(material.main.text.split())
        if words < 60 and not reading.deadlines and not reading.demands:
            review.append("Kunde inte tolkas: bilagan saknar läsbar text")
        else:
            warnings.append(f"Bilagan {unread[0].name} kunde inte läsas.")
    if len(reading.matters) > 1:
        review.append("Två ärenden i samma brev" if len(reading.matters) == 2 else "Flera ärenden i samma brev")
    elif _rivals(reading):
        review.append(TWO_DAYS)
    if passed_over and not review:
        review.append(PASSED_OVER)
    if reading.kind == "remiss" and not any(d.date for d in reading.deadlines):
        warnings.append("Svarsdag saknas i remissen (förvaltningslagen 26 §)")
    if any(f.field == "deadlines" and f.value and f.certainty < 0.62 for f in reading.findings):
        review.append(UNSURE_DAY)
    return tuple(dict.fromkeys(review)), tuple(warnings)


def _rivals(reading: Reading) -> bool:
    """Two different days for the same thing, and nothing that tells which counts."""
    days = [d for d in reading.deadlines if d.date]
    if len(days) < 2:
        return False
    purposes = [re.sub(r"\s*\(.*", "", d.purpose) for d in days]
    return len(set(purposes)) < len(purposes)
