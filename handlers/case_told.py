"""A gathered case laid out as JSON and as lists: the form that other systems and archives take in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from handlers import kinds, lists
from handlers.handing_over import Asked, CaseFile

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FORMAT = "namndbot-arende-1"
_MEASURES = {"begun": "pågår", "waiting": "väntar", "done": "klart"}
_STATES = {"open": "öppet", "waiting_dnr": "väntar på nummer", "closed": "avslutat", "makulerad": "makulerat"}
_DIRECTIONS = {"in": "inkommen", "ut": "utgående", "upprattad": "upprättad"}
_CLOCKS = {"stated": "svarsdag i brevet", "goal": "kommunens mål", "law": "lagens tid"}
_DEADLINES = {"active": "gäller", "replaced": "ersatt", "met": "klar", "dropped": "gäller inte längre"}
_QUESTIONS = {"open": "väntar på svar", "answered": "besvarad", "dropped": "gäller inte längre"}

CASE_COLUMNS = (
    "diarienummer", "nämnd", "organisation", "andras nummer", "status", "typ", "sak", "ärendemening", "avsändare",
    "motionärer", "handläggare", "sekretess", "handlingens dag", "väckt", "väckt genom", "inkom", "registrerad",
)  # fmt: skip
PAPER_COLUMNS = (
    "nummer", "riktning", "typ", "bilaga", "rubrik", "part", "handlingens dag", "inkom", "registrerad", "makulerad",
    "sekretess", "filtyp", "storlek", "fil", "sha256",
)  # fmt: skip
EVENT_COLUMNS = ("nummer", "tid", "vem", "vad", "uppgifter", "personuppgifter", "hash")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a handling's file lies in the hand-over; size in bytes."""

    path: str
    size: int


def as_object(made: CaseFile, files: Mapping[int, Kept], sort: str) -> dict[str, Any]:
    """Return the case as a JSON object. files: where each handling's file lies. sort: "överlämning" or "utlämnande"."""
    case, numbers = made.case, {d.id: d.number for d in made.documents}
    papers = _papers(made, files)
    first = next((d for d in made.documents if not d.attachment and d.id not in made.hidden), None)
    staff = {p.id for p in made.staff}
    return {
        "format": FORMAT,
        "sort": sort,
        "arende": {
            "diarienummer": case.dnr,
            "namnd": made.namnd.name,
            "organisation": made.namnd.organisation,
            "andras_nummer": list(made.externals),
            "status": _STATES[case.state],
            "typ": kinds.kind_of(case.kind).label if case.kind else None,
            "sak": kinds.kind_of(case.matter).label if case.matter else None,
            "arendemening": case.title,
            "avsandare": case.sender,
            "motionarer": list(case.motionarer),
            "handlaggare": _name(made, case.handlaggare_id),
            "sekretess": case.secret,
            "vantar_pa": case.waiting_for,
            "vilar_till": _iso(case.paused_until),
            "anteckning": case.note,
        },
        "dagar": {
            "handlingens_dag": _iso(first.dated) if first else None,
            "vackt": _iso(case.raised),
            "vackt_genom": case.raised_which,
            "inkom": _stamp(case.inkommen_at),
            "registrerad": _stamp(case.registered_at),
        },
        "personer": [{"namn": p.name, "e_post": p.email, "i_registret": p.id in staff} for p in made.people.values()],
        "uppgifter": [
            {
                "brev": f"A-{f.arrival_id}",
                "falt": f.field,
                "varde": f.value,
                "sakerhet": f.certainty,
                "mening": f.sentence,
                "star_i": f.source,
                "bekraftad_av": _actor(made, f.confirmed_by),
                "rattad_till": f.corrected_to,
            }
            for f in made.findings
        ],
        "frister": [
            {
                "dag": _iso(d.date),
                "dag_i_ord": d.text,
                "avser": d.purpose,
                "sort": _CLOCKS.get(d.clock, d.clock),
                "lage": _DEADLINES[d.state],
                "flyttad_fran": _iso(d.moved_from),
                "mening": d.sentence,
                "kalla": d.source,
                "handling": numbers.get(d.document_id or 0),
                "bekraftad_av": _actor(made, d.confirmed_by),
            }
            for d in sorted(made.deadlines, key=lambda d: d.id)
        ],
        "krav": [
            {
                "nummer": d.position,
                "text": d.text,
                "utfall": d.outcome,
                "struket": d.struck,
                "lastes": d.read_as,
                "atgard": d.measure,
                "ansvarig": _name(made, d.responsible_id),
                "klart_senast": _iso(d.due),
                "lage": _MEASURES.get(d.state or ""),
                "vantar_pa": d.waits_for,
                "klart": _iso(d.done_on),
            }
            for d in made.demands
        ],
        "beslut": [
            {
                "organ": d.body,
                "dag": _iso(d.date),
                "paragraf": d.paragraph,
                "utfall": d.outcome,
                "forslag": d.is_proposal,
                "handling": numbers.get(d.document_id or 0),
            }
            for d in made.decisions
        ],
        "steg": [
            {
                "steg": m.kind,
                "dag": _iso(m.met_on),
                "handling": numbers.get(m.document_id or 0),
                "planerat": _iso(m.planned),
                "varfor": m.why,
            }
            for m in made.milestones
        ],
        "fragor": [_question(made, a) for a in made.asked],
        "handlingar": papers,
        "journal": [
            {
                "nummer": e.seq,
                "tid": _stamp(e.at),
                "vem": _actor(made, e.actor),
                "vad": e.what,
                "uppgifter": dict(e.data),
                "personuppgifter": dict(e.personal) if e.personal else None,
                "hash": e.hash,
            }
            for e in made.journal
        ],
    }


def _papers(made: CaseFile, files: Mapping[int, Kept]) -> list[dict[str, Any]]:
    papers = []
    for d in made.documents:
        came = _stamp(d.inkommen_at) if d.inkommen_at else None
        if d.id in made.hidden:
            papers.append(
                {"nummer": d.number, "inkom": came, "registrerad": _stamp(d.registered_at), "sekretess": True}
            )
            continue
        kept = files.get(d.id)
        papers.append(
            {
                "nummer": d.number,
                "riktning": _DIRECTIONS[d.direction],
                "typ": "Bilaga" if d.attachment else kinds.kind_of(d.kind).label,
                "bilaga": d.attachment,
                "rubrik": d.title,
                "part": d.party,
                "handlingens_dag": _iso(d.dated),
                "inkom": came,
                "registrerad": _stamp(d.registered_at),
                "makulerad": d.makulerad,
                "sekretess": made.case.secret,
                "filtyp": d.media_type,
                "sidor": d.pages,
                "storlek": kept.size if kept else None,
                "fil": kept.path if kept else None,
                "sha256": d.sha256,
            }
        )
    return papers


def _question(made: CaseFile, asked: Asked) -> dict[str, Any]:
    q = asked.question
    return {
        "fraga": {"handlaggare": "handläggare", "stammer": "stämmer", "antecknat": "stämmer"}.get(q.kind, "läge"),
        "lage": _QUESTIONS[q.state],
        "stalld": _stamp(q.asked_at),
        "tillfragade": [{"namn": _name(made, a.person_id), "dag": _iso(a.asked_on)} for a in asked.askings],
        "svar": q.answer,
        # How a thing is undone is the register's own business.
        "svarets_uppgifter": {k: v for k, v in q.answer_data.items() if k != "ångra"},
        "svarade": _name(made, q.answered_by),
        "svarade_tid": _stamp(q.answered_at) if q.answered_at else None,
        "svarade_genom": q.answered_how,
    }


def _name(made: CaseFile, person_id: int | None) -> str | None:
    person = made.people.get(person_id) if person_id is not None else None
    return person.name if person else None


def _actor(made: CaseFile, actor: str | None) -> str | None:
    number = (actor or "").removeprefix("person:")
    return (_name(made, int(number)) or actor) if number.isdecimal() else actor


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(STOCKHOLM).isoformat(timespec="seconds")


# The lists say what the object says, for those who open it in Excel.


def as_json(told: Mapping[str, Any]) -> str:
    """Return the object as text that a person can read too."""
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def case_list(told: Mapping[str, Any]) -> str:
    """Return the case as a CSV text of one row."""
    row = [_cell((told["arende"] | told["dagar"]).get(_key(c))) for c in CASE_COLUMNS]
    return lists.as_csv(CASE_COLUMNS, [row])


def paper_list(told: Mapping[str, Any]) -> str:
    """Return the handlingar as a CSV text."""
    rows = [[_cell(p.get(_key(c))) for c in PAPER_COLUMNS] for p in told["handlingar"]]
    return lists.as_csv(PAPER_COLUMNS, rows)


def event_list(told: Mapping[str, Any]) -> str:
    """Return the journal's lines as a CSV text, oldest first."""
    rows = [[_cell(e.get(_key(c))) for c in EVENT_COLUMNS] for e in told["journal"]]
    return lists.as_csv(EVENT_COLUMNS, rows)


def _key(column: str) -> str:
    """Return the object's key for a column.

    >>> _key("väckt genom"), _key("ärendemening")
    ('vackt_genom', 'arendemening')
    """
    return column.translate(str.maketrans("åäö ", "aao_"))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(v) for v in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_cell(v)}" for k, v in value.items())
    return str(value)
