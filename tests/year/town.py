"""The municipality: its nämnder, its people with dated roles, who is away, who leaves, and when the bot is down."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from dataclasses import dataclass

from storage.records import Namnd, RoleName, Series
from storage.store import Store
from tests.builders import KEY
from tests.year.almanac import DAY, STOCKHOLM, day_off, local, next_workday

# A year is never a calendar year: new year lies in it, and both nights when the clocks change. The first two hold the
# change of mandate after an election, the next two a leap day.
STARTS = (
    dt.date(2026, 7, 1),
    dt.date(2030, 9, 1),
    dt.date(2027, 4, 1),
    dt.date(2027, 9, 1),
    dt.date(2028, 10, 1),
    dt.date(2029, 2, 1),
)
DAYS = 366
TEMPERS = ("prompt", "prompt", "steady", "steady", "steady", "slow", "slow", "silent", "refusing")
_FIRST = "Anna Bo Cilla David Elin Fadi Greta Hugo Ida Johan Kaja Lars Mona Nils Olga Per Rania Sven Tove Uno".split()
_LAST = "Alm Berg Carlén Dahl Ek Falk Gren Holm Ivarsson Jonsson Krantz Lind Modig Norén Odén Palm Rask Sund".split()
_BOARDS = (
    ("sn", "Socialnämnden"),
    ("bun", "Barn- och utbildningsnämnden"),
    ("ks", "Kommunstyrelsen"),
    ("kfn", "Kultur- och fritidsnämnden"),
    ("mbn", "Miljö- och byggnadsnämnden"),
    ("ton", "Tekniska nämnden"),
    ("von", "Vård- och omsorgsnämnden"),
    ("avn", "Arbetsmarknadsnämnden"),
    ("ovn", "Överförmyndarnämnden"),
    ("vln", "Valnämnden"),
    ("gyn", "Gymnasienämnden"),
    ("trn", "Trafiknämnden"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is."""

    namnder: int
    people: int
    letters: int


FULL = Size(12, 40, 3000)
SMALL = Size(3, 10, 150)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works for the municipality, and how they answer."""

    name: str
    email: str
    temper: str


@dataclass(frozen=True, slots=True)
class Post:
    """A role in a nämnd from day to day."""

    email: str
    namnd: str
    role: RoleName
    first: dt.date
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Away:
    """Days that somebody is away; told is when it is entered: weeks before, or the same morning."""

    email: str
    first: dt.date
    last: dt.date
    substitute: str | None
    told: dt.datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The bot is down from a moment to another; after says how many steps of its round it had done when it fell."""

    start: dt.datetime
    end: dt.datetime
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Town:
    """All that is settled before the year begins."""

    first: dt.date
    last: dt.date
    namnder: tuple[Namnd, ...]
    workers: tuple[Worker, ...]
    posts: tuple[Post, ...]
    aways: tuple[Away, ...]
    stops: tuple[Stop, ...]

    def is_down(self, moment: dt.datetime) -> bool:
        """Say whether the bot is down at a moment."""
        return any(s.start <= moment < s.end for s in self.stops)


def build(seed: int, size: Size) -> Town:
    """Return the municipality of a seed."""
    chance = random.Random(f"town {seed}")
    first = STARTS[seed % len(STARTS)]
    last = first + (DAYS - 1) * DAY
    namnder = tuple(_namnd(i, key, name) for i, (key, name) in enumerate(_BOARDS[: size.namnder]))
    workers = tuple(_worker(i, chance) for i in range(size.people))
    posts = _through_the_year(_posts(namnder, workers, first), namnder, workers, first, last, chance)
    return Town(
        first, last, namnder, workers, posts, _aways(workers, posts, first, last, chance), _stops(first, last, chance)
    )


def _namnd(number: int, key: str, name: str) -> Namnd:
    made = Namnd(
        key,
        name,
        "Ekeby kommun",
        (f"{key}@ekeby.example",),
        domain="ekeby.example",
        url="http://nb",
        token_keys=(KEY,),
    )
    # The third keeps its diary elsewhere; the second confirms what comes to its senders.
    return dataclasses.replace(made, diarium="external" if number == 2 else "own", confirm_senders=number == 1)


def _worker(number: int, chance: random.Random) -> Worker:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    return Worker(f"{first} {last}", f"{first.lower()}.{number}@ekeby.example", chance.choice(TEMPERS))


def _posts(namnder: tuple[Namnd, ...], workers: tuple[Worker, ...], first: dt.date) -> list[Post]:
    """One registrator for three nämnder, one with sekretess for four, a chief for two, a manager each; the rest do
    the work in two or three nämnder."""
    people = iter(workers)
    posts: list[Post] = []
    since = first - 200 * DAY

    def share(role: RoleName, each: int) -> None:
        for at in range(0, len(namnder), each):
            who = next(people)
            posts.extend(Post(who.email, n.key, role, since, None) for n in namnder[at : at + each])

    share("registrator", 3)
    share("sekretess", 4)
    share("manager", 1)
    share("forvaltningschef", 2 if len(namnder) > 3 else 3)
    rest = list(people)[: -max(1, len(workers) // 15)]  # the last few come later, as newcomers
    for number, worker in enumerate(rest):
        for namnd in dict.fromkeys(namnder[(number + k) % len(namnder)] for k in (0, 1, 5)):
            posts.append(Post(worker.email, namnd.key, "handlaggare", since, None))
    # The last nämnd has no manager of its own: its chief is asked.
    if len(namnder) > 3:
        posts = [p for p in posts if not (p.namnd == namnder[-1].key and p.role == "manager")]
    return posts


def _through_the_year(
    posts: list[Post],
    namnder: tuple[Namnd, ...],
    workers: tuple[Worker, ...],
    first: dt.date,
    last: dt.date,
    chance: random.Random,
) -> tuple[Post, ...]:
    """Let some leave and others come, and let a new mandate give everybody their roles anew."""
    held = {p.email for p in posts}
    newcomers = [w.email for w in workers if w.email not in held]
    working = sorted({p.email for p in posts if p.role == "handlaggare"})
    leavers = chance.sample(working, min(len(newcomers) + 1, len(working) - 1))
    for number, leaver in enumerate(leavers):
        day = first + chance.randrange(60, 280) * DAY
        posts = [dataclasses.replace(p, last=day) if p.email == leaver else p for p in posts]
        if number < len(newcomers):
            come = day + chance.randrange(-20, 30) * DAY
            posts += [
                dataclasses.replace(p, email=newcomers[number], first=come, last=None)
                for p in posts
                if p.email == leaver
            ]
    for year in range(first.year, last.year + 1):
        if year % 4 == 2 and dt.date(year, 12, 31) < last:
            posts = _new_mandate(posts, dt.date(year, 12, 31))
    return tuple(posts)


def _new_mandate(posts: list[Post], eve: dt.date) -> list[Post]:
    ended = [dataclasses.replace(p, last=eve) if p.last is None and p.first <= eve else p for p in posts]
    anew = [dataclasses.replace(p, first=eve + DAY, last=None) for p in posts if (p.last is None or p.last > eve)]
    return [p for p in ended if p.first <= eve] + [p for p in anew if p.first > eve]


def _aways(
    workers: tuple[Worker, ...], posts: tuple[Post, ...], first: dt.date, last: dt.date, chance: random.Random
) -> tuple[Away, ...]:
    made: list[Away] = []
    boards = {w.email: {p.namnd for p in posts if p.email == w.email} for w in workers}
    for worker in workers:
        able = [w.email for w in workers if w is not worker and boards[worker.email] <= boards[w.email]]
        summer = dt.date(first.year if first.month < 7 else last.year, 7, 1) + chance.randrange(0, 20) * DAY
        spans = [(summer, summer + 27 * DAY, 30)]
        winter = first + chance.randrange(20, 330) * DAY
        spans.append((winter, winter + 6 * DAY, 20))
        for _ in range(3):
            ill = first + chance.randrange(5, 360) * DAY
            spans.append((ill, ill + chance.randrange(0, 4) * DAY, 0))
        for begins, ends, ahead in spans:
            substitute = chance.choice(able) if able and chance.random() < 0.6 else None
            told = local(max(first, begins - ahead * DAY), dt.time(7, 5))
            if begins >= first and (worker.email, begins) not in {(m.email, m.first) for m in made}:
                made.append(Away(worker.email, begins, ends, substitute, told))
    return tuple(made)


def _stops(first: dt.date, last: dt.date, chance: random.Random) -> tuple[Stop, ...]:
    """Six single days, one week, and six times in the middle of a morning: up again the same day, at night, on a
    day off, or days later."""
    stops = []
    for _ in range(6):
        day = first + chance.randrange(10, 350) * DAY
        stops.append(Stop(local(day, dt.time(0, 1)), local(day, dt.time(23, 30))))
    week = first + chance.randrange(30, 320) * DAY
    stops.append(Stop(local(week, dt.time(9, 0)), local(week + 7 * DAY, dt.time(10, 0))))
    for _ in range(6):
        day = next_workday(first + chance.randrange(10, 350) * DAY)
        fell = local(day, chance.choice((dt.time(7, 31), dt.time(7, 31), dt.time(15, 59))))
        back = chance.choice((local(day, dt.time(11, 0)), local(day, dt.time(22, 10)), _on_a_day_off(day), _later(day)))
        stops.append(Stop(fell, max(back, fell + dt.timedelta(minutes=30)), chance.randrange(0, 60)))
    return tuple(stops)


def _on_a_day_off(day: dt.date) -> dt.datetime:
    while not day_off(day):
        day += DAY
    return local(day, dt.time(10, 0))


def _later(day: dt.date) -> dt.datetime:
    return local(next_workday(day + 2 * DAY), dt.time(3, 0))


def found(town: Town, store: Store) -> None:
    """Write the municipality into an empty register."""
    ids = {}
    with store.book() as book:
        for namnd in town.namnder:
            book.put_series(Series(namnd.key, town.first.year, namnd.key.upper(), "{prefix} {year}-{number}", 1))
        for worker in town.workers:
            ids[worker.email] = book.put_person(worker.name, worker.email).id
        for p in town.posts:
            book.put_role(ids[p.email], p.namnd, p.role, p.first, p.last)


def clock_changes(day: dt.date) -> bool:
    """Say whether the clocks change in the night to a day: its middle is another time from UTC than its start."""
    ends = (dt.datetime.combine(day, t, STOCKHOLM).utcoffset() for t in (dt.time(0, 30), dt.time(12)))
    return len(set(ends)) > 1
