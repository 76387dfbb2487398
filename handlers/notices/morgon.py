"""The registrator's morning: to look at, put aside, wrong addresses, waiting for a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from handlers.notices import stammer
from handlers.notices.facts import Morning, clock_of
from handlers.notices.message import Block, Button, Heading, Message, Paragraph, Row, Rows
from handlers.notices.studs import reason
from handlers.notices.words import STOCKHOLM, upper_first, weekday
from storage.records import Arrival, AskedQuestion, Case, Namnd

ROLE_WORDS = {
    "registrator": "registrator",
    "handlaggare": "handläggare",
    "manager": "chef",
    "sekretess": "sekretess",
    "administrator": "administratör",
}


def render(namnd: Namnd, morning: Morning, *, now: dt.datetime) -> Message | None:
    """Write the morning as things stand now; None when there is nothing left to tell."""
    if morning.empty:
        return None
    today = now.astimezone(STOCKHOLM).date()
    blocks: list[Block] = [Heading(_lead(morning, today))]
    if morning.review:
        rows = tuple(
            Row(a.label, f"{_late(a, today)}{_title(a.reading)}. {'. '.join(a.reasons or a.questions)}")
            for a in morning.review[:25]
        )
        late = any(_late(a, today) for a in morning.review)
        law = "Ett brev ska registreras senast nästa arbetsdag (offentlighets- och sekretesslagen 5 kap. 1 §)."
        why = (Paragraph(law, quiet=True),) if late else ()
        blocks += [Heading("Att granska"), Rows(rows), *why, Button("Granska", f"{namnd.url}/granska")]
    if morning.stuck:
        rows = tuple(Row(f"{t.since.astimezone(STOCKHOLM):%Y-%m-%d}", t.what) for t in morning.stuck[:25])
        blocks += [Heading("Kräver att någon tar hand om det"), Rows(rows)]
    if morning.secret:
        blocks.append(Paragraph(f"{morning.secret} misstänkta individärenden väntar på den som har rollen sekretess."))
    if morning.waiting_dnr:
        rows = tuple(
            Row(f"{r.case.inkommen_at.astimezone(STOCKHOLM):%Y-%m-%d}", r.case.title) for r in morning.waiting_dnr[:25]
        )
        blocks += [Heading("Väntar på diarienummer"), Rows(rows)]
    if morning.unsure:
        rows = tuple(Row(c.dnr or "Väntar på dnr", stammer.asks(q, "ärendet", today)) for q, c in morning.unsure[:25])
        blocks += [Heading("Stämmer det?"), Rows(rows), _where(namnd, morning.unsure)]
    if morning.taken:
        rows = tuple(
            Row(c.dnr or "Väntar på dnr", f"{upper_first(stammer.told(q.answer_data, 'ärendet', today))}.")
            for q, c in morning.taken[:25]
        )
        told = "Boten har antecknat det här av breven. Stämmer något inte, öppna ärendet och välj Stämmer inte, ångra."
        blocks += [
            Heading("Antecknat som klart"),
            Rows(rows),
            Paragraph(told, quiet=True),
            _where(namnd, morning.taken),
        ]
    if morning.ovrigt:
        rows = tuple(Row(a.label, f"{'. '.join(a.reasons)}: {_title(a.reading)}") for a in morning.ovrigt[:25])
        blocks += [
            Heading("Lagt i övrigt"),
            Paragraph(
                "Det här är inte registrerat. Hör något till nämnden, öppna Dagens post och registrera det.", quiet=True
            ),
            Rows(rows),
            Button("Dagens post", f"{namnd.url}/diariet?vy=post"),
        ]
    if morning.dead:
        rows = tuple(Row(n.address, f"{reason(n)} Är adressen rätt?") for n in morning.dead[:25])
        blocks += [Heading("Kom inte fram"), Rows(rows)]
    if morning.unreached:
        rows = tuple(Row(p.name, "Frågor går som mejl så länge.") for p in morning.unreached[:25])
        told = "Boten är borttagen eller spärrad hos dem. Be dem lägga till Nämndbot i Teams igen, eller fråga IT."
        blocks += [Heading("Nås inte i Teams"), Rows(rows), Paragraph(told, quiet=True)]
    if morning.gaps:
        rows = tuple(
            Row(upper_first(ROLE_WORDS.get(g.role, g.role)), f"Ingen har rollen från {weekday(g.day)}.")
            for g in morning.gaps
        )
        told = "Läs in vem som tar över, så frågar boten rätt person från första dagen."
        blocks += [Heading("Roller som blir tomma"), Rows(rows), Paragraph(told, quiet=True)]
    return Message(
        subject=f"{namnd.name}: {_lead(morning, today)}",
        preheader="Så ser posten ut i dag.",
        blocks=tuple(blocks),
        foot=f"Nämndbot för {namnd.name.lower()} i {namnd.organisation}.",
    )


def _where(namnd: Namnd, cases: Sequence[tuple[AskedQuestion, Case]]) -> Button:
    """Return the way to the one case, or to the register where they are several."""
    if len(cases) == 1:
        return Button("Öppna ärendet", f"{namnd.url}/arende/{cases[0][1].id}")
    return Button("Öppna diariet", f"{namnd.url}/diariet")


def _late(arrival: Arrival, today: dt.date) -> str:
    """Return that a letter's clock has gone; nothing for one that has its number, or still has time."""
    clock = clock_of(arrival, today)
    late = arrival.state == "review" and clock.late
    return f"▲ Skulle ha registrerats senast {weekday(clock.day)}. " if late else ""


def _lead(morning: Morning, today: dt.date) -> str:
    late = sum(1 for a in morning.review if _late(a, today))
    parts = [
        f"{late} försenade brev" if late > 1 else "1 försenat brev" if late else "",
        f"{len(morning.review)} att granska" if morning.review else "",
        f"{len(morning.stuck)} att ta hand om" if morning.stuck else "",
        f"{morning.secret} för sekretess" if morning.secret else "",
        f"{len(morning.waiting_dnr)} väntar på dnr" if morning.waiting_dnr else "",
        f"{len(morning.unsure)} att svara på" if morning.unsure else "",
        f"{len(morning.taken)} antecknade som klara"
        if len(morning.taken) > 1
        else "1 antecknat som klart"
        if morning.taken
        else "",
        f"{len(morning.ovrigt)} i övrigt" if morning.ovrigt else "",
        f"{len(morning.dead)} kom inte fram" if morning.dead else "",
        f"{len(morning.unreached)} nås inte i Teams" if morning.unreached else "",
        f"{len(morning.gaps)} {'roll' if len(morning.gaps) == 1 else 'roller'} blir tom{'' if len(morning.gaps) == 1 else 'ma'}"
        if morning.gaps
        else "",
    ]
    return ", ".join(p for p in parts if p)


def _title(reading: object) -> str:
    title = reading.get("title") if isinstance(reading, dict) else None
    return str(title or "utan rubrik")
