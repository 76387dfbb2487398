"""A case's plan as its page shows it: how it stands, what is next, the drawing, the table, and the ways out when it is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pages import plan_out, plan_table, views
from bot.pages.drawing import Drawing
from bot.pages.plan_drawing import draw
from bot.pages.plan_scene import Lane, Scene, Stop
from handlers import planning
from handlers.notices.words import upper_first
from handlers.outlook import Outlook, outlook
from handlers.rules import meetings as rules
from storage.records import Case, CaseDeadline, CasePlan, Entry, Milestone, Person
from storage.store import Book

_LANES = {**rules.NAMES, "presidium": "presidiet", "ksau": "KS arbetsutskott", "svar": "svaret"}
# What somebody does by a day, and what they should have done.
_DOES = {
    "start": ("börjar skriva senast", "börjat skriva"),
    "utkast": ("lämnar utkastet till chefen senast", "lämnat utkastet till chefen"),
    "chef": ("godkänner senast", "godkänt"),
    "stab": ("godkänner senast", "godkänt"),
    "tjansteskrivelse": ("lämnar tjänsteskrivelsen senast", "lämnat tjänsteskrivelsen"),
    "svar_skickat": ("skickar svaret så att det är framme", "skickat svaret"),
    "beslut": ("beslutar", "beslutat"),
    "kf": ("beslutar", "beslutat"),
}
_LOST = {"stated": "Svarsdagen kan inte längre nås", "goal": "Målet kan inte längre nås"}


@dataclass(frozen=True, slots=True)
class PlanView:
    """All that the page shows of a plan."""

    tag: views.State
    sentence: str
    out: plan_out.Out | None
    drawing: Drawing | None
    title: str
    desc: str
    rows: tuple[plan_table.Row, ...]
    without: str  # what calendars are missing
    has_lost: bool
    has_maybe: bool


def plan_view(
    book: Book, case: Case, days_of: Sequence[CaseDeadline], entries: Sequence[Entry], today: dt.date
) -> PlanView | None:
    """Return a case's plan; None when there is none, and of a secret case always."""
    plan = None if case.secret else book.plan(case.id)
    if plan is None:
        return None
    steps = book.milestones(case.id)
    handlaggare: Person | None = book.person(case.handlaggare_id) if case.handlaggare_id else None
    people = plan_table.people_of(book, case, handlaggare, today)
    seen = planning.sight_of(book, case, steps, today)
    # What waits for somebody else is nobody's debt here.
    view = None if case.waiting_for else outlook(book, case, plan, today)
    aim = view.aim if view else None
    scene = _scene(case, plan, steps, seen, view, days_of, today)
    out = plan_out.out_of(book, case, plan, view, people, seen, entries, today) if view else None
    return PlanView(
        tag=_tag(plan, aim),
        sentence=_sentence(steps, people, today),
        out=out,
        drawing=draw(scene) if scene.stops or scene.work else None,
        title=f"Planen för {case.dnr or 'ärendet'}"
        + (f". {_LOST.get(aim.clock, 'Lagens tid kan inte hållas')}" if aim else ""),
        desc=_desc(scene, plan),
        rows=plan_table.rows(book, case, plan, steps, aim, people, entries, today),
        without=_without(plan, steps),
        has_lost=bool(scene.gone),
        has_maybe=any(s.assumed for s in scene.stops),
    )


def standing(stands: views.Standing, plan: PlanView | None) -> views.Standing:
    """Return how a case stands with its plan in mind: what has passed already, or waits for others, is said first."""
    if plan is None or stands.group in ("sekretess", "inget", "andra"):
        return stands
    worse = plan.tag.look == "law" and stands.group != "lag"
    if (not worse and stands.group in ("lag", "mal")) or stands.tag.icon == "vantar":
        first = stands.sentence.split(". ")[0].rstrip(".")
        return views.Standing(stands.group, stands.state, stands.tag, f"{first}. {plan.sentence}")
    return views.Standing(stands.group, stands.state, plan.tag, plan.sentence)


def _tag(plan: CasePlan, aim: CaseDeadline | None) -> views.State:
    if plan.state == "lost":
        if aim and aim.clock == "law":
            return views.State("law", "lag", "Lagens tid kan inte hållas")
        return views.State("goal", "mal", _LOST[aim.clock] if aim else "Planen håller inte")
    if plan.state == "tight":
        return views.State("goal", "mal", "Kort om tid")
    return views.State("fine", "itid", "I tid")


def _sentence(steps: Sequence[Milestone], people: plan_table.People, today: dt.date) -> str:
    """Say what is next: who does what by when; and where that is late, when the papers must be in."""
    left = plan_table.ahead(steps)
    if not left or left[0].planned is None:
        return "Ingen väg genom mötena går att nå."
    first, day = left[0], left[0].planned
    who = people.of(first.kind) or _body(first.kind) or "Någon"
    does, done = _DOES.get(first.kind, ("har ärendet", "haft ärendet"))
    if day >= today:
        told = f"{who} {does} {plan_out.near(day, today)}, {views.ahead(day, today)}."
    else:
        told = f"{who} skulle ha {done} {plan_out.near(day, today)}, {views.ahead(day, today)}."
        papers = next((m.planned for m in left if m.kind == rules.PAPERS), None)
        if papers and papers >= today and first.kind != rules.PAPERS:
            told += f" Papperen ska vara inne {plan_out.near(papers, today)}, {views.ahead(papers, today)}."
    return told


def _body(kind: str) -> str:
    """Return the body whose meeting a step is, as a sentence begins with it; empty for what is no meeting."""
    body = "namnd" if kind == rules.DECISION else kind
    return upper_first(rules.NAMES[body]) if body in rules.NAMES else ""


def _scene(
    case: Case,
    plan: CasePlan,
    steps: Sequence[Milestone],
    seen: planning.Sight,
    view: Outlook | None,
    known: Sequence[CaseDeadline],
    today: dt.date,
) -> Scene:
    done = {m.kind: m.met_on for m in steps if m.met_on}
    left = {m.kind: m for m in plan_table.ahead(steps)}
    keys = [b for b in rules.BODIES if b in seen.chain]
    if rules.ANSWER in left:
        keys.insert(next((i for i, b in enumerate(keys) if b in ("ksau", "ks", "kf")), len(keys)), "svar")
    # A body that nobody has a calendar for, and that the plan goes past, has nothing to show.
    keys = [b for b in keys if b == "svar" or seen.calendar.of(b) or _step(b) in left or _step(b) in done]
    gone = {s.kind: s.day for s in view.gone.steps} if view and view.gone else {}
    active = [d for d in known if d.state == "active" and d.date]
    years = range(today.year, max([today.year, *(m.planned.year for m in left.values() if m.planned)]) + 1)
    return Scene(
        today=today,
        came=case.inkommen_at.astimezone(views.STOCKHOLM).date(),
        lanes=tuple(
            Lane(
                upper_first(_LANES[b]),
                tuple(s.day for s in seen.calendar.of(b)),
                () if b == "svar" else tuple(y for y in years if (b, y) not in seen.calendar.years),
            )
            for b in keys
        ),
        stops=tuple(_stops(keys, left, done)),
        work=_work(left, done),
        gone=tuple(Stop(i, gone[_step(b)]) for i, b in enumerate(keys) if _step(b) in gone),
        gone_work=(gone["start"], gone["utkast"]) if "start" in gone and "utkast" in gone else None,
        goal=_first(active, "goal"),
        law=_first(active, "law"),
        stated=tuple(d.date for d in active if d.clock == "stated" and d.date),
    )


def _stops(keys: Sequence[str], left: dict[str, Milestone], done: dict[str, dt.date]) -> list[Stop]:
    made = []
    for i, body in enumerate(keys):
        step = left.get(_step(body))
        if step and step.planned:
            made.append(Stop(i, step.planned, step.meeting_id is None and body != "svar"))
        elif _step(body) in done and left:
            made.append(Stop(i, done[_step(body)]))
    return made


def _work(left: dict[str, Milestone], done: dict[str, dt.date]) -> tuple[dt.date, dt.date] | None:
    start = done.get("start") or (left["start"].planned if "start" in left else None)
    draft = left["utkast"].planned if "utkast" in left else None
    return (min(start, draft), draft) if start and draft else None


def _step(body: str) -> str:
    return rules.ANSWER if body == "svar" else rules.step_of(body)


def _first(active: Sequence[CaseDeadline], clock: str) -> dt.date | None:
    return next((d.date for d in active if d.clock == clock), None)


def _desc(scene: Scene, plan: CasePlan) -> str:
    told = [f"Skrivtiden går från {views.day(scene.work[0])} till {views.day(scene.work[1])}."] if scene.work else []
    way = ", ".join(f"{scene.lanes[s.lane].name.lower()} {views.day(s.day)}" for s in scene.stops)
    told += [f"Vägen går till {way}."] if way else []
    gone = ", ".join(f"{scene.lanes[s.lane].name.lower()} {views.day(s.day)}" for s in scene.gone)
    told += [f"Vägen som inte längre går gick till {gone}."] if gone else []
    aims = [("Svarsdagen", d) for d in scene.stated[:2]] + [("Målet", scene.goal), ("Lagens tid", scene.law)]
    told += [f"{name} är {views.day(day)}." for name, day in aims if day]
    return " ".join([*told, "Tabellen efter bilden säger samma sak."])


def _without(plan: CasePlan, steps: Sequence[Milestone]) -> str:
    """Say which bodies' meetings are not entered, and what the days then are."""
    kinds = {rules.step_of(b): b for b in plan.assumed}
    missing: dict[int, list[str]] = {}
    for m in plan_table.ahead(steps):
        if m.kind in kinds and m.planned:
            missing.setdefault(m.planned.year, []).append(_genitive(rules.NAMES[kinds[m.kind]]))
    if not missing:
        return ""
    told = " och ".join(f"{_listed(bodies)} möten {year}" for year, bodies in sorted(missing.items()))
    return f"{upper_first(told)} är inte inlagda. Dagarna här är de senaste möjliga."


def _genitive(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} och {words[-1]}"
