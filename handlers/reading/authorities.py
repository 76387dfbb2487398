"""Authorities: supervisors that want an answer, and the ordinary letters that are of no kind of their own."""

from __future__ import annotations

import re

from .kind_words import AGREES, APPLIES, INVITES, MOTION, RESIGNS, SUPERVISES, SUPERVISOR, I
from .material import Material
from .municipalities import region_or_agency

Found = tuple[str, float, str, str]  # the kind, how sure, the sentence, where it stands


def supervised(m: Material) -> Found | None:
    """A supervising authority that wants an answer by a day: a remiss, whatever it calls itself."""
    if not by_supervisor(m) or INVITES.search(m.subject):
        return None
    for document in (m.main, *m.attached[:3]):
        if re.search(r"\bkvalitetsgranskning\b", document.head, I):
            return "kvalitetsgranskning", 0.88, document.head.split("\n")[0], document.where
        for sentence in document.sentences[:120]:
            if SUPERVISES.search(sentence) and re.search(
                r"\bsenast\b|\binom \w+ (?:dagar|veckor|månader)", sentence, I
            ):
                return "remiss", 0.9, sentence, document.where
    return None


def by_supervisor(m: Material) -> bool:
    heads = [m.main, *(d for d in m.attached[:2] if d.genre not in {"motion", "protokoll"})]
    named = f"{m.author.name or ''}\n{m.signature}\n" + "\n".join(
        line for d in heads for line in [text for text in d.lines if text][:7]
    )
    return SUPERVISOR.search(named) is not None and not MOTION.search(m.subject)


def ordinary(m: Material, text: str) -> Found | None:
    """A letter of no kind of its own, but one that nobody needs to look at: an invitation, an agreement, a circular."""
    for pattern in (INVITES, APPLIES, AGREES, RESIGNS):
        if pattern.search(m.subject):
            return "other", 0.8, m.subject, "subject"
    if re.match(r"\W*skrivelse\b", m.subject, I):
        return "other", 0.72, m.subject, "subject"
    if re.search(r"\bcirkulär\b", m.subject, I) or by_supervisor(m):
        return "other", 0.8, m.subject, "subject"
    sender = region_or_agency(m.author.name or "") or region_or_agency(m.signature)
    if sender and re.search(
        r"\b(?:information|beslut|meddelande|underrättelse|rapport\w*|enkät\w*|undersökning\w*|statsbidrag\w*|föreskrift\w*)\b",
        text[:400],
        I,
    ):
        return "other", 0.75, m.subject, "subject"
    return None
