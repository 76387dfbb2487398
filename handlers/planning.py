"""The plan of a case: the way back from the day of the decision through the meetings, made anew when something moves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.choices import choice
from handlers.errors import Invalid, TooLate
from handlers.notices.words import STOCKHOLM
from handlers.rules import meetings as rules
from handlers.rules.meetings import Bound, Sitting, Way, Ways
from handlers.rules.workdays import next_workday, workdays_back
from storage.records import Case, CaseDeadline, CasePlan, Meeting, Milestone
from storage.store import Book

_LIVING = ("open", "waiting_dnr")
KS = ("ks", "kommunstyrelsen")  # the keys of a nämnd that is kommunstyrelsen itself
_OWN = {"ks": "namnd", "ksau": "au"}  # what its meetings are in its own cases
_MOST = 200  # plans looked at in one transaction
# Days that something else than a decision shall be done by: they have their reminders, but no way through meetings.
_NO_DECISION = re.compile(
    r"kontaktperson|underlag|faktakontroll|anmäl|leverans|komplettering|avgift|betal", re.IGNORECASE
)
# A meeting that has been is taken as held while its minutes are on their way: fourteen days to be adjusted (KL 5 kap.
# 69 §, 6 kap. 35 §), two to be announced, and some to be sent.
GRACE = dt.timedelta(days=21)
_BACK = dt.timedelta(days=400)  # so old meetings tell whether a calendar is there


def replan(
    book: Book,
    case_id: int,
    *,
    now: dt.datetime,
    actor: str = "boten",
    meeting_id: int | None = None,
    only_stop: bool = False,
) -> bool:
    """Make a case's plan anew from its clocks, its done steps and the calendars; return whether anything changed.

    Of a secret or closed case there is no plan. Every change is journalled. meeting_id: the meeting that was moved or
    cancelled, or with only_stop has another stop day; those whom it touches are told, as they are when a clock can no
    longer be kept.
    """
    case = book.case(case_id, lock=True)  # two who make it anew at once do it one after the other
    before, was = book.plan(case_id), book.milestones(case_id)
    living = not case.secret and case.state in _LIVING
    made = _made(book, case, before, was, now.astimezone(STOCKHOLM).date()) if living else None
    if made is None:
        if before is not None:
            book.drop_plan(case_id)
        return before is not None
    plan, steps = made
    days = {m.kind: m.planned for m in was if m.planned and m.met_on is None}
    same = before is not None and (before.state, before.lost) == (plan.state, plan.lost)
    changed = not same or days != {s.kind: s.day for s in steps}
    news = list(before.news) if before else []
    slipped = before and before.state == "lost" and plan.ends and before.ends and plan.ends > before.ends
    if set(plan.lost) - set(before.lost if before else ()) or (plan.lost and slipped):
        news.append("lost")
    if not plan.lost:
        news = [n for n in news if n != "lost"]  # it can be kept after all, before anybody was told
    if meeting_id is not None and changed:
        news.append(f"{'stop' if only_stop else 'meeting'}:{meeting_id}")
    plan = dataclasses.replace(plan, news=tuple(dict.fromkeys(news)))
    book.put_plan(plan, [(s.kind, s.day, s.meeting_id, s.why) for s in steps])
    if changed:
        _note(book, case, plan, steps, days if before else None, now=now, actor=actor)
    return changed


def review(book: Book, namnd: str, *, now: dt.datetime) -> int:
    """Look anew at the plans that may stand otherwise though nothing has happened: a step has gone by, or the time to
    write has become too short. Return how many changed; those that are left come the next time."""
    cases = book.plans_to_review(namnd, now.astimezone(STOCKHOLM).date(), limit=_MOST)
    return sum(replan(book, case, now=now) for case in cases)


def _note(
    book: Book,
    case: Case,
    plan: CasePlan,
    steps: Sequence[rules.Step],
    was: Mapping[str, dt.date | None] | None,
    *,
    now: dt.datetime,
    actor: str,
) -> None:
    data: dict[str, object] = {"läge": plan.state, "steg": {s.kind: s.day.isoformat() for s in steps}}
    if was is not None:
        data["förut"] = {kind: day.isoformat() for kind, day in was.items() if day}
    what = "plan gjord" if was is None else "plan ändrad"
    book.note(case.namnd, what, now=now, actor=actor, case_id=case.id, data=data)


def _made(
    book: Book, case: Case, before: CasePlan | None, was: Sequence[Milestone], today: dt.date
) -> tuple[CasePlan, tuple[rules.Step, ...]] | None:
    ways, chain = ways_of(book, case), chain_of(book, case)
    bounds = bounds_of(book.deadlines(case.id, active=True), chain, ways, case.namnd)
    if not bounds:
        return None
    seen = sight_of(book, case, was, today)
    done = seen.done
    way, lost = _way(seen, bounds, before, next((m.planned for m in was if m.kind == rules.START), None))
    if way is None and chain and all(rules.step_of(body) in seen.done for body in chain):
        # Every meeting has been, and nothing is left to plan; what they came too late for stays lost.
        lost = _broken(Way(seen.held), bounds, seen) if seen.held else []
    late = way is not None and any(s.day < today for s in way.steps)
    first = min(bounds, key=lambda b: b[1].day)
    plan = CasePlan(
        case_id=case.id,
        state="lost" if lost else "tight" if late else "ok",
        target=first[0].date or first[1].day,
        deadline_id=first[0].id,
        ends=way.last if way else None,
        lost=tuple(d.id for d in lost),
        assumed=way.assumed if way else (),
        made_on=today,
        review_on=_review_on(way, ways, today, done, seen.held),
    )
    return plan, (*seen.held, *(way.steps if way else ()))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a plan is made from, beside its clocks."""

    chain: tuple[str, ...]
    calendar: rules.Calendar
    ways: Ways
    since: dt.date
    today: dt.date
    done: frozenset[str]
    held: tuple[rules.Step, ...] = ()  # meetings that have been, whose minutes are on their way

    def back(self, bounds: Iterable[Bound], since: dt.date | None = None) -> Way | None:
        """Return the latest way that keeps the bounds and can still be gone."""
        since = since or self.since
        way = rules.way_back(self.chain, bounds, self.calendar, self.ways, since=since, done=self.done)
        return way if way and rules.holds(way, self.ways, today=self.today, done=self.done) else None

    def on(self, least: int) -> Way | None:
        """Return the soonest way that can still be gone with so many working days to write."""
        return rules.next_way(self.chain, self.calendar, self.ways, today=self.today, done=self.done, least=least)

    @property
    def usual(self) -> int:
        """The working days that the nämnd usually has to write."""
        return self.ways.writing_weeks * 5


def sight_of(book: Book, case: Case, was: Sequence[Milestone], today: dt.date) -> Sight:
    """Return what a case's plan is made from today: its bodies, their calendars, how the nämnd works, what is done."""
    came = case.registered_at.astimezone(STOCKHOLM).date()
    # Nobody starts while the case rests.
    rested = case.paused_until + dt.timedelta(days=1) if case.paused_until and case.paused_until >= today else came
    met = rules.settled(m.kind for m in was if m.met_on)
    chain = chain_of(book, case)
    held = _held(chain, was, met, today)
    return Sight(
        chain,
        calendar_for(book, case.namnd, today),
        ways_of(book, case),
        next_workday(max(came, rested)),
        today,
        met | {s.kind for s in held} | rules.settled(s.kind for s in held if s.kind not in _PREPARING),
        held,
    )


_PREPARING = ("presidium", "au", "ksau")


def _held(
    chain: Sequence[str], was: Sequence[Milestone], met: frozenset[str], today: dt.date
) -> tuple[rules.Step, ...]:
    """Return the plan's meetings that have been and could take the matter up: its papers were in by then.

    The preparing bodies send no minutes; of the others they are waited for as long as they may take.
    """
    if rules.PAPERS not in met:
        return ()
    mine = {m.kind: m for m in was if m.planned and m.planned < today and m.kind not in met}
    held: list[rules.Step] = []
    for body in sorted(chain, key=rules.BODIES.index):
        kind = rules.step_of(body)
        m = mine.get(kind)
        if body not in _PREPARING and kind not in met and (m is None or m.planned is None or today > m.planned + GRACE):
            break  # what comes after it waits for it
        if m and m.planned:
            held.append(rules.Step(kind, m.planned, m.why, m.meeting_id, body))
    return tuple(held)


def _way(
    seen: Sight, bounds: Sequence[tuple[CaseDeadline, Bound]], before: CasePlan | None, began: dt.date | None
) -> tuple[Way | None, list[CaseDeadline]]:
    """Return the way to go, and the clocks that it cannot keep.

    As long as all can be kept: the latest way that does. Otherwise the next possible one, with half the time to write at
    least; with less when that saves another clock, such as the law's year. A way that was taken instead is kept to until it
    too is lost: it must not slip a meeting further every day.
    """
    way = seen.back([b for _, b in bounds])
    if way:
        return way, []
    hopeless = [d for d, b in bounds if seen.back([b]) is None]
    kept = None
    if before and before.state == "lost" and before.ends:
        last = [b for b in sorted(seen.chain, key=rules.BODIES.index) if rules.step_of(b) not in seen.done][-1:]
        aim = [Bound(body, before.ends, f"som planen nu siktar på, {_told(before.ends)}") for body in last]
        kept = seen.back([*aim, *(b for d, b in bounds if d not in hopeless)], began) if aim else None
        # Where the meeting that it ended with is gone the way is gone too; a shorter one is not what was taken.
        if kept and before.ends not in (kept.last, *(kept.day_of(rules.step_of(b)) for b in last)):
            kept = None
    half = max(seen.ways.least_writing, -(-seen.usual // 2))
    ways = [kept] if kept else [seen.on(half), seen.on(seen.ways.least_writing)]
    best = min((w for w in ways if w), key=lambda w: len(_broken(w, bounds, seen)), default=None)
    if best is None:
        return None, hopeless or [d for d, _ in bounds]
    return best, _broken(best, bounds, seen) or hopeless or [min(bounds, key=lambda b: b[1].day)[0]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way that can still be gone when the target is lost. left: working days until the papers must be in.

    breaks: the clocks that it does not keep; worse: those of them that another offer keeps, so it cannot be chosen.
    """

    way: Way
    whole_time: bool
    left: int | None
    breaks: tuple[CaseDeadline, ...]
    worse: tuple[CaseDeadline, ...] = ()


def offers_of(
    seen: Sight, bounds: Sequence[tuple[CaseDeadline, Bound]], plan: CasePlan, steps: Sequence[Milestone]
) -> tuple[Offer, ...]:
    """Return the ways out of a lost plan, latest first: with the whole time to write, the soonest, and the one taken."""
    found: dict[dt.date, tuple[Way, bool]] = {}
    for whole in (True, False):
        way = seen.on(seen.usual if whole else seen.ways.least_writing)
        if way:
            found.setdefault(way.last, (way, whole))
    taken = _taken(plan, steps)
    if taken and taken.last not in found:
        found[taken.last] = (taken, False)
    made = [
        Offer(
            way,
            whole,
            rules.time_to_write(way, seen.ways, today=seen.today, done=seen.done),
            tuple(_broken(way, bounds, seen)),
        )
        for way, whole in (found[day] for day in sorted(found, reverse=True))
    ]
    always = set.intersection(*({d.id for d in o.breaks} for o in made)) if made else set()
    fewest = min((len(o.breaks) for o in made), default=0)
    return tuple(
        dataclasses.replace(o, worse=tuple(d for d in o.breaks if d.id not in always) if len(o.breaks) > fewest else ())
        for o in made
    )


def _taken(plan: CasePlan, steps: Sequence[Milestone]) -> Way | None:
    """Return the way that a plan has taken, from its steps that are ahead."""
    bodies = {rules.step_of(b): b for b in rules.BODIES}
    ahead = [
        rules.Step(m.kind, m.planned, m.why, m.meeting_id, bodies.get(m.kind, ""))
        for m in steps
        if m.planned and not m.met_on
    ]
    ahead.sort(key=lambda s: (s.day, rules.place(s.kind)))
    return Way(tuple(ahead), plan.assumed) if ahead and plan.ends else None


def choose(book: Book, case_id: int, ends: dt.date, *, now: dt.datetime, actor: str) -> None:
    """Keep to the way out that ends on a day, until it too is lost; who chose it stands in the journal.

    Raises TooLate when the target can be kept after all, Invalid when no way that is offered ends on that day.
    """
    case = book.case(case_id, lock=True)
    before, was = book.plan(case_id), book.milestones(case_id)
    if case.secret or before is None:
        raise Invalid("Ärendet har ingen plan att välja.", "plan")
    seen = sight_of(book, case, was, now.astimezone(STOCKHOLM).date())
    bounds = bounds_of(book.deadlines(case_id, active=True), seen.chain, seen.ways, case.namnd)
    if before.state != "lost" or seen.back([b for _, b in bounds]):
        raise TooLate("Planen har ändrats medan du läste: dagen kan nås igen. Titta på den nya planen.")
    offer = next((o for o in offers_of(seen, bounds, before, was) if o.way.last == ends), None)
    if offer is None:
        raise Invalid("Den planen går inte längre att följa. Välj en av dem som visas nu.", "plan")
    if offer.worse:
        raise Invalid("Den planen passerar en dag som en annan plan håller. Välj den andra.", "plan")
    steps = [(s.kind, s.day, s.meeting_id, s.why) for s in offer.way.steps]
    book.put_plan(dataclasses.replace(before, ends=ends, assumed=offer.way.assumed), steps)
    book.change_case(case_id)
    book.note(
        case.namnd,
        "plan vald",
        now=now,
        actor=actor,
        case_id=case_id,
        data={
            "slutar": ends.isoformat(),
            "förut": before.ends.isoformat() if before.ends else None,
            "steg": {s.kind: s.day.isoformat() for s in offer.way.steps},
        },
    )
    replan(book, case_id, now=now, actor=actor)


def _broken(way: Way, bounds: Sequence[tuple[CaseDeadline, Bound]], seen: Sight) -> list[CaseDeadline]:
    """Return the clocks that a way does not keep."""
    broken = []
    for deadline, bound in bounds:
        if bound.body == "svar":
            last = bound.day - dt.timedelta(days=seen.ways.send_days)
            day = way.day_of(rules.DECISION) or way.day_of(rules.ANSWER)
            kept = rules.ANSWER in seen.done or (day is not None and (day <= last or way.day_of(rules.ANSWER) == day))
        else:
            day = way.day_of(rules.step_of(bound.body))
            kept = day <= bound.day if day else rules.step_of(bound.body) in seen.done
        if not kept:
            broken.append(deadline)
    return broken


def _review_on(
    way: Way | None, ways: Ways, today: dt.date, done: frozenset[str], held: Sequence[rules.Step]
) -> dt.date | None:
    """Return the first day after today on which the plan may stand otherwise if nothing is done."""
    one = dt.timedelta(days=1)
    days = [s.day + GRACE + one for s in held if s.kind not in _PREPARING]
    days += [s.day + one for s in way.steps if s.kind not in done] if way else []
    papers = way.day_of(rules.PAPERS) if way else None
    if papers and rules.DRAFT not in done and rules.PAPERS not in done:
        days.append(workdays_back(papers, ways.least_writing, ways.closed) + one)
    return min((d for d in days if d > today), default=None)


def chain_of(book: Book, case: Case) -> tuple[str, ...]:
    """Return the bodies that a case passes, by its type and the nämnd's choice."""
    chain = choice(book, case.namnd, "chains").get(case.type, ())
    # Where kommunstyrelsen itself has the case its own meeting is the nämnd's.
    return tuple(b for b in chain if case.namnd not in KS or b not in ("ksau", "ks"))


def ways_of(book: Book, case: Case) -> Ways:
    """Return how the case's nämnd works, in days."""
    key = case.namnd
    weeks: Mapping[str, int] = choice(book, key, "writing_weeks")
    return Ways(
        gaps=choice(book, key, "gaps"),
        stops=choice(book, key, "stop_days"),
        draft_workdays=choice(book, key, "draft_workdays"),
        staff_workdays=choice(book, key, "staff_workdays"),
        writing_weeks=weeks.get(case.type, weeks.get("", 4)),
        least_writing=choice(book, key, "least_writing"),
        send_days=choice(book, key, "send_days"),
        manager=case.type in choice(book, key, "manager_for"),
        staff=case.type in choice(book, key, "staff_for"),
        closed=frozenset(dt.date.fromisoformat(d) for d in choice(book, key, "closed_days")),
    )


def calendar_for(book: Book, namnd: str, today: dt.date) -> rules.Calendar:
    """Return the meetings that a nämnd's cases may pass, its own and the municipality's."""
    found = as_its_own(book.meetings((namnd, ""), first=today - _BACK, cancelled=True), namnd)
    sittings = [(m.state, Sitting(m.id, m.body, m.day, m.stop)) for m in found]
    return rules.calendar_of(
        (s for state, s in sittings if state == "planned"), (s for state, s in sittings if state == "cancelled")
    )


def as_its_own(meetings: Sequence[Meeting], namnd: str) -> list[Meeting]:
    """Return a nämnd's meetings and the municipality's as its cases pass them: kommunstyrelsen's are its own where it has
    the case, unless it has entered others as such."""
    own = {m.body for m in meetings if m.namnd}
    names = {common: body for common, body in _OWN.items() if namnd in KS and body not in own}
    return [dataclasses.replace(m, body=names.get(m.body, m.body)) for m in meetings]


def bounds_of(
    deadlines: Iterable[CaseDeadline], chain: Sequence[str], ways: Ways, namnd: str
) -> list[tuple[CaseDeadline, Bound]]:
    """Return what each clock demands of the chain: the last day for a body's meeting, or for the answer."""
    made = []
    for deadline in deadlines:
        bound = _bound(deadline, chain, ways, namnd)
        if bound:
            made.append((deadline, bound))
    return made


def _bound(deadline: CaseDeadline, chain: Sequence[str], ways: Ways, namnd: str) -> Bound | None:
    day = deadline.date
    if day is None:
        return None
    if deadline.clock == "law":
        return Bound(chain[-1], day, f"före lagens tid {_told(day)}") if chain else None
    if deadline.clock == "goal":
        return Bound(chain[-1], day, f"före målet {_told(day)}") if chain else None
    if _NO_DECISION.search(deadline.purpose):
        return None
    body = _body(deadline.purpose)
    why = f"före svarsdagen {_told(day)}"
    if body is None:
        return Bound("svar", day, why)
    if body == "ks" and namnd in KS:
        body = "namnd"  # where kommunstyrelsen itself has the case its own meeting is the nämnd's
    if body in chain:
        return Bound(body, day, f"som brevet räknar med, {_told(day)}")
    if "namnd" not in chain:
        # No meeting of the nämnd's stands before that body: the letter only waits for an answer.
        return Bound("svar", day, why)
    # The nämnd's part ends before a body that the nämnd's own chain does not tell of.
    gap = ways.gaps.get("namnd", 0) + (ways.gaps.get("ks", 0) if body == "kf" else 0)
    return Bound("namnd", day - dt.timedelta(days=gap), f"före {rules.NAMES[body]} {_told(day)}")


def _body(purpose: str) -> str | None:
    """Return the body whose meeting a stated day is.

    >>> _body("behandlas före kommunstyrelsen"), _body("besvaras av kommunfullmäktige"), _body("yttrande")
    ('ks', 'kf', None)
    """
    low = purpose.lower()
    if not re.search(r"behandlas|besvaras av|beslut", low):
        return None
    if "fullmäktige" in low:
        return "kf"
    if "kommunstyrelse" in low:
        return "ksau" if "arbetsutskott" in low else "ks"
    return None


def _told(day: dt.date) -> str:
    return rules.short(day)
