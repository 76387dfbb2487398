"""The way back from the day that a decision must fall, through the meetings, to the day that somebody must start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handlers.rules.workdays import next_workday, workday_before, workdays_back, workdays_between

# The bodies in the order that a matter climbs. Those of the municipality have one calendar for all nämnder.
BODIES = ("presidium", "au", "namnd", "ksau", "ks", "kf")
COMMON = frozenset({"ksau", "ks", "kf"})
LOCAL = ("presidium", "au", "namnd")
NAMES: Mapping[str, str] = {
    "presidium": "presidiet",
    "au": "arbetsutskottet",
    "namnd": "nämnden",
    "ksau": "kommunstyrelsens arbetsutskott",
    "ks": "kommunstyrelsen",
    "kf": "fullmäktige",
}
# They prepare for somebody: where nobody has entered their calendar a matter goes past them.
_PREPARING = frozenset({"presidium", "au", "ksau"})
_CANDIDATES = 60  # meetings of the last body that are tried for the next possible way
PAPERS, DRAFT, START, MANAGER, STAFF, ANSWER = "tjansteskrivelse", "utkast", "start", "chef", "stab", "svar_skickat"
DECISION = "beslut"  # the step that the nämnd's meeting is, as decisions have always been noted


@dataclass(frozen=True, slots=True)
class Sitting:
    """A meeting that will be held; stop is the last day for its papers, where the calendar tells one."""

    id: int
    body: str
    day: dt.date
    stop: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """The last day (inclusive) for a body's meeting, or for "svar" the day that the answer must be with its receiver."""

    body: str
    day: dt.date
    why: str  # Swedish, after "Sista mötet": "före målet 28 mars"


@dataclass(frozen=True, slots=True)
class Ways:
    """How a nämnd works, in days. gaps: from a body to the next in the chain; stops: where the calendar tells no stop."""

    gaps: Mapping[str, int] = field(
        default_factory=lambda: {"presidium": 2, "au": 7, "namnd": 12, "ksau": 7, "ks": 7, "kf": 0}
    )
    stops: Mapping[str, int] = field(default_factory=lambda: {"presidium": 2, "au": 8, "namnd": 14})
    draft_workdays: int = 5  # from the draft to the stop day
    staff_workdays: int = 2  # of those, the central staff's
    writing_weeks: int = 6
    least_writing: int = 5  # working days: with fewer the way is lost
    send_days: int = 1  # from the nämnd's meeting to the answer being with its receiver
    manager: bool = True  # whether a manager approves
    staff: bool = False  # whether the central staff approves, before the nämnd
    closed: frozenset[dt.date] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: what, the last day for it, the meeting where it is one of the calendar, and why that day."""

    kind: str
    day: dt.date
    why: str
    meeting_id: int | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the meetings, in the order of time. assumed: bodies whose calendar is not there for those days."""

    steps: tuple[Step, ...]
    assumed: tuple[str, ...] = ()

    def day_of(self, kind: str) -> dt.date | None:
        """Return the day of a step."""
        return next((s.day for s in self.steps if s.kind == kind), None)

    @property
    def last(self) -> dt.date:
        """The day of the last step."""
        return self.steps[-1].day


@dataclass(frozen=True, slots=True)
class Calendar:
    """Each body's meetings in the order of days, and the years for which a calendar has been entered at all."""

    sittings: Mapping[str, Sequence[Sitting]]
    years: frozenset[tuple[str, int]]

    def of(self, body: str) -> Sequence[Sitting]:
        """Return a body's meetings."""
        return self.sittings.get(body, ())

    def last(self, body: str, since: dt.date, until: dt.date) -> Sitting | None:
        """Return a body's last meeting from a day to a day, both inclusive."""
        return next((s for s in reversed(self.of(body)) if since <= s.day <= until), None)

    def knows(self, body: str, day: dt.date) -> bool:
        """Say whether a body's calendar is there for the time before a day."""
        begun = (body, day.year - 1) in self.years or any(s.day <= day for s in self.of(body) if s.day.year == day.year)
        return (body, day.year) in self.years and begun


def calendar_of(sittings: Iterable[Sitting], cancelled: Iterable[Sitting] = ()) -> Calendar:
    """Return meetings as a calendar; cancelled ones tell only that their year has been entered."""
    made: dict[str, list[Sitting]] = {}
    for sitting in sorted(sittings, key=lambda s: (s.day, s.id)):
        made.setdefault(sitting.body, []).append(sitting)
    years = {(s.body, s.day.year) for body in made.values() for s in body} | {(s.body, s.day.year) for s in cancelled}
    return Calendar(made, frozenset(years))


def step_of(body: str) -> str:
    """Return the step that a body's meeting is."""
    return DECISION if body == "namnd" else body


def way_back(
    chain: Sequence[str],
    bounds: Iterable[Bound],
    calendar: Calendar,
    ways: Ways,
    *,
    since: dt.date,
    done: frozenset[str] = frozenset(),
) -> Way | None:
    """Return the latest way that keeps every bound, or None when a body has no meeting early enough.

    chain: the bodies that the matter passes. since: no meeting before that day is used, and nobody starts before it.
    done: steps that are behind. Bodies after the last bound are not planned. Source: KL 5 kap. 13, 15, 26, 28 §§ for
    the order and fullmäktige's week; the rest is the nämnd's own choice.

    >>> sittings = [Sitting(1, "namnd", dt.date(2027, 2, 25)), Sitting(2, "namnd", dt.date(2027, 3, 25))]
    >>> bound = Bound("svar", dt.date(2027, 3, 9), "före svarsdagen 9 mars")
    >>> way = way_back(["au", "namnd"], [bound], calendar_of(sittings), Ways(), since=dt.date(2026, 10, 6))
    >>> [(s.kind, s.day.isoformat()) for s in way.steps]  # doctest: +NORMALIZE_WHITESPACE
    [('start', '2026-12-23'), ('utkast', '2027-02-04'), ('chef', '2027-02-11'), ('tjansteskrivelse', '2027-02-11'),
     ('beslut', '2027-02-25'), ('svar_skickat', '2027-03-09')]
    """
    limits: dict[str, Bound] = {}
    for bound in bounds:
        if bound.body not in limits or bound.day < limits[bound.body].day:
            limits[bound.body] = bound
    answer = _answer_step(limits.pop("svar", None), limits, chain, ways, done)
    met = _meetings_back(chain, limits, calendar, ways, since, done)
    if met is None:
        return None
    meetings, assumed = met
    papers = _papers(meetings, answer, calendar, ways, done)
    steps = [*_writing(papers, ways, since, done), *meetings, *([answer] if answer else [])]
    steps.sort(key=lambda s: (s.day, place(s.kind)))
    return Way(tuple(steps), assumed) if steps else None


_ORDER = (START, DRAFT, MANAGER, STAFF, PAPERS, "presidium", "au", DECISION, ANSWER, "ksau", "ks", "kf")


def place(kind: str) -> int:
    """Return where a step stands among the others of its day; an unknown one last."""
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _answer_step(
    bound: Bound | None, limits: dict[str, Bound], chain: Sequence[str], ways: Ways, done: frozenset[str]
) -> Step | None:
    """Return the step of sending the answer, and bind the nämnd's meeting to it."""
    if bound is None or ANSWER in done:
        return None
    # A stated day on a day off stays printed; the work aims at the working day before (lag 1930:173 moves only the law's).
    day = workday_before(bound.day, ways.closed)
    if "namnd" in chain:
        last = day - dt.timedelta(days=ways.send_days)
        if "namnd" not in limits or last < limits["namnd"].day:
            limits["namnd"] = Bound("namnd", last, bound.why)
    return Step(
        ANSWER, day, "Svaret ska vara framme" + (f", arbetsdagen före {short(bound.day)}" if day != bound.day else "")
    )


def _meetings_back(
    chain: Sequence[str],
    limits: Mapping[str, Bound],
    calendar: Calendar,
    ways: Ways,
    since: dt.date,
    done: frozenset[str],
) -> tuple[list[Step], tuple[str, ...]] | None:
    steps: list[Step] = []
    assumed: list[str] = []
    for body in sorted(chain, key=BODIES.index, reverse=True):
        if step_of(body) in done:
            break
        upper = limits.get(body)
        if steps:
            after = steps[-1]
            gap = ways.gaps.get(body, 0)
            day = after.day - dt.timedelta(days=gap)
            if upper is None or day < upper.day:
                upper = Bound(body, day, f"minst {_days(gap)} före {NAMES[after.body]}")
        if upper is None:
            continue
        known = calendar.knows(body, upper.day)
        sitting = calendar.last(body, since, upper.day) if known else None
        if sitting:
            steps.append(Step(step_of(body), sitting.day, f"Sista mötet {upper.why}", sitting.id, body))
        elif known:
            return None
        elif body not in _PREPARING:
            day = workday_before(upper.day, ways.closed)
            if day < since:
                return None
            why = f"Senast {upper.why}; mötena {upper.day.year} är inte inlagda"
            steps.append(Step(step_of(body), day, why, None, body))
            assumed.append(body)
    return steps, tuple(assumed)


def _papers(
    meetings: Sequence[Step], answer: Step | None, calendar: Calendar, ways: Ways, done: frozenset[str]
) -> Step | None:
    """Return the day that the papers must be in: the earliest stop day of the nämnd's own meetings."""
    if DECISION in done:
        return None
    stops = []
    for step in meetings:
        if step.body in LOCAL:
            told = next((s.stop for s in calendar.of(step.body) if s.id == step.meeting_id), None)
            day = told or step.day - dt.timedelta(days=ways.stops.get(step.body, 0))
            stops.append((workday_before(day, ways.closed), f"Stoppdag för {NAMES[step.body]} {short(step.day)}"))
    if not stops and answer:
        day = workday_before(answer.day - dt.timedelta(days=ways.send_days), ways.closed)
        stops.append((day, f"Före svarsdagen {short(answer.day)}"))
    if not stops:
        return None
    day, why = min(stops)
    return Step(PAPERS, day, why)


def _writing(papers: Step | None, ways: Ways, since: dt.date, done: frozenset[str]) -> list[Step]:
    if papers is None:
        return []
    approved = workdays_back(papers.day, ways.staff_workdays if ways.staff else 0, ways.closed)
    draft = min(workdays_back(papers.day, ways.draft_workdays, ways.closed), approved)
    steps = [] if PAPERS in done else [papers]
    if ways.staff and STAFF not in done:
        steps.append(Step(STAFF, papers.day, "Ska vara klart före nämnden"))
    if ways.manager and MANAGER not in done:
        days = ways.staff_workdays if ways.staff else 0
        why = f"{_workdays(days)} före stabens dag" if days else "Samma dag som papperen lämnas"
        steps.append(Step(MANAGER, approved, why))
    if DRAFT not in done:
        steps.append(Step(DRAFT, draft, f"{_workdays(ways.draft_workdays)} före stoppdagen {short(papers.day)}"))
        if START not in done:
            usual = workday_before(draft - dt.timedelta(weeks=ways.writing_weeks), ways.closed)
            day = min(max(usual, since), draft)
            why = f"{_weeks(ways.writing_weeks)} före utkastet" if day == usual else "Så snart som möjligt"
            steps.append(Step(START, day, why))
    return steps


# What a step that is done settles besides itself.
_BEFORE: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({START}),
    MANAGER: frozenset({START, DRAFT}),
    STAFF: frozenset({START, DRAFT, MANAGER}),
    PAPERS: frozenset({START, DRAFT}),
    "handlaggare_klar": frozenset({START, DRAFT, PAPERS}),
    "presidium": frozenset({START, DRAFT, MANAGER, PAPERS}),
    "au": frozenset({START, DRAFT, MANAGER, PAPERS, "presidium"}),
}
_NAMND = frozenset({START, DRAFT, MANAGER, STAFF, PAPERS, "presidium", "au", DECISION})


def settled(done: Iterable[str]) -> frozenset[str]:
    """Return what is behind when some steps are done: before a decision lies everything that led to it.

    >>> sorted(settled(["chef"]))
    ['chef', 'start', 'utkast']
    """
    made: set[str] = set()
    for kind in done:
        made |= {kind} | _BEFORE.get(kind, frozenset())
        if kind in (DECISION, ANSWER, "ksau", "ks", "kf"):
            made |= _NAMND
    return frozenset(made)


def time_to_write(way: Way, ways: Ways, *, today: dt.date, done: frozenset[str]) -> int | None:
    """Return the working days that are left until the papers must be in; None when nothing is left to write."""
    papers = way.day_of(PAPERS)
    if papers is None or DRAFT in done or PAPERS in done:
        return None
    return workdays_between(today, papers, ways.closed)


def holds(way: Way, ways: Ways, *, today: dt.date, done: frozenset[str]) -> bool:
    """Say whether a way can still be gone: no meeting lies behind, and there is time enough to write."""
    left = time_to_write(way, ways, today=today, done=done)
    if left is not None and left < ways.least_writing:
        return False
    return all(s.day >= today for s in way.steps if s.body or s.kind in (PAPERS, ANSWER))


def next_way(
    chain: Sequence[str],
    calendar: Calendar,
    ways: Ways,
    *,
    today: dt.date,
    done: frozenset[str] = frozenset(),
    least: int | None = None,
) -> Way | None:
    """Return the soonest way that can still be gone, whatever its bounds were; None when the calendar tells of none.

    least: with so many working days to write; None means the nämnd's usual time.
    """
    bodies = [b for b in sorted(chain, key=BODIES.index) if step_of(b) not in done]
    if not bodies:
        return None
    last = bodies[-1]
    first = next_workday(today)  # nobody begins on a Sunday
    ahead = [s for s in calendar.of(last) if s.day >= today][:_CANDIDATES]
    need = replace(ways, least_writing=ways.writing_weeks * 5 if least is None else least)
    for sitting in ahead:
        bound = Bound(last, sitting.day, f"som kan nås, {NAMES[last]} {short(sitting.day)}")
        way = way_back(bodies, [bound], calendar, ways, since=first, done=done)
        if way and holds(way, need, today=today, done=done):
            return way
    return None


def short(day: dt.date) -> str:
    """Return a day as a short piece of a sentence.

    >>> short(dt.date(2027, 3, 9))
    '9 mars'
    """
    return f"{day.day} {_MONTHS[day.month - 1]}"


_MONTHS = ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sept", "okt", "nov", "dec")
_WORDS = ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv")


def _number(n: int) -> str:
    return _WORDS[n] if n < len(_WORDS) else str(n)


def _days(n: int) -> str:
    return "en dag" if n == 1 else f"{_number(n)} dagar"


def _workdays(n: int) -> str:
    return "En arbetsdag" if n == 1 else f"{_number(n).capitalize()} arbetsdagar"


def _weeks(n: int) -> str:
    return "En vecka" if n == 1 else f"{_number(n).capitalize()} veckor"
