"""What plans promise, asked of each evening: they keep their target or say so, their steps are told, approvals asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

import sqlalchemy as sa

from storage import tables as t
from tests.year.almanac import DAY, day_off, in_daytime, workdays_between
from tests.year.facts import Seen

_STEPS = ("start", "utkast", "tjansteskrivelse")  # those that a handläggare is reminded of
_LADDER = (7, 1, 0, -1)
# What the handbook says of some matters.
_LADDERS = dict.fromkeys(("revision", "revisionsgranskning"), (14, 7, 1, 0, -1)) | {"interpellation": (3, 1, 0, -1)}
_WRITTEN = ("utkast", "tjansteskrivelse")
_ORDER = ("start", "utkast", "tjansteskrivelse", "presidium", "au", "beslut", "ksau", "ks", "kf")
_PATIENCE = 2  # working days until a change of a plan has been told, or an approval asked for


def _open_cases(s: Seen) -> dict[int, sa.Row[tuple[object, ...]]]:
    c = t.cases
    query = sa.select(c).where(c.c.state.in_(("open", "waiting_dnr")), c.c.secret.is_(False))
    return {r.id: r for r in s.run(query)}


def plans_keep_their_target_or_say_so(s: Seen) -> Iterator[str]:
    """A plan that is not lost ends before the goal and the law's day, its steps lie in order, its meetings are held."""
    plans = {r.case_id: r for r in s.run(sa.select(t.plans))}
    meetings = {r.id: r for r in s.run(sa.select(t.meetings))}
    steps: dict[int, dict[str, sa.Row[tuple[object, ...]]]] = {}
    for row in s.run(
        sa.select(t.milestones).where(t.milestones.c.planned.is_not(None), t.milestones.c.met_on.is_(None))
    ):
        steps.setdefault(row.case_id, {})[row.kind] = row
    cases = _open_cases(s)
    for case_id, mine in steps.items():
        plan, case = plans.get(case_id), cases.get(case_id)
        if plan is None or case is None:
            yield f"ärende {case_id} har steg men ingen plan eller är inte öppet"
            continue
        days = [mine[kind].planned for kind in _ORDER if kind in mine]
        if days != sorted(days):
            yield f"{case.dnr}: stegen ligger i oordning: {[(k, mine[k].planned) for k in _ORDER if k in mine]}"
        for row in mine.values():
            meeting = meetings.get(row.meeting_id)
            if row.meeting_id and (meeting is None or meeting.state != "planned" or meeting.day != row.planned):
                yield f"{case.dnr}: {row.kind} {row.planned} är inte ett möte som hålls"
        last = mine.get("kf") or mine.get("beslut")
        for clock in s.clocks.values():
            if clock.case_id != case_id or last is None or clock.clock not in ("goal", "law"):
                continue
            if last.planned > clock.date and clock.id not in plan.lost:
                yield f"{case.dnr}: planen slutar {last.planned}, efter {clock.clock} {clock.date}, utan att säga det"


def lost_targets_are_told(s: Seen) -> Iterator[str]:
    """What is new of a plan is told within a working day or two in which the bot was up; never kept to itself."""
    if day_off(s.day):
        return
    heard = {r.namnd for r in s.rounds if in_daytime(r.at)}
    c, p = t.cases, t.plans
    query = sa.select(c.c.id, c.c.namnd, c.c.dnr, p.c.news).join(c, c.c.id == p.c.case_id).where(p.c.told.is_(False))
    waiting = {r.id: r for r in s.run(query.where(c.c.state.in_(("open", "waiting_dnr"))))}
    anew = _new_since_told(s, waiting)
    for case_id, row in waiting.items():
        since = s.past.untold.get(case_id)
        if since and case_id not in anew and row.namnd in heard:
            yield f"{row.dnr}: {row.news} har inte sagts sedan {since}"
    # What has come since the morning is told tomorrow; what was told is forgotten here.
    s.past.untold = {case_id: s.day if case_id in anew else s.past.untold.get(case_id, s.day) for case_id in waiting}


def _new_since_told(s: Seen, waiting: Collection[int]) -> set[int]:
    """Return the cases that were told of today and whose plan has changed after that: what waits is another thing."""
    told: dict[int, dt.datetime] = {}
    for sent in s.sent:
        if sent.notice.kind == "planen":
            told.update(dict.fromkeys((case_id for case_id, _ in sent.notice.data["cases"]), sent.at))
    j = t.journal
    ids = sorted(told.keys() & set(waiting))
    changes = s.run(
        sa.select(j.c.case_id, j.c.at).where(j.c.case_id.in_(ids), j.c.what.in_(("plan ändrad", "plan vald")))
    )
    return {r.case_id for r in changes if r.at > told[r.case_id]}


def steps_are_told(s: Seen) -> Iterator[str]:
    """The next step of a plan was told to whoever has the case, or the case's own day was, when its ladder said so."""
    if day_off(s.day):
        return
    heard = {r.namnd for r in s.rounds if in_daytime(r.at)}
    told = {(r.milestone_id, r.planned): r.last for r in s.run(_told_query())}
    ahead = sa.select(t.milestones).where(t.milestones.c.met_on.is_(None), t.milestones.c.planned.is_not(None))
    first: dict[int, sa.Row[tuple[object, ...]]] = {}
    for row in s.run(ahead.where(t.milestones.c.kind.in_(_STEPS)).order_by(t.milestones.c.planned, t.milestones.c.id)):
        first.setdefault(row.case_id, row)
    cases = _open_cases(s)
    seen = {}
    for case_id, step in first.items():
        case = cases.get(case_id)
        if case is None or case.handlaggare_id is None or case.waiting_for or case.state != "open":
            continue
        if case.paused_until and case.paused_until >= s.day:
            continue
        ladder = _LADDERS.get(case.matter or case.kind, _LADDER)
        rungs = [step.planned - left * DAY for left in ladder if step.planned - left * DAY <= s.day]
        seen[case_id] = (step.id, step.planned, case.handlaggare_id)
        # What came, moved or changed hands today is due tomorrow.
        if not rungs or case.namnd not in heard or s.past.steps.get(case_id) != seen[case_id]:
            continue
        since, last = rungs[-1], told.get((step.id, step.planned))
        if (last is None or last < since) and workdays_between(since - DAY, s.day) > 1:
            yield f"{case.dnr}: {step.kind} {step.planned} skulle ha sagts sedan {since}; sagt {last}"
    s.past.steps.clear()
    s.past.steps.update(seen)


def _told_query() -> sa.Select[tuple[int, dt.date, dt.date]]:
    r = t.step_reminded
    return sa.select(r.c.milestone_id, r.c.planned, sa.func.max(r.c.day).label("last")).group_by(
        r.c.milestone_id, r.c.planned
    )


def approvals_are_asked_for(s: Seen) -> Iterator[str]:
    """Where something is written and its plan wants the manager's approval, somebody is being asked for it."""
    if day_off(s.day):
        return
    heard = {r.namnd for r in s.rounds if in_daytime(r.at)}
    m, q = t.milestones, t.questions
    written = {
        r.case_id
        for r in s.run(
            sa.select(m.c.case_id).where(m.c.kind.in_(_WRITTEN), m.c.met_on.is_not(None), m.c.met_on < s.day)
        )
    }
    wanted = s.run(
        sa.select(m.c.case_id, m.c.kind).where(m.c.kind == "chef", m.c.met_on.is_(None), m.c.planned.is_not(None))
    )
    asked = {(r.case_id, r.kind) for r in s.run(sa.select(q.c.case_id, q.c.kind).where(q.c.state == "open"))}
    cases = _open_cases(s)
    for case_id, kind in wanted:
        case = cases.get(case_id)
        if (
            case is None
            or case.state != "open"
            or case.waiting_for
            or case.namnd not in heard
            or case_id not in written
        ):
            continue
        if (case_id, kind) in asked:
            s.past.unasked.pop(case_id, None)
            continue
        since = s.past.unasked.setdefault(case_id, s.day)
        if workdays_between(since, s.day) > _PATIENCE:
            yield f"{case.dnr}: ingen har frågats om {kind} sedan {since}"
