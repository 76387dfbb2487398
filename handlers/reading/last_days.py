"""Is a day in a sentence a last day for us? Judged by the words around it, the plainest wordings first."""

from __future__ import annotations

import datetime as dt
import functools
import re

from .dates import Day
from .deadline_words import (
    ANSWERS,
    ASKS_GRACE,
    BEFORE,
    BY,
    CHAIN,
    ELSE,
    GENERAL,
    GRANTED,
    LAST,
    MUST,
    OVERDUE,
    RECENTLY,
    REPORTS,
    US,
)
from .grouped import one_of

I = re.I  # noqa: E741


_STARTS = re.compile(r"\bför att\b[^.]{0,60}\bkunna (?:starta|börja|införas|genomföras|öppna|träda)\b[^.]{0,20}$", I)
_CLAUSE_END = re.compile(r"\b(?:och|men|så|utan|medan|eftersom)\b|[,;]")
# What was done, told of in a report: "Nämnderna lämnade budgetunderlag senast den 12 september."
_DONE = one_of(
    r"\b(?:lämnade|inlämnade|yttrade|besvarade|svarade|redovisade|levererade|inkom|överlämnade|återrapporterade)\b[^.;]*$"
)
_THEY_MEET = one_of(r"\b(?:överlämna\w*|redovisa\w*|anmäl\w*)\b[^.]{0,60}\bfullmäktige\b,? (?:som|där|vilka)\b[^.]*$")
# "lämnar sitt yttrande under vecka 12"; "Kompletterat underlag lämnas till arbetsutskottets sammanträde den 19 maj".
_IN_WEEK = re.compile(
    r"\b(?:lämnar|lämnas|inkommer|svarar|yttrar|besvaras|önskar|vill ha|behöver|emotser)\b[^.]{0,60}\b(?:under|i) ?$", I
)
_TO_MEETING = re.compile(
    r"\b(?:underlag\w*|komplettering\w*|yttrande\w*|svar\w*|handling\w*|redovisning\w*)\b[^.]{0,60}\b(?:lämnas|inlämnas|redovisas|skickas|ska vara|presenteras)\b"
    r"[^.]{0,50}\b(?:till|vid|på|inför)\b[^.]{0,60}\b(?:sammanträde\w*|möte\w*)\b[^.]{0,12}$",
    I,
)
_STOOD = re.compile(r"^\W*(?:hade|var|fanns|uppgick|stod|bodde|gick|kostade|blev|upphörde)\b", I)
# An order that was given before, to somebody of the staff: "gav den 11 november kommundirektören i uppdrag att …".
_EARLIER = one_of(
    r"\b(?:gav|uppdrog|beslutade)\b[^.]{0,80}\b(?:[\wåäö]{0,20}direktören|[\wåäö]{0,20}chefen|förvaltningen|kontoret)\b"
)
_REFERRED = one_of(
    r"\b(?:har remitterat|har begärt|begärde|remitterade|har remitterats|remitterades)\b[^.]{0,120}\byttrande\w*"
)
_ASKS_US = one_of(
    r"\b(?:vi|jag|bolaget|facket|förbundet|föreningen|avdelningen) (?:vill (?:ha|få)|önskar|behöver|begär|emotser|ber om)\b[^.]*$"
)
# "Skriftligt svar behöver vi ha onsdagen den 20 mars".
_NEEDED = re.compile(
    r"\b(?:svar\w*|yttrande\w*|underlag\w*|synpunkter\w*)\b[^.]{0,40}\b(?:behöver|vill|önskar|måste) (?:vi|jag)\b[^.]{0,30}\b(?:ha|få)\b[^.]{0,20}$",
    I,
)
_TOLD_BEFORE = re.compile(r"\bhar (?:tidigare|redan)\b|\bdå med\b", I)
_SURVEY = re.compile(
    r"\benkät\w*\b[^.]{0,60}\b(?:öppen|besvaras?|svara)\b[^.]{0,40}\b(?:till och med|t\.o\.m\.?|till|senast)\b[^.]{0,30}$",
    I,
)
_CHECKED = one_of(r"\b(?:rapporten|behandlar|sammanträd\w+|presenteras|publiceras|avslutas)\b")


@functools.lru_cache(256)
def _says(pattern: re.Pattern[str], sentence: str) -> bool:
    """Is the pattern in the sentence? Asked anew for each day that stands in it."""
    return pattern.search(sentence) is not None


def how_sure(sentence: str, lead: str, day: Day, kind: str, strict: bool, reference: dt.date | None) -> float:
    """Return how sure it is that a day is a last day for us, 0 to 1; 0 = it is not.

    lead is what the sentence says before the day, from the day before it on; strict: only the plainest wording counts.
    reference is the letter's own day; an earlier day counts only where the letter tells that it is overdue.
    """
    if (
        reference is not None
        and day.date < reference
        and not (kind == "remiss" and BY.search(lead) and _says(US, sentence) and _says(MUST, sentence))
        and not (kind in {"remiss", "revisionsgranskning"} and _says(OVERDUE, sentence) and _says(US, sentence))
    ):
        return 0.0
    if re.search(r"\bbord(?:lägg|lag|lad)\w*", lead, I) and not BY.search(lead):
        return 0.0  # put off to a meeting of the body itself
    if (_STARTS.search(lead) or ELSE.search(lead)) and not BY.search(lead):
        return 0.0  # what the answer is to make possible
    if _THEY_MEET.search(lead) and not BY.search(lead):
        return 0.0  # whom it is passed to meets then
    if (_DONE.search(lead) and not MUST.search(lead)) or (_STOOD.match(sentence[day.end :]) and not BY.search(lead)):
        return 0.0  # told of what has been
    if kind == "protokollsutdrag" and (_says(_EARLIER, sentence) or _says(_REFERRED, sentence)):
        return 0.0
    if _says(ASKS_GRACE, sentence) and re.search(r"\b(?:anstånd|uppskov|respit|förläng\w*|hinner)\b", sentence, I):
        return 0.0  # somebody asks for more time; no day has been given
    if (RECENTLY.search(lead) and not (MUST.search(lead) and (US.search(lead) or ANSWERS.search(lead)))) or (
        _says(GENERAL, sentence) and day.style in {"within", "halfyear"}
    ):
        return 0.0
    if day.style in {"month", "quarter"} and not (
        BY.search(lead)
        or LAST.search(lead)
        or (CHAIN.search(lead[-70:]) and REPORTS.search(lead))
        or re.search(r"\b(?:före|innan|utgången|slutet)\b", lead[-30:], I)
    ):
        return 0.0
    by = BY.search(lead) or (day.style == "weekday" and "senast" in day.written.lower())
    if (by and _ASKS_US.search(lead)) or _NEEDED.search(lead):
        return 0.85
    if day.style == "within" and _says(_TOLD_BEFORE, sentence):
        return 0.0
    if kind == "revisionsforfragan" and (by or _SURVEY.search(lead)) and not _says(_CHECKED, sentence):
        return 0.85
    if day.style == "weekday" and kind == "remiss" and _says(MUST, sentence) and US.search(lead):
        return 0.8
    if kind == "protokollsutdrag" and by and _says(MUST, sentence) and re.search(r"nämnd(?:en|er|erna)?\b", lead, I):
        return 0.85  # a task to the nämnder: "Samtliga nämnder ska anta internbudget senast …"
    us = _says(US, sentence)
    if day.style == "week" and kind == "remiss" and us and _IN_WEEK.search(lead):
        return 0.8
    if kind in {"remiss", "protokollsutdrag"} and _TO_MEETING.search(lead):
        return 0.8
    if day.style in {"within", "halfyear"}:
        ours = (
            us
            and not _says(GENERAL, sentence)
            and (_says(MUST, sentence) or re.search(r"\b(?:svar|yttrande)\b", sentence, I))
        )
        asked = re.search(
            r"\b(?:svar\w*|yttrande\w*)\b[^.]{0,60}\b(?:ska|skall|önskas|emotses|behöver|bör)\b|\b(?:önskar|vill ha|emotser|begär|ber om)\b[^.]{0,40}\b(?:svar|yttrande)\b",
            sentence,
            I,
        )
        return 0.8 if ours and (asked or not strict) else 0.0
    if (kind == "kvalitetsgranskning" or day.style == "month") and not us:
        return 0.0
    if by and (us or _says(ANSWERS, sentence)):
        if strict and not re.search(
            r"\b(?:svar(?:et|en)?|yttrande\w*|yttra|besvara\w*|synpunkter\w*|tillhanda|uppfyllt|åtgärdsplan\w*|handlingsplan\w*|redovisa)\b",
            sentence,
            I,
        ):
            return 0.0
        return 0.95 if us else 0.85
    if by and not strict and kind == "remiss" and len(sentence) < 60:
        return 0.75
    if LAST.search(lead):
        return 0.93
    if kind == "remiss" and re.search(r"\bremiss\w*\b[^.]{0,40}\btill (?:och med )?(?:den )?$", lead, I):
        return 0.85
    if strict:
        return (
            0.85
            if re.search(
                r"\b(?:ska|kommer att) (?:besvaras|behandlas)|\bbesvaras (?:av|vid|i|på)\b|\b(?:för|till) besvarande\b",
                sentence,
                I,
            )
            and _says(CHAIN, sentence)
            and day.style != "within"
            else 0.0
        )
    if (
        _says(GRANTED, sentence)
        and (kind != "other" or re.search(r"\b(?:svar|yttrande|remiss|anstånd|tid|dag|datum)", sentence, I))
        and re.search(r"\b(?:till|är|vara|blir|:|t\.?o\.?m\.?|är nu)\b[^.]{0,30}$|:\s*$", lead, I)
        and not re.search(r"\bavtal(?:et|en)?\b[^.]{0,60}\b(?:löper|gäller)\b", lead, I)
        and not re.search(r"\bkan vi få\b|\bbegär\b|\bansöker\b|\bhinner inte\b", sentence, I)
    ):
        return 0.92
    if (
        CHAIN.search(lead[-90:])
        and re.search(
            r"\b(?:behandla\w*|besvara\w*|ta[s]? upp|beslut\w*|återrapport\w*|redovis\w+|återkom\w*|lämna\w*|färdigbere\w+|presenter\w*)\b",
            sentence,
            I,
        )
        and (_says(MUST, sentence) or BEFORE.search(lead))
    ):
        return 0.92
    if (
        MUST.search(clause := lead + _CLAUSE_END.split(sentence[day.end :])[0])
        and REPORTS.search(clause)
        and BEFORE.search(lead)
        and not re.search(r"\bvälkomm\w+\b", sentence, I)
    ):
        return 0.85
    if (
        re.search(
            r"(?:\b(?:före|innan|till och med|fram till|tillhanda|före utgången av)\b|\bt\.? ?o\.? ?m\b\.?)[^.]{0,40}$",
            lead,
            I,
        )
        and us
        and (US.search(lead) or not re.search(r"\b(?:och|så|utan|men)\b", sentence[day.end : day.end + 40], I))
    ):
        return 0.85
    if (
        day.style in {"end", "yearend", "half"}
        and re.search(r"(?:före|vid|innan|till|senast|sista)\b", lead[-12:] + day.written, I)
        and us
    ):
        return 0.85
    if (
        re.search(
            r"\b(?:svar|yttrande|synpunkter)\b[^.]{0,60}\b(?:till|den|på|är|vill vi ha|behöver vi)\b[^.]{0,45}$",
            lead,
            I,
        )
        and (_says(MUST, sentence) or "önskar" in sentence)
        and kind in {"remiss", "revisionsgranskning"}
        and not re.search(r"\b(?:satt ut|utsatt|hålls|äger rum|sammanträd\w*|behandlar)\b", lead, I)
    ):
        return 0.7
    return 0.0
