"""Deadlines that the letter states: scored by the verbs around a day, never by the day alone."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from .dates import NUMBERS, Day, find_days
from .deadline_words import (
    ANSWERS,
    BACK_FROM,
    BY,
    ELSE,
    GENERAL,
    GRANTED,
    HEADING,
    MOVED,
    MUST,
    NAMND,
    NEXT,
    NOT_THE_OLD,
    OLD,
    OTHER,
    OVERDUE,
    POINTS_BACK,
    RANGE,
    RECENTLY,
    RECURRING,
    RIGHTED,
    ROW_WORDS,
    SAME_DAY,
    US,
    VAGUE,
)
from .grouped import one_of
from .last_days import how_sure
from .material import Document, Material
from .papers import own_date
from .purposes import purpose_of
from .reading import Deadline
from .sentences import ATT, BULLET, split_sentences
from .whose_days import Stated, corrected, only_ours, others_duty, reminded, replaced, who

I = re.I  # noqa: E741


MAX_DAYS = 20  # of one sentence; a list of more is no request, and each costs a look at the whole sentence
_SILENT = frozenset(
    {
        "autosvar",
        "studs",
        "nyhetsbrev",
        "skrap",
        "kalender",
        "kallelse",
        "utlamnande",
        "svar",
        "tjansteskrivelse",
        "orosanmalan",
    }
)
_ASKING = frozenset({"remiss", "revisionsforfragan"})
_NO_GENRE = frozenset({"motion", "interpellation", "initiativ", "medborgarforslag"})


def find_deadlines(material: Material, kind: str, matter: str | None) -> tuple[Stated, ...]:
    """Return what the letter states: from where deadlines stand (the mail, the missiv, a decision's first page)."""
    if kind in _SILENT:
        return ()
    found: list[Stated] = []
    for document, strict in _places(material, kind):
        found.extend(_in_document(document, material, kind, matter, strict))
    found = [s for s in found if not others_duty(s.deadline.sentence, material)]
    found = only_ours(_once(found), material)
    found = reminded(corrected(replaced(_still_open(found), material), material), material)
    if kind in {"remiss", "revisionsgranskning", "protokollsutdrag"}:
        undated = _undated(material, kind, matter)
        if not any(s.deadline.date for s in found):
            found.extend(undated)
        elif kind == "protokollsutdrag":  # of several orders one may have a season for its day
            found.extend(s for s in undated if _SEASON.search(s.deadline.text or ""))
    return tuple(found[:12])


def _still_open(found: list[Stated]) -> list[Stated]:
    """A day that should have been kept and was not goes where a new one is given; alone it is what is overdue."""
    new = [s for s in found if not s.deadline.date or not OVERDUE.search(s.deadline.sentence)]
    return new if any(s.deadline.date for s in new) else found


def _places(material: Material, kind: str) -> list[tuple[Document, bool]]:
    """Where deadlines stand, and whether only the plainest wording counts there."""
    places: list[tuple[Document, bool]] = []
    for document in (material.main, material.preface):
        own = (document.genre in _NO_GENRE and kind != "protokollsutdrag") or (
            kind in {"motion", "interpellation", "namndinitiativ", "medborgarforslag", "synpunkt"}
            and document is material.main
        )
        if document.text.strip():
            places.append((document, own))
    for document in material.attached:
        if document.genre in _NO_GENRE:
            continue
        if document.genre == "rapport":
            places.append((document.front, True) if kind == "kvalitetsgranskning" else (document.first, True))
        elif document.genre in {"missiv", "begaran", "protokoll"}:
            places.append((document.front, False))
        else:
            asks = kind in _ASKING
            wide = asks or kind == "kvalitetsgranskning"
            places.append((document.front if wide else document.first, not asks))
    return places


def _in_document(document: Document, material: Material, kind: str, matter: str | None, strict: bool) -> list[Stated]:
    found: list[Stated] = []
    lines = document.lines
    table = False  # the heading is a table's: its last column holds the days
    listing = 0  # lines left under a heading such as "Svar senast:" or a table's head
    demands = 0
    for at, line in enumerate(lines[:1500]):
        if not line:
            continue
        in_demand = ATT.match(line) is not None or (demands > 0 and BULLET.match(line) is not None)
        if re.search(r"\b(?:yrkar|föreslår|yrkas|hemställer|rekommenderar)\b\W*(?:att)?\W*$", line, I) or (
            re.search(r"\b(?:yrkar|föreslår|rekommenderar)\b", line, I) and line.endswith(":")
        ):
            demands = 40
        demands = max(0, demands - 1)
        if re.search(r"\b(?:beslutar|beslutade)\b\W*(?:att)?\W*$", line, I):
            demands = 0
        if len(line) < 90 and re.match(r"^\W*[\wåäö, -]{0,60}\bbeslut(?: för egen del)?\W*$", line, I):
            demands = 0
        decides = document.genre == "protokoll" or kind == "protokollsutdrag"
        listed = kind == "remiss" and not ATT.match(line) and US.search(line)
        if in_demand and not (decides and demands == 0) and (demands > 0 or not (decides or listed)):
            continue
        heading = HEADING.search(line) is not None
        days_here = find_days(line[:4000], material.reference) if listing or heading else []
        if heading and not days_here:
            listing = 14
            table = len(line) < 100 and _COLUMN.search(line) is not None
        elif listing:
            listing -= 1
            row = _row(lines, at, days_here[0], table) if days_here else ""
            if row:
                day = replace(days_here[0], start=days_here[0].start + len(row) - len(line))
                found.append(_make(day, row, document, kind, matter, 0.8))
                continue
        if others_duty(line, material) and not re.search(r"\bsamtliga nämnder\b", line, I):
            continue  # what another body shall do, to the end of the paragraph
        previous = ""
        for sentence in split_sentences(line):
            said = f"{previous} {sentence}" if POINTS_BACK.match(sentence) else sentence
            found.extend(_in_sentence(sentence, said, document, material, kind, matter, strict))
            previous = sentence
    return found or _counted_back(document, material, kind, matter)


_COLUMN = re.compile(r"\w \S*(?:senast|slutredovisning|redovisas|svarsdag|svarsdatum|återrapportering)\W*$", I)
_ROW_FILL = re.compile(r"\b(?:senast|den|svar|till|yttrande|lämnas|i|och|samt|\w{2,3}dag(?:en)?)\b", I)


def _row(lines: list[str], at: int, day: Day, table: bool) -> str:
    """The row of a table of days: a body and its day on one line, or the body on the line above; "" where it is none."""
    line = lines[at]
    rest = f"{line[: day.start]} {line[day.end :]}"
    above = next((text for text in (lines[at - 1], lines[at - 2] if at > 1 else "") if text), "")
    if len(line) < 120 and NAMND.search(line) and len(ROW_WORDS.findall(_ROW_FILL.sub(" ", NAMND.sub(" ", rest)))) <= 1:
        return line
    if not ROW_WORDS.search(rest) and NAMND.search(above) and len(above) < 80:
        return f"{above} {line}"
    if table and ROW_WORDS.search(rest) and len(line) < 140 and day.end == len(line.rstrip()) and day.style == "iso":
        return line
    if not ROW_WORDS.search(rest) and (NEXT.match(above) or (NAMND.search(above) and len(above) < 80)):
        return line if NEXT.match(above) else f"{above} {line}"
    return ""


def _counted_back(document: Document, material: Material, kind: str, matter: str | None) -> list[Stated]:
    """A last day told from a meeting that the letter names: "svar senast en vecka före träffen"."""
    meeting: dt.date | None = None
    for sentence in document.sentences[:80]:
        back = BACK_FROM.search(sentence)
        if (
            back
            and meeting
            and re.search(r"\bsenast\b", sentence, I)
            and (US.search(sentence) or ANSWERS.search(sentence))
        ):
            count = NUMBERS.get(back["n"].lower()) or int(back["n"])
            days = count * 7 if back["unit"].lower().startswith("veck") else count
            day = Day(meeting - dt.timedelta(days=days), back.start(), back.end(), back[0], 0.75, "back", False)
            return [_make(day, sentence, document, kind, matter, 0.8)]
        named = [d for d in find_days(sentence, material.reference) if d.style in {"iso", "word", "slash"}]
        meeting = named[-1].date if named else meeting
    return []


def _in_sentence(
    sentence: str, said: str, document: Document, material: Material, kind: str, matter: str | None, strict: bool
) -> list[Stated]:
    reference = material.reference
    counted = r"\bfrån (?:\w+ )?(?:dag(?:en|s)|datum|detta|denna|dato)"
    if document.where in {"body", "forwarded"}:
        # A paper that is pasted into the mail has a day of its own; "från idag" is the mail's.
        counted = r"\bfrån (?:datum(?:et)? (?:för|på|i)|(?:denna|detta|dess|dagen för|ovanstående|missivets|skrivelsens|brevets) ?(?:\w+s)? ?\b\w*(?:datum|dag(?:en)?|skrivelse|missiv|brev|beslut)\b)"
    if re.search(counted, sentence, I):
        reference = own_date(document, reference) or reference  # "inom tre månader från detta missivs datum"
    days = find_days(sentence, reference)[:MAX_DAYS]
    found: list[Stated] = []
    at = 0
    if kind == "protokollsutdrag" and MOVED.search(sentence):
        return []  # what somebody moved at the meeting
    late = OVERDUE.search(sentence) is not None
    for index, told in enumerate(days):
        if index + 1 < len(days) and SAME_DAY.fullmatch(sentence[told.end : days[index + 1].start]):
            continue  # "på fredag nästa vecka, alltså den 11 februari": the day itself follows
        if (
            index + 1 < len(days)
            and RANGE.fullmatch(sentence[told.end : days[index + 1].start])
            and not OLD.search(sentence[at : told.start].replace("från och med", ""))
        ):
            continue  # the first day of a range is no last day
        day = _past(told, material.reference) if late else told
        lead = sentence[at : day.start]
        certainty = 0.0 if RECURRING.match(sentence[day.end :]) else how_sure(said, lead, day, kind, strict, reference)
        if not certainty and _corrects(material):
            certainty = 0.9 if RIGHTED.search(lead) or NOT_THE_OLD.match(sentence[day.end :]) else 0.0
        whole = sentence[: day.start]
        if (
            not certainty
            and index
            and found
            and re.fullmatch(r"\W*(?:och|samt|respektive|eller)?\W*(?:\S+ ){0,7}(?:senast )?(?:den )?", lead, I)
            and NAMND.search(lead)
            and not ELSE.search(lead)
        ):
            certainty = 0.75
        if (certainty and not OTHER.search(_clause(sentence, day))) or (
            certainty >= 0.9 and US.search(whole) and not re.search(r"\banmäl|kurs|överklag", sentence, I)
        ):
            moved = OLD.search(lead) is not None and (
                len(days) > 1
                or GRANTED.search(material.main.text) is not None
                or re.search(r"bortse", material.main.text, I) is not None
            )
            if (moved and not BY.search(lead)) or (
                moved
                and re.search(r"\b(?:angavs|angav|tidigare|ursprunglig\w*|felaktig\w*)\b", lead, I)
                and not re.search(r"\bny\w*\b.{0,20}$", lead, I)
            ):
                at = day.end
                continue
            found.append(
                _make(
                    day,
                    sentence,
                    document,
                    kind,
                    matter,
                    certainty * (0.9 if day.style in {"week", "within"} else 1.0),
                    said,
                )
            )
        at = day.end
    return _handed_in(found, sentence)


def _corrects(material: Material) -> bool:
    return (
        re.search(r"\b(?:rättelse|korrigering|fel)\b", f"{material.subject} {material.main.text[:600]}", I) is not None
    )


def _handed_in(found: list[Stated], sentence: str) -> list[Stated]:
    """The paper's own last day goes before the meeting it is meant for: "till KSAU den 9, dvs oss tillhanda senast den 2"."""
    said = re.search(r"\b(?:dvs|det vill säga|alltså|och därför)\b[^.]{0,60}\bsenast\b", sentence, I)
    return found[-1:] if said and len(found) > 1 else found


def _past(day: Day, reference: dt.date | None) -> Day:
    """The day before the letter that an overdue day without a year means."""
    if reference is None or day.has_year or day.date <= reference or day.style not in {"word", "slash", "week"}:
        return day
    weeks = day.style == "week"
    year = day.date.isocalendar().year - 1 if weeks else day.date.year - 1
    try:
        date = dt.date.fromisocalendar(year, *day.date.isocalendar()[1:]) if weeks else day.date.replace(year=year)
    except ValueError:
        return day
    return replace(day, date=date)


def _clause(sentence: str, day: Day) -> str:
    start = max(sentence.rfind(";", 0, day.start), sentence.rfind(" men ", 0, day.start), 0)
    return sentence[start : day.end + 30]


def _make(
    day: Day, sentence: str, document: Document, kind: str, matter: str | None, certainty: float, said: str = ""
) -> Stated:
    segment = sentence[: day.start]
    purpose = purpose_of(said or sentence, segment, kind, matter)
    return Stated(
        Deadline(day.date, purpose, "stated", sentence[:400], document.where),
        round(certainty * min(1.0, day.certainty + 0.05), 2),
    )


def _once(found: list[Stated]) -> list[Stated]:
    kept: dict[dt.date | None, Stated] = {}
    for stated in found:
        known = kept.get(stated.deadline.date)
        if known is None or stated.certainty > known.certainty + 0.05:
            kept[stated.deadline.date] = stated
    return list(kept.values())


_TOLD = frozenset({"iso", "word", "slash", "ordinal", "weekday", "end", "week", "within", "dots"})


def passed_over(material: Material, kind: str, stated: tuple[Stated, ...]) -> str:
    """Return a sentence that names a last day which was not taken for one of ours, or ""; a person had better look.

    For letters that ask for something: no day at all was found, or another "senast" stands in the covering words.
    """
    if kind not in {"remiss", "revisionsgranskning", "revisionsforfragan", "protokollsutdrag", "kvalitetsgranskning"}:
        return ""
    taken = {s.deadline.date for s in stated} | {s.deadline.moved_from for s in stated}
    covers = [d for d in (material.main, material.preface) if d.genre not in _NO_GENRE]
    covers += [d.front for d in material.attached if d.genre in {"missiv", "begaran"}]
    asks = kind in {"remiss", "revisionsgranskning"}
    for document in covers:
        for sentence in document.sentences[:80]:
            if MOVED.search(sentence):
                continue
            # A request for which no day was found is looked at, whoever a day in it seems to be set for.
            anybodys = asks and not any(taken)
            if (OTHER.search(sentence) and not US.search(sentence)) or (
                not anybodys and (OTHER.search(sentence) or others_duty(sentence, material))
            ):
                continue
            for day in find_days(sentence, material.reference)[:MAX_DAYS]:
                lead = sentence[: day.start]
                if day.date in taken or (material.reference and day.date <= material.reference):
                    continue
                told = Stated(Deadline(day.date, "", "stated", sentence, document.where), 0.0)
                if any(taken) and who(told, material) is False:
                    continue
                by = BY.search(lead) or (day.style == "weekday" and "senast" in day.written.lower())
                dated = not any(taken) and asks and day.style in _TOLD
                if (by and not RECURRING.match(sentence[day.end :]) and not RECENTLY.search(lead)) or (
                    dated and (US.search(sentence) or MUST.search(sentence))
                ):
                    return sentence
    return ""


_ONCE_SAID = one_of(r"\b(?:skrev|ville|bad|begärde|önskade|efterfrågade)\b")
_SEASON = re.compile(r"\b(?:före|innan|inför|under)\b", I)


def _undated(material: Material, kind: str, matter: str | None) -> list[Stated]:
    for document in (
        material.main,
        material.preface,
        *(d.first for d in material.attached if d.genre in {"missiv", "begaran", "protokoll"}),
    ):
        for sentence in document.sentences[:120]:
            vague = VAGUE.search(sentence)
            if vague and US.search(sentence) and not GENERAL.search(sentence) and not _ONCE_SAID.search(sentence):
                return [
                    Stated(
                        Deadline(
                            None,
                            purpose_of(sentence, "", kind, matter),
                            "stated",
                            sentence[:400],
                            document.where,
                            text=vague[0],
                        ),
                        0.65,
                    )
                ]
    return []
