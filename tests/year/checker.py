"""The independent checker: what the law and the handbook promise, asked of each evening. It calls nothing it checks."""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from storage import tables as t
from tests.year import list_checks, plan_checks
from tests.year.almanac import DAY, STOCKHOLM, day_off, in_daytime, months_on, next_workday, workdays_between
from tests.year.facts import Clock, Past, Seen, see
from tests.year.meetings import STAFF
from tests.year.world import World

# The ladders of the handbook, in days left; past the last there is one each week.
LADDERS = {"stated": (14, 7, 3, 1, 0, -1), "goal": (30, 14, 7, 0, -1), "law": (60, 30, 14, 7, 3, 1, 0, -1)}
PATIENCE, SELDOM = 2, 5  # working days: until a question is asked again, and when everybody has been asked
# What answers somebody's own act may come at any time; all else only by day.
AT_ONCE = frozenset({"kvitto", "granska", "bekraftelse", "inloggning", "svarat"})
ROLES = {
    "veckan": ("manager", "forvaltningschef"),
    "morgon": ("registrator",),
    "hemligt": ("sekretess",),
    "fraga_vidare": ("registrator",),
}
LEADERS = ("manager", "forvaltningschef", "registrator")
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was broken: the day, which one, and how."""

    day: dt.date
    check: str
    how: str


def rung(clock: str, day: dt.date, today: dt.date) -> tuple[int, dt.date] | None:
    """Return the rung of a ladder that holds today and the day from which it does; None before the first.

    >>> rung("stated", dt.date(2026, 12, 10), dt.date(2026, 12, 26))
    (-15, datetime.date(2026, 12, 25))
    """
    ladder = LADDERS[clock]
    begins = [(step, day - step * DAY) for step in ladder if day - step * DAY <= today]
    if not begins:
        return None
    step, since = begins[-1]
    while step <= ladder[-1] and since + 7 * DAY <= today:
        step, since = step - 7, since + 7 * DAY
    return step, since


# clocks


def clocks_are_told(s: Seen) -> Iterator[str]:
    """Each day that an open case of the nämnd's must keep was told to whoever has it, or to who stands in."""
    if day_off(s.day):
        return
    heard = {r.namnd for r in s.rounds if in_daytime(r.at)}
    answered = _answered(s)
    for clock in s.clocks.values():
        before = s.past.clocks.get(clock.id)
        if clock.namnd not in heard or before != clock or not is_the_namnds(clock) or clock.owner is None:
            continue  # what came or changed today is due tomorrow
        due = rung(clock.clock, clock.date, s.day)
        if due is None:
            continue
        if answered.get(clock.id, dt.date.min) >= due[1]:
            continue  # who has just said how it goes need not be told
        entitled = {p for _, p in _line(s, clock.owner, _midnight(s.day + DAY))}
        told = [(d, p) for d, p in s.past.told.get(clock.id, ()) if d >= due[1]]
        gone = not any(there for there, _ in _line(s, clock.owner, _midnight(s.day + DAY), clock.namnd))
        if gone and told:
            continue  # nobody in the line is there or has a role any more: a manager was told
        if not any(p in entitled for _, p in told) and not _went_up(s, clock, due[1]):
            who = s.addresses()[clock.owner]
            yield (
                f"{clock.dnr or clock.state} {clock.case_id}: {clock.clock} {clock.date} (dag {clock.id}, steg {due[0]} sedan {due[1]})"
                f" har inte sagts till {who} eller ersättare; sagt: {told}"
            )


def _answered(s: Seen) -> dict[int, dt.date]:
    """Return when somebody last answered about each day, as far back as a rung holds."""
    q = t.questions
    rows = s.run(
        sa.select(q.c.deadline_id, q.c.answered_at).where(
            q.c.kind == "lage", q.c.state == "answered", q.c.answered_at >= _midnight(s.day - 31 * DAY)
        )
    )
    found: dict[int, dt.date] = {}
    for day, at in rows:
        found[day] = max(found.get(day, dt.date.min), at.astimezone(STOCKHOLM).date())
    return found


def is_the_namnds(clock: Clock) -> bool:
    """Say whether a day is somebody's in the nämnd to keep; of a secret case nothing is told."""
    return not (clock.done or clock.waits or clock.secret or (clock.rests and clock.clock != "law"))


def _line(s: Seen, owner: int, known: dt.datetime, namnd: str = "") -> list[tuple[bool, int]]:
    """Return the owner and their line of substitutes: whether each is there today, as far as was known at a moment."""
    addresses = s.addresses()
    line: list[tuple[bool, int]] = []
    current = addresses.get(owner)
    while current and s.people[current] not in {p for _, p in line}:
        away = [a for a in s.town.aways if a.email == current and a.first <= s.day <= a.last and a.told <= known]
        there = not away and (not namnd or s.world.has_role(current, namnd, s.day))
        line.append((there, s.people[current]))
        if not away:
            break
        current = max(away, key=lambda a: a.last).substitute
    return line


def _went_up(s: Seen, clock: Clock, since: dt.date) -> bool:
    """Say whether nobody in the line is there, and the managers' week has told of the case instead."""
    if any(there for there, _ in _line(s, clock.owner or 0, _midnight(s.day + DAY))):
        return False
    told = s.past.digests.get((clock.namnd, "veckan"))
    return told is not None and (told >= since or (s.day - told).days < 7)


def law_days_are_right(s: Seen) -> Iterator[str]:
    """KL 5:35: a year from the day a motion was raised, to the next working day; the goal six months, where it falls.

    TF 2:15: what is asked for of the public's papers, the day it came or the next working day.
    """
    for clock in s.clocks.values():
        if clock.id in s.past.clocks or clock.secret or clock.moved:
            continue
        if clock.type == "utlamnande":
            if clock.clock == "law" and clock.date != next_workday(clock.came):
                yield f"{clock.dnr}: law är {clock.date} men begäran kom {clock.came}"
            continue
        if clock.raised is None:
            continue
        right = {"law": next_workday(months_on(clock.raised, 12)), "goal": months_on(clock.raised, 6)}.get(clock.clock)
        if right and clock.date != right:
            yield f"{clock.dnr}: {clock.clock} är {clock.date} men väckt {clock.raised} ger {right}"


# shares


def nobody_gets_more_than_their_share(s: Seen) -> Iterator[str]:
    """One reminder, one morning digest per person, nämnd and day; one week's digest per week."""
    shares = collections.Counter((n.notice.kind, n.notice.namnd, n.notice.address) for n in s.sent)
    for (kind, namnd, address), number in shares.items():
        if kind in ("paminnelse", "morgon", "veckan") and number > 1:
            yield f"{address} fick {number} {kind} från {namnd} samma dag"
    week = s.day.isocalendar()[:2]
    for sent in s.sent:
        if sent.notice.kind == "veckan":
            key = f"veckan {sent.notice.namnd} {sent.notice.address} {week}"
            if key in s.past.keys:
                yield f"{sent.notice.address} fick veckan från {sent.notice.namnd} två gånger i vecka {week[1]}"
            s.past.keys.add(key)


def nothing_is_said_twice(s: Seen) -> Iterator[str]:
    """No notice, no Message-ID and no step of a day's ladder is told the same person twice."""
    dates = {c.id: c for c in (*s.past.clocks.values(), *s.clocks.values())}
    for sent in s.sent:
        for kind, seen, value in (
            ("nyckel", s.past.keys, sent.notice.key),
            ("Message-ID", s.past.message_ids, sent.notice.message_id),
        ):
            if value in seen:
                yield f"samma {kind} skickad två gånger: {sent.notice.kind} {value}"
            seen.add(value)
        for day in sent.days:
            clock = dates.get(day)
            due = rung(clock.clock, clock.date, s.day) if clock else None
            if due and sent.notice.person_id:
                said = (sent.notice.person_id, day, due[0])
                if said in s.past.rungs:
                    yield f"{sent.notice.address} påmindes två gånger om dag {day} på steg {due[0]}"
                s.past.rungs.add(said)


def questions_are_patient(s: Seen) -> Iterator[str]:
    """The same person gets the same question again only when the patience is over, or it has been passed back."""
    for sent in s.sent:
        if sent.notice.kind != "fraga":
            continue
        question, person, step = int(sent.notice.data["question"]), sent.notice.person_id or 0, sent.notice.data["step"]
        before = s.past.asked.setdefault((question, person), [])
        for day, earlier in before[-1:]:
            if earlier // 100 == step // 100 and workdays_between(day, s.day) < PATIENCE:
                yield f"{sent.notice.address} fick fråga {question} {day} (steg {earlier}) och igen (steg {step})"
        before.append((s.day, step))


# questions


def silence_is_chased(s: Seen) -> Iterator[str]:
    """A case that nobody has taken never goes quiet: asked again in time, and at least each fifth working day."""
    heard = {r.namnd for r in s.rounds if in_daytime(r.at)}
    if day_off(s.day):
        return
    q, a, c = t.questions, t.askings, t.cases
    rows = s.run(
        sa.select(q.c.id, c.c.namnd, c.c.dnr, q.c.round, sa.func.max(a.c.asked_on).label("last"), sa.func.count(a.c.id))
        .join(c, c.c.id == q.c.case_id)
        .outerjoin(a, a.c.question_id == q.c.id)
        .where(q.c.kind == "handlaggare", q.c.state == "open", c.c.secret.is_(False))
        .where(c.c.state.in_(("open", "waiting_dnr")), q.c.asked_at < _midnight(s.day))
        .group_by(q.c.id, c.c.namnd, c.c.dnr, q.c.round)
    )
    for number, namnd, dnr, round_, last, times in rows:
        if namnd not in heard or not _somebody_leads(s, namnd):
            continue
        # What lay over a stop counts from when it reached somebody.
        last = max(last, s.past.reached.get(number, last)) if last else None
        limit = PATIENCE if times == 1 and round_ == 1 else SELDOM
        if last is None:
            yield f"{dnr}: ingen har frågats"
        elif workdays_between(last, s.day) > limit:
            yield f"{dnr}: fråga {number} ställdes senast {last}, {times} gånger"


def _somebody_leads(s: Seen, namnd: str) -> bool:
    """Say whether anybody is there whom a question can go up to, or who stands in for one of them."""
    leaders = {p.email for p in s.town.posts if p.namnd == namnd and p.role in LEADERS}
    current = [e for e in leaders if any(s.world.has_role(e, namnd, s.day, r) for r in LEADERS)]
    # Whoever was told to be ill this very morning was there for nobody today.
    both = (_midnight(s.day), _midnight(s.day + DAY))
    return any(all(_line(s, s.people[e], known, namnd)[-1][0] for known in both) for e in current)


def untaken_cases_are_asked_about(s: Seen) -> Iterator[str]:
    """A case with a day to keep and nobody to keep it has an open question, until the nämnd has decided."""
    if day_off(s.day) or not any(in_daytime(r.at) for r in s.rounds):
        return
    open_ = {
        r.case_id
        for r in s.run(
            sa.select(t.questions.c.case_id).where(t.questions.c.kind == "handlaggare", t.questions.c.state == "open")
        )
    }
    for clock in s.clocks.values():
        before = s.past.clocks.get(clock.id)
        wanted = clock.kind != "kallelse" and not clock.decided  # for information, or done but for the sending
        quiet = before == clock and clock.owner is None and wanted and clock.case_id not in open_
        if quiet and is_the_namnds(clock):
            yield f"{clock.dnr or clock.case_id}: {clock.clock} {clock.date}, ingen har det och ingen frågas"


def the_asked_are_at_work(s: Seen) -> Iterator[str]:
    """Nobody is asked or reminded who is away while somebody in their line of substitutes is there."""
    for sent in s.sent:
        if sent.notice.kind not in ("fraga", "paminnelse") or not sent.notice.person_id:
            continue
        line = _line(s, sent.notice.person_id, sent.notice.created_at, sent.notice.namnd)
        if not line[0][0] and line[-1][0]:
            stands_in = s.addresses()[line[-1][1]]
            yield (
                f"{sent.notice.kind} till {sent.notice.address}, som är borta; {stands_in} är i tjänst"
                f" ({sent.notice.key} köad {sent.notice.created_at.astimezone(STOCKHOLM):%d/%m %H:%M})"
            )


def the_asked_have_a_role(s: Seen) -> Iterator[str]:
    """Nobody is told anything of a nämnd that they have no role in that day."""
    for sent in s.sent:
        kind, namnd, address = sent.notice.kind, sent.notice.namnd, sent.notice.address
        if sent.notice.person_id is None or kind in AT_ONCE or address == STAFF:
            continue  # the central staff's function mailbox is nobody's desk
        needed = ROLES.get(kind, ("",))
        if not any(s.world.has_role(address, namnd, s.day, role) for role in needed):
            yield f"{kind} till {address}, som inte har någon roll för det i {namnd}"


# quiet


def nothing_at_night(s: Seen) -> Iterator[str]:
    """Nobody is told anything at night or on a day off, but as an answer to what they have just done."""
    for sent in s.sent:
        if sent.notice.kind not in AT_ONCE and not in_daytime(sent.at):
            yield f"{sent.notice.kind} till {sent.notice.address} skickades {sent.at:%A %H:%M}"


def closed_cases_are_quiet(s: Seen) -> Iterator[str]:
    """Nobody is asked about, or reminded of, what is closed, crossed out, secret, or somebody else's to do."""
    for sent in s.sent:
        for case in sent.cases if sent.notice.kind in ("fraga", "paminnelse") else ():
            if case.state in ("closed", "makulerad") or case.secret:
                yield f"{sent.notice.kind} till {sent.notice.address} om {case.dnr}, som är {case.state}"
            if sent.notice.kind == "paminnelse" and case.waiting_for:
                yield f"påminnelse till {sent.notice.address} om {case.dnr}, som väntar på {case.waiting_for}"


def nothing_secret_is_told(s: Seen) -> Iterator[str]:
    """Of an individual's matter no word leaves, from the moment that it is one."""
    for sent in s.sent:
        for word in set(re.findall(r"\w+x\b", sent.text)) & s.world.hushed.keys():
            if s.world.hushed[word] < sent.at:
                yield f"{sent.notice.kind} till {sent.notice.address} säger {word}, som är hemligt"


# the register


def numbers_are_whole(s: Seen) -> Iterator[str]:
    """Each nämnd's numbers of a year run from one without a gap or a double, and none is ever lost."""
    c = t.cases
    own = [n.key for n in s.town.namnder if n.diarium == "own"]
    rows = s.run(
        sa.select(
            c.c.namnd,
            c.c.year,
            sa.func.min(c.c.number),
            sa.func.max(c.c.number),
            sa.func.count(c.c.number.distinct()),
            sa.func.count(),
        )
        .where(c.c.namnd.in_(own))
        .group_by(c.c.namnd, c.c.year)
    )
    for namnd, year, least, most, different, number in rows:
        if (least, most, different) != (1, number, number):
            yield f"{namnd} {year}: {number} ärenden har {different} olika nummer, {least}-{most}"
        if number < s.past.numbers.get((namnd, year), 0):
            yield f"{namnd} {year}: nummer har försvunnit"
        s.past.numbers[namnd, year] = number
    today = s.run(
        sa.select(c.c.dnr, c.c.year, c.c.inkommen_at).where(c.c.namnd.in_(own), c.c.registered_at >= _midnight(s.day))
    )
    for dnr, year, came in today:
        if came.astimezone(STOCKHOLM).year != year or str(year) not in dnr:
            yield f"{dnr}: inkommet {came.astimezone(STOCKHOLM)} men numrerat i {year}"


def the_journal_is_unbroken(s: Seen) -> Iterator[str]:
    """Each line's hash is over the line and the one before it; the head names the last."""
    j = t.journal
    for namnd in s.town.namnder:
        seq, prev = s.past.seqs.get(namnd.key, (0, GENESIS))
        for r in s.run(sa.select(j).where(j.c.namnd == namnd.key, j.c.seq > seq).order_by(j.c.seq)):
            at = r.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
            line = [prev, r.namnd, r.seq, at, r.actor, r.what, r.case_id, r.arrival_id, r.data, r.personal_hash]
            sealed = hashlib.sha256(
                json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            ).hexdigest()
            if r.seq != seq + 1 or r.prev != prev or r.hash != sealed:
                yield f"{namnd.key}: rad {r.seq} efter {seq} hänger inte ihop"
            seq, prev = r.seq, r.hash
        s.past.seqs[namnd.key] = (seq, prev)
        heads = s.run(sa.select(t.journal_heads).where(t.journal_heads.c.namnd == namnd.key))
        if heads and (heads[0].seq, heads[0].hash) != (seq, prev):
            yield f"{namnd.key}: huvudet säger {heads[0].seq}, sista raden är {seq}"


def no_letter_is_lost(s: Seen) -> Iterator[str]:
    """Each letter that came while the bot was up stands once, and none is left half dealt with (OSL 5:1)."""
    a = t.arrivals
    if not s.rounds or s.world.town.is_down(s.world.now):
        return
    last = max(r.at for r in s.rounds)
    came = [x for x in s.world.letters[-200:] if x.received <= last]
    keys = [x.key for x in came]
    have = collections.Counter(
        r.mailbox_key for r in s.run(sa.select(a.c.mailbox_key).where(a.c.mailbox_key.in_(keys)))
    )
    for letter in came:
        if have[letter.key] != 1:
            yield f"brevet {letter.word} till {letter.namnd} finns {have[letter.key]} gånger"
    stuck = s.run(sa.select(a.c.id).where(a.c.state == "arrived", a.c.received_at <= last))
    yield from (f"A-{r.id} är inte behandlat" for r in stuck)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), STOCKHOLM)


Check = Callable[[Seen], Iterator[str]]

# Each promise and how it is asked. Checks of meetings and milestones belong here: a function and a line.
CHECKS: tuple[Check, ...] = (
    clocks_are_told,
    law_days_are_right,
    nobody_gets_more_than_their_share,
    nothing_is_said_twice,
    questions_are_patient,
    silence_is_chased,
    untaken_cases_are_asked_about,
    the_asked_are_at_work,
    the_asked_have_a_role,
    nothing_at_night,
    closed_cases_are_quiet,
    nothing_secret_is_told,
    numbers_are_whole,
    the_journal_is_unbroken,
    no_letter_is_lost,
    plan_checks.plans_keep_their_target_or_say_so,
    plan_checks.lost_targets_are_told,
    plan_checks.steps_are_told,
    plan_checks.approvals_are_asked_for,
    list_checks.cases_know_their_nearest_day,
    list_checks.cases_are_found_by_what_they_are,
)


# What is known to be broken and is being mended elsewhere: the check, what its complaint holds, and why. It is counted
# and printed, and fails nobody; --strict lets it. Whoever mends one takes its line away.
NOT_YET: tuple[tuple[str, str, str], ...] = ()


def is_known(broken: Broken) -> bool:
    """Say whether a complaint is one of those that are being mended elsewhere."""
    return any(broken.check == check and word in broken.how for check, word, _ in NOT_YET)


def check(world: World, past: Past, day: dt.date) -> list[Broken]:
    """Ask every promise of a day that has gone by; return what was broken."""
    seen = see(world, past, day)
    _remember_what_was_said(seen)
    broken = [Broken(day, one.__name__, how) for one in CHECKS for how in one(seen)]
    past.clocks = seen.clocks
    return broken


def _remember_what_was_said(s: Seen) -> None:
    for sent in s.sent:
        for day in sent.days:
            s.past.told.setdefault(day, []).append((s.day, sent.notice.person_id or 0))
        if sent.notice.kind == "fraga":
            s.past.reached[int(sent.notice.data["question"])] = s.day
        if sent.notice.kind in ("veckan", "morgon") and s.world.works(sent.notice.address, sent.notice.namnd, s.day):
            s.past.digests[sent.notice.namnd, sent.notice.kind] = s.day
