"""What no person wrote: auto-replies, bounces, newsletters and advertising, by what stands in them.

Anybody can write a header or a subject, and programs write them over people's letters too. Such a sign puts a letter aside
only where its own words bear it out; else a person looks at it. What is put aside is not registered, and only what is
obviously of little importance may be left so (OSL 2009:400 5 kap. 1 §; JK 7013-16-22).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .grouped import one_of
from .kind_words import AWAY, JUNK, PRESS, REFERS_SUBJECT
from .material import Material
from .municipalities import region_or_agency
from .sentences import around

I = re.I  # noqa: E741 - the tables below are read more easily so

# What an auto-reply says of itself, besides who is away.
_ANSWERED = one_of(
    r"\b(?:automatiskt (?:svar|meddelande|genererat)|autosvar|frånvaromeddelande|tack för (?:ditt|ert) (?:mejl|mail|meddelande|brev|e-post\w*)|(?:ditt|ert) (?:mejl|mail|meddelande|brev|e-post\w*|ärende) (?:har (?:kommit|tagits|mottagits|registrerats|skickats)|är mottaget|vidarebefordras inte)|vi har (?:tagit emot|mottagit) (?:ditt|ert)|(?:kontoret|expeditionen|förvaltningen|kansliet|registraturet|receptionen|mottagningen|vi) (?:är|har|håller) (?:semester)?stäng\w*|går inte att besvara|kan inte besvaras|är (?:ledig|frånvarande|sjukskriven|på semester|på tjänsteresa|tjänstledig|föräldraledig)|slutat (?:min anställning|på|i)|out of (?:the )?office|on (?:annual |parental )?leave|on vacation|automatic (?:reply|response)|limited access to)\b",
)
# What a mail server says of a mail that did not arrive.
_RETURNED = one_of(
    r"\b(?:delivery (?:has failed|failed|to the following|status notification)|could not be delivered|couldn't be (?:delivered|found)|undeliver\w+|not delivered|returned to sender|mailbox (?:is )?full|user unknown|recipient(?: address)? (?:rejected|not found)|permanent(?:ly)? (?:error|failure|fatal)|kunde inte levereras|kan inte levereras|inte kunnat levereras|gick inte att leverera|leveransen misslyckades|mottagaren finns inte)\b|\b[45]\.\d{1,3}\.\d{1,3}\b",
)
# What is sent to many says so.
_TO_MANY = one_of(
    r"\b(?:anmäl (?:dig|er)|sista anmälningsdag|anmälan (?:senast|är bindande)|kostnadsfri\w*|webbinari\w*|inbjudan|heldag\w*|visa i (?:din )?webbläsare\w*|avsluta|avanmäl\w*|du får (?:detta|det här)|vill du inte (?:ha|få) fler|svara stopp?|i det här numret|i detta nummer|läs mer|boka (?:din )?plats|medlemsblad\w*|nyhetsblad\w*)\b",
)
# What a person does by writing: an auto-reply and a newsletter tell of such things, they do not do them.
_DOES = one_of(
    r"\b(?:(?:jag|vi|undertecknad\w*|härmed) (?:härmed |också |även )?(?:begär|orosanmäler|överklagar|anmäler|yrkar|ansöker|klagar|bestrider|hemställer|motsätter|tillstyrker|avstyrker|anhåller|uppmanar|kräver)|(?:jag|vi) (?:vill|önskar|skulle vilja) (?:härmed )?(?:begära|överklaga|anmäla|yrka|ansöka|klaga|få ut|ta del av|göra en \w*anmälan|lämna in|framföra)|(?:bifogar|översänder|överlämnar) (?:vi |jag )?(?:härmed|yttrande\w*|ansökan|överklagan\w*)|nämnden bereds tillfälle)\b",
)
_PAPER = re.compile(r"\W*(?:nyhetsblad|nyhetsbrev|newsletter|månadsbrev|veckobrev|infobrev|nyheter från)\b", I)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a letter seems to be that no person wrote. doubt: only a header or a subject says so, or its words deny it."""

    kind: str
    certainty: float
    sentence: str
    where: str
    doubt: bool = False
    borne_out: bool = True  # its own words say the same; else it is read as a letter like any other


def is_away(m: Material, automatic: str | None) -> bool:
    """Say whether a letter is an automatic reply by its own words too."""
    return automatic == "auto-reply" and _says(m, AWAY, _ANSWERED)


def is_to_many(m: Material, automatic: str | None) -> bool:
    """Say whether a letter is a newsletter by its headers or subject and by its own words, and nobody does anything by it."""
    named = automatic == "list" or bool(_PAPER.match(m.subject))
    return named and _says(m, PRESS) and not _says(m, _DOES)


def find(m: Material, automatic: str | None, *, returned: bool, calendar: bool) -> Machine | None:
    """Say what machine a letter is from; None for a person's. returned: a mail of ours that came back, with its proof."""
    if automatic == "bounce":
        said = _says(m, _RETURNED)
        return Machine("studs", 0.97 if returned else 0.6, m.subject, "subject", not returned, returned or said)
    acts = _says(m, _DOES)
    if automatic == "auto-reply":
        acts = acts or bool(m.attached)  # no auto-reply brings papers
        said = _says(m, AWAY, _ANSWERED)
        return Machine("autosvar", 0.97, m.subject, "subject", acts or not said, said and not acts)
    if automatic == "perhaps auto-reply" and AWAY.search(m.main.text[:1500]):
        return Machine("autosvar", 0.8, m.subject, "subject", acts, not acts)
    found = None if calendar else _to_many(m, automatic)
    if found and acts:
        return Machine(found.kind, found.certainty, found.sentence, found.where, doubt=True, borne_out=False)
    return found


def _says(m: Material, *patterns: re.Pattern[str]) -> bool:
    text = f"{m.main.text[:6000]}\n{m.preface.text[:3000]}"
    return any(pattern.search(text) for pattern in patterns)


def _to_many(m: Material, automatic: str | None) -> Machine | None:
    """A newsletter or advertising: what is written to many."""
    text = f"{m.subject}\n{m.main.text}"
    asks = REFERS_SUBJECT.search(m.subject) and re.search(r"\b(?:dnr|diarie\w+|yttra\w*)\b", m.main.text, I)
    numbered = re.search(r"^[^\w\n]*(?:vår(?:t)? )?(?:dnr|diarienr|diarienummer|beteckning)\b", m.main.head, I | re.M)
    formal = bool(asks) or bool(
        numbered and (region_or_agency(m.author.name or "") or re.search(r"\bnämnd", m.main.head, I))
    )
    many = _says(m, _TO_MANY, PRESS, JUNK)
    if _PAPER.match(m.subject) and not m.attached:
        return Machine("nyhetsbrev", 0.9, m.subject, "subject", not many and automatic != "list")
    if not formal and not m.attached:
        press = PRESS.search(text)
        if (press and (automatic == "list" or len(PRESS.findall(text)) >= 2)) or (automatic == "list" and press):
            return Machine("nyhetsbrev", 0.93, around(text, press), "body")
        if automatic == "list":
            return Machine("nyhetsbrev", 0.85, m.subject, "subject", not many, many)
    junk = {j.lower() for j in JUNK.findall(text)}
    if (
        len(junk) >= 2
        and not formal
        and not re.search(r"\b(?:motion|yttrande|dnr|diarienr|revisorerna|medborgarförslag)\b", text, I)
    ):
        return Machine("skrap", 0.85 if len(junk) > 2 else 0.75, sorted(junk)[0], "body")
    return None
