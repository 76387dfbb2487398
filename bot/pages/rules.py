"""Rules that corrections have taught: what is offered and on what evidence, what acts, and a person's yes or no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.pages import views
from bot.pages.desk import Answer, Ask, Missing, Sent, Shown
from handlers import corrections, kinds
from handlers.errors import Invalid, TooLate
from storage.records import Correction, LearnedRule, Person
from storage.store import Book

_DONE = {
    "godtagen": "Regeln gäller från och med nu.",
    "avbojd": "Den regeln föreslås inte igen i första taget.",
    "avslutad": "Regeln är avslutad.",
    "behallen": "Regeln gäller som förut.",
}
_ENDED = {"declined": "Avböjd", "retired": "Avslutad"}
_TIMES = ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv")
_NUMBERS = ("", "En regel", "Två regler", "Tre regler", "Fyra regler", "Fem regler", "Sex regler")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A correction that speaks for a rule: the letter or case, its address if it has one, and who did what when."""

    label: str
    url: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as the page shows it."""

    id: int
    line: str
    board: str
    does: str
    told: str
    evidence: tuple[Evidence, ...]


def show(ask: Ask) -> Answer:
    """Show the rules of the nämnder where the visitor is registrator."""
    return _page(ask)


def _page(ask: Ask, note: str = "", status: int = 200) -> Answer:
    boards = ask.who.namnder(*corrections.DECIDES)
    if not boards:
        raise Missing
    with ask.desk.store.look() as book:
        asked = corrections.to_decide(book, boards, now=ask.now)
        offered = [_offered(book, ask, r) for r in asked if r.state == "proposed"]
        doubtful = [_doubtful(book, ask, r) for r in asked if r.state == "accepted"]
        mine = {r.id for r in asked}
        accepted = [r for r in book.learned_rules(boards, states=("accepted",)) if r.id not in mine]
        acting = [_acting(book, ask, r) for r in accepted]
        ended = [_ended(book, ask, r) for r in book.learned_rules(boards, states=("declined", "retired"))]
    return Shown(
        "rules.html",
        {
            "lede": lede(len(asked)),
            "offered": offered,
            "doubtful": doubtful,
            "acting": acting,
            "ended": ended,
            "note": note,
            "toast": _DONE.get(ask.query.get("gjort", ""), "") if not note else "",
        },
        status,
    )


def lede(number: int) -> str:
    """Return the answer in a sentence.

    >>> lede(0), lede(2)
    ('Ingen regel väntar på dig.', 'Två regler väntar på ditt svar.')
    """
    if not number:
        return "Ingen regel väntar på dig."
    return f"{_NUMBERS[number] if number < len(_NUMBERS) else f'{number} regler'} väntar på ditt svar."


def accept(ask: Ask) -> Answer:
    """Let a rule act from now on."""
    return _act(ask, corrections.accept, "godtagen")


def decline(ask: Ask) -> Answer:
    """Say no to a rule."""
    return _act(ask, corrections.decline, "avbojd")


def retire(ask: Ask) -> Answer:
    """End a rule."""
    return _act(ask, corrections.retire, "avslutad")


def keep(ask: Ask) -> Answer:
    """Let a rule act on although it has been put right."""
    return _act(ask, corrections.keep, "behallen")


def _act(ask: Ask, act: Callable[..., LearnedRule], done: str) -> Answer:
    number, person = ask.number("rule"), ask.who.person
    try:
        with ask.desk.store.book() as book:
            if book.learned_rule(number).namnd not in ask.who.namnder(*corrections.DECIDES):
                raise Missing
            act(book, number, person, now=ask.now)
    except (Invalid, TooLate) as refused:
        return _page(ask, str(refused), 409 if isinstance(refused, TooLate) else 422)
    return Sent(f"/regler?gjort={done}")


def _offered(book: Book, ask: Ask, rule: LearnedRule) -> RuleView:
    kept = book.corrections((rule.namnd,), ids=rule.evidence)
    letters = len({(c.arrival_id, c.case_id) for c in kept})
    many = _TIMES[letters] if letters < len(_TIMES) else letters
    told = f"{_times(len(kept))} i {many} {'ärenden' if rule.shape == 'word' else 'brev'}, aldrig åt andra hållet."
    alone = corrections.stands_by_itself(book, rule)
    if alone:
        what = "ärenden har samma handläggare" if rule.shape == "word" else "brev därifrån läste boten så"
        told += f" {views.upper_first(str(_TIMES[alone] if 1 < alone < len(_TIMES) else alone))} {what} utan rättelse."
    return _view(book, ask, rule, told, kept)


def _doubtful(book: Book, ask: Ask, rule: LearnedRule) -> RuleView:
    wrong = [c for c in book.corrections((rule.namnd,), rule_id=rule.id) if c.became != rule.value]
    return _view(book, ask, rule, f"{_times(len(wrong))} där regeln hade bestämt.", wrong)


def _acting(book: Book, ask: Ask, rule: LearnedRule) -> RuleView:
    used = book.count_ruled(rule.id) if rule.shape == "sender" else 0
    wrong = corrections.times_wrong(book, rule)
    told = f"Godtagen av {_who_when(book, rule)}."
    told += f" Använd på {used} brev." if rule.shape == "sender" and used else ""
    told += f" Rättad {_amount(wrong)}." if wrong else ""
    return _view(book, ask, rule, told, book.corrections((rule.namnd,), ids=rule.evidence))


def _ended(book: Book, ask: Ask, rule: LearnedRule) -> RuleView:
    return _view(book, ask, rule, f"{_ENDED[rule.state]} av {_who_when(book, rule)}.", [])


def _times(number: int) -> str:
    return f"Rättat {_amount(number)}"


def _amount(number: int) -> str:
    return f"{_TIMES[number] if number < len(_TIMES) else number} {'gång' if number == 1 else 'gånger'}"


def _who_when(book: Book, rule: LearnedRule) -> str:
    who = book.person(rule.decided_by) if rule.decided_by else None
    when = f" {views.day(rule.decided_at.astimezone(views.STOCKHOLM).date())}" if rule.decided_at else ""
    return f"{who.name if who else 'någon'}{when}"


def _view(book: Book, ask: Ask, rule: LearnedRule, told: str, kept: list[Correction]) -> RuleView:
    many = len(ask.who.namnder(*corrections.DECIDES)) > 1
    line = views.clean(corrections.line_of(book, rule), 300)
    board = ask.desk.namnder[rule.namnd].name if many else ""
    return RuleView(rule.id, line, board, _does(rule), told, tuple(_evidence(book, c) for c in kept))


def _does(rule: LearnedRule) -> str:
    if rule.shape == "word":
        return "Nya ärenden med ordet i rubriken föreslås den handläggaren. Den som frågas kan välja någon annan."
    what = "typen på" if rule.field == "kind" else "saken i"
    rest = " och frågar inte vad brevet är" if rule.field == "kind" else ""
    return f"Boten sätter {what} nya brev därifrån{rest}. Annat som är osäkert frågas som förut."


def _evidence(book: Book, correction: Correction) -> Evidence:
    case = book.case(correction.case_id) if correction.case_id else None
    label = case.dnr or "Väntar på dnr" if case else f"A-{correction.arrival_id}"
    who, when = _name(book.person(correction.person_id)), correction.at.astimezone(views.STOCKHOLM).date()
    old, new = (_said(book, correction.field, v) for v in (correction.was, correction.became))
    told = (
        f"Boten föreslog {old}, {who} valde {new}"
        if correction.field == "handlaggare"
        else f"Boten läste {old}, {who} rättade till {new}"
    )
    url, title = (f"/arende/{case.id}", views.clean(case.title, 160)) if case else ("", "")
    return Evidence(label, url, title, f"{told} {views.day(when)}.")


def _said(book: Book, field: str, value: str) -> str:
    if field == "handlaggare":
        return _name(book.person(int(value)) if value.isdigit() else None)
    return kinds.kind_of(value).label.lower() if value else "ingen"


def _name(person: Person | None) -> str:
    return person.name if person else "Någon"
