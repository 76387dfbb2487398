"""When a plan is lost: what can no longer be kept, why, and the ways out with their price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import journal_words, plan_table, views
from handlers import planning
from handlers.notices.words import days, upper_first, weekday
from handlers.outlook import Outlook
from handlers.planning import Offer
from handlers.rules import meetings as rules
from handlers.rules.meetings import Way
from storage.records import Case, CaseDeadline, CasePlan, Entry, Meeting
from storage.store import Book

_WHICH = {"stated": "Svarsdagen", "goal": "Målet", "law": "Lagens tid"}
_SHOULD = {
    "start": "börjat skriva",
    "utkast": "lämnat utkastet till chefen",
    "chef": "fått chefens godkännande",
    "stab": "fått stabens godkännande",
    "tjansteskrivelse": "lämnat tjänsteskrivelsen",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A way out and its price. ends: the day that choosing it sends; copy: a text to take along."""

    title: str
    text: str
    ends: str = ""
    chosen: bool = False
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Out:
    """The message on the page of a lost plan; by: who has chosen the way that it goes."""

    look: str
    icon: str
    title: str
    why: str
    instead: str
    options: tuple[Option, ...]
    by: str


def near(day: dt.date, today: dt.date, *, weekday: bool = True) -> str:
    """Return a day in words, with its year only when it is not this one's.

    >>> near(dt.date(2026, 12, 16), dt.date(2026, 11, 24))
    'onsdag 16 december'
    """
    told = _weekday(day) if weekday else views.day(day)
    return told.removesuffix(f" {day.year}") if day.year == today.year else told


_weekday = weekday


def out_of(
    book: Book,
    case: Case,
    plan: CasePlan,
    view: Outlook,
    people: plan_table.People,
    seen: planning.Sight,
    entries: Sequence[Entry],
    today: dt.date,
) -> Out:
    """Return what the page says of a lost plan."""
    aim = view.aim
    law = aim.clock == "law"
    chosen = _chosen(entries, plan)
    who = journal_words.name_of(book, chosen.actor) if chosen else ""
    by = f"{who} valde den här planen {views.day(chosen.at.astimezone(views.STOCKHOLM).date())}." if chosen else ""
    return Out(
        "law" if law else "goal",
        "lag" if law else "mal",
        _title(aim, today),
        _why(view, people, seen, today),
        _instead(plan, view, aim, today),
        (
            *(_offer(o, view, aim, people, seen, bool(chosen) and o.way.last == plan.ends, today) for o in view.offers),
            *_respite(book, case, view, today),
            *_report(view, today),
        ),
        by,
    )


def _chosen(entries: Sequence[Entry], plan: CasePlan) -> Entry | None:
    """Return the journal's line of who chose the way that the plan goes."""
    told = [e for e in entries if e.what == "plan vald"]
    newest = max(told, key=lambda e: e.seq, default=None)
    return newest if newest and plan.ends and newest.data.get("slutar") == plan.ends.isoformat() else None


def _title(aim: CaseDeadline, today: dt.date) -> str:
    assert aim.date is not None
    day = near(aim.date, today, weekday=False)
    if aim.clock == "law":
        return f"Lagens tid gick ut {day}" if aim.date < today else f"Lagens tid {day} kan inte längre hållas"
    if aim.date < today:
        return f"{_WHICH[aim.clock]} {day} har gått ut"
    return f"{_WHICH[aim.clock]} {day} kan inte längre nås"


def _why(view: Outlook, people: plan_table.People, seen: planning.Sight, today: dt.date) -> str:
    if view.moved:
        return " ".join(_moved(m, today) for m in view.moved)
    if view.gone is None:
        return "Inget möte ligger så att ärendet hinner fram till dess."
    last = view.gone.steps[-1]
    told = f"För att nå {_body(last.kind) or 'svarsdagen'} {near(last.day, today, weekday=False)}"
    late, papers = view.late, view.gone.day_of(rules.PAPERS)
    if late is None:
        told += " räcker inte tiden."
    elif late.kind in _SHOULD:
        who = people.of(late.kind) if late.kind in ("start", "utkast", "tjansteskrivelse") else ""
        before = ", innan ärendet kom" if late.day < seen.since else ""
        told += f" skulle {who or 'någon'} ha {_SHOULD[late.kind]} senast {near(late.day, today)}{before}."
    else:
        told += f" skulle ärendet ha varit i {_body(late.kind) or 'nämnden'} {near(late.day, today)}."
    if papers and papers >= today and view.left is not None:
        workdays = "1 arbetsdag" if view.left == 1 else f"{view.left} arbetsdagar"
        told += f" Nu är det {workdays} kvar till stoppdagen {near(papers, today)}; det behövs minst {seen.ways.least_writing}."
    return told


def _moved(meeting: Meeting, today: dt.date) -> str:
    body = rules.NAMES[meeting.body]
    name = upper_first(body if body.endswith("s") else f"{body}s")
    if meeting.state == "cancelled":
        return f"{name} möte {near(meeting.moved_from or meeting.day, today, weekday=False)} är inställt."
    assert meeting.moved_from is not None
    was, now = (near(d, today, weekday=False) for d in (meeting.moved_from, meeting.day))
    return f"{name} möte {was} är flyttat till {now}."


def _instead(plan: CasePlan, view: Outlook, aim: CaseDeadline, today: dt.date) -> str:
    offer = next((o for o in view.offers if o.way.last == plan.ends), None)
    if offer is None or aim.date is None:
        return "Kalendern har inget möte som går att nå. Lägg in fler möten, så räknas planen om."
    told = f"Planen går nu genom {_chain(offer.way, today)}{_after(offer.way.last, aim)}."
    kept = [d for d in view.lost if d.id != aim.id and d.date]
    also = [
        f"{_WHICH[d.clock]} {near(d.date, today, weekday=False)} "
        + ("har också gått ut." if d.date < today else "kan inte heller nås.")
        for d in kept
        if d.date
    ]
    return " ".join([told, *also])


def _chain(way: Way, today: dt.date) -> str:
    stops = [(s.body or "namnd", s.day) for s in way.steps if s.body in ("namnd", "ks", "kf")]
    told = [f"{rules.NAMES[body]} {near(day, today, weekday=False)}" for body, day in stops]
    if not told:
        return near(way.last, today, weekday=False)
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} och {told[-1]}"


def _after(day: dt.date, aim: CaseDeadline) -> str:
    assert aim.date is not None
    gone = (day - aim.date).days
    return f", {days(gone)} efter {plan_table.AFTER[aim.clock]}" if gone > 0 else ""


def _offer(
    offer: Offer,
    view: Outlook,
    aim: CaseDeadline,
    people: plan_table.People,
    seen: planning.Sight,
    chosen: bool,
    today: dt.date,
) -> Option:
    end = near(offer.way.last, today, weekday=False)
    start, papers = offer.way.day_of(rules.START), offer.way.day_of(rules.PAPERS)
    who = people.of(rules.START) or "Någon"
    told = []
    if offer.whole_time or offer.left is None:
        title = f"Planera för {end}"
        if start:
            begin = "nu" if start <= today else f"senast {near(start, today)}"
            told.append(f"{who} börjar skriva {begin} och får hela skrivtiden, {_weeks(seen.ways.writing_weeks)}.")
    else:
        title = f"Skriv på {offer.left} arbetsdagar"
        stop = f" Papperen ska vara inne {near(papers, today)}." if papers else ""
        told.append(f"{who} börjar nu.{stop}")
    told.append(f"Vägen går genom {_chain(offer.way, today)}{_after(offer.way.last, aim)}.")
    if offer.worse:
        missed = [f"{_WHICH[d.clock].lower()} {near(d.date, today, weekday=False)}" for d in offer.worse if d.date]
        told.append(f"Då passeras också {' och '.join(missed)}, så den går inte att välja.")
    ends = "" if offer.worse or chosen else offer.way.last.isoformat()
    return Option(title, " ".join(told), ends, chosen)


def _weeks(number: int) -> str:
    return "1 vecka" if number == 1 else f"{number} veckor"


def _respite(book: Book, case: Case, view: Outlook, today: dt.date) -> list[Option]:
    if view.respite is None:
        return []
    meeting, day = view.respite
    theirs = next((e.raw for e in book.externals(case.id)), "")
    number = f"ert ärende {views.clean(theirs, 80)}" if theirs else "ert ärende"
    ours = f" (vårt {case.dnr})" if case.dnr else ""
    asked = view.aim.date
    text = (
        f"Vi ber om anstånd till {views.day(day)} med svaret i {number}{ours}"
        f"{f', som skulle lämnas {views.day(asked)}' if asked else ''}. "
        f"Nämnden kan besluta tidigast {views.day(meeting)}, och svaret kan vara hos er {views.day(day)}."
    )
    return [
        Option(
            f"Be om anstånd till {near(day, today, weekday=False)}",
            f"Nämnden kan besluta {near(meeting, today)}. Har de sagt ja, svara ”anstånd” på påminnelsen eller rätta svarsdagen.",
            copy=text,
        )
    ]


def _report(view: Outlook, today: dt.date) -> list[Option]:
    law = next((d.date for d in view.lost if d.clock == "law" and d.date), None)
    if law is None:
        return []
    last = view.report_by
    if law < today:
        when = f"Tiden gick ut {near(law, today, weekday=False)}: gör det vid nästa möte."
    elif last:
        when = f"Senast vid fullmäktige {near(last, today)}."
    else:
        when = f"Senast {near(law, today)}."
    return [
        Option(
            "Redovisa för fullmäktige",
            "Kan beredningen inte bli klar inom ett år ska det, och vad den har visat, anmälas till fullmäktige inom "
            f"samma tid (kommunallagen 5 kap. 35 §). Fullmäktige får då avskriva ärendet. {when}",
        )
    ]


def _body(kind: str) -> str:
    return rules.NAMES.get("namnd" if kind == rules.DECISION else kind, "")
