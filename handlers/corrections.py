"""What people put right is kept, and what it teaches is offered as a line that a person accepts. No black box."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers import gates, kinds
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.notices.words import STOCKHOLM, clock
from handlers.reading.reading import Finding, Reading
from handlers.rules import lessons
from storage.records import Arrival, Case, LearnedRule, Person, RoleName, RuleState
from storage.store import Book

DECIDES: tuple[RoleName, ...] = ("registrator",)
_FIELDS = ("kind", "matter", "handlaggare")  # what rules are learned about
RULED = "regel:"  # a finding's source, before the rule's id
# The one reason to look that a rule about the kind answers.
_UNSURE_KIND = "Osäkert vad brevet är"
YES, NO = "ja", "nej"


@dataclass(frozen=True, slots=True)
class Change:
    """What was read or proposed in a field, and what a person put instead."""

    field: str
    was: str
    became: str
    rule_id: int | None = None


# keeping


def put_right(
    book: Book,
    arrival_id: int | None,
    changes: Sequence[Change],
    by: int,
    *,
    now: dt.datetime,
    case: Case | None = None,
) -> None:
    """Keep what a person put right in a letter, or in a case, and see what it teaches; nothing when nothing changed.

    Of a letter that is, or belongs to, an individual's matter only the field and the hash are kept.
    """
    changes = [c for c in changes if c.was != c.became]
    arrival = book.arrival(arrival_id) if arrival_id is not None else None
    if not changes or (arrival is None and case is None):
        return
    if case is None and arrival is not None and arrival.case_id is not None:
        case = book.case(arrival.case_id)
    namnd = arrival.namnd if arrival else case.namnd if case else ""
    reading = _reading(arrival)
    hushed = (
        reading.secret or (case is not None and case.secret) or (arrival is not None and gates.is_hushed(book, arrival))
    )
    for change in changes:
        book.put_correction(
            namnd,
            change.field,
            was=change.was,
            became=change.became,
            at=now,
            person_id=by,
            secret=hushed,
            sha256=arrival.raw_sha256 if arrival else None,
            arrival_id=arrival.id if arrival else None,
            document_id=arrival.document_id if arrival else None,
            case_id=case.id if case else None,
            sender=sender_of(reading),
            words=lessons.telling_words(case.title if case else reading.title),
            rule_id=change.rule_id or ruled_by(reading, change.field),
        )
    learn(book, namnd, now=now)


def person_of(actor: str) -> int | None:
    """Return the person behind an actor of the journal; None for the bot and the command line.

    >>> person_of("person:7"), person_of("boten")
    (7, None)
    """
    number = actor.removeprefix("person:")
    return int(number) if actor.startswith("person:") and number.isdigit() else None


def sender_of(reading: Reading) -> str:
    """Return the address of who wrote a letter, not of who passed it on; empty when nothing is known of it."""
    for party in (reading.sender, reading.envelope.from_):
        if party and party.address:
            return party.address.strip().lower()
    return ""


def ruled_by(reading: Reading, field: str) -> int | None:
    """Return the id of the rule that a field of a reading comes from."""
    source = next((f.where for f in reading.findings if f.field == field and f.where.startswith(RULED)), "")
    number = source.removeprefix(RULED)
    return int(number) if number.isdigit() else None


def forget(
    book: Book, namnd: str, *, now: dt.datetime, arrival_id: int | None = None, case_id: int | None = None
) -> None:
    """Leave of a letter or case that has become secret only fields and hashes, and no rule that tells of it alone."""
    book.hide_corrections(arrival_id=arrival_id, case_id=case_id)
    for rule in book.learned_rules((namnd,)):
        if not book.corrections((namnd,), ids=rule.evidence):
            book.forget_rule(rule.id)
            book.note(namnd, "regel borttagen", now=now, data={"regel": rule.id})
    learn(book, namnd, now=now)


def taken_back(book: Book, arrival: Arrival, since: dt.datetime, *, now: dt.datetime) -> None:
    """Let go of what was put right in a letter since a moment: it was a mistake, and teaches nothing."""
    book.forget_corrections(arrival.id, since)
    learn(book, arrival.namnd, now=now)


def _reading(arrival: Arrival | None) -> Reading:
    return Reading.from_json(arrival.reading) if arrival and arrival.reading else Reading()


# learning


def learn(book: Book, namnd: str, *, now: dt.datetime) -> None:
    """Offer what the corrections teach, and take back an offer that they no longer speak for."""
    known = {_key(r): r for r in book.learned_rules((namnd,))}
    kept = book.corrections((namnd,), fields=_FIELDS)
    found = [one for one in lessons.lessons(kept, _own_domains(book, namnd, now)) if _holds(book, namnd, one, now)]
    taught = lessons.without_repeats(found)
    for one in taught:
        rule = known.get(_key(one))
        if rule is None or (rule.state in ("declined", "retired") and lessons.may_ask_again(rule, one.evidence)):
            made = book.propose_rule(
                namnd, one.shape, one.condition, one.field, one.value, evidence=one.evidence, now=now
            )
            _note(book, made, "regel föreslagen", "boten", now)
        elif rule.state == "proposed" and rule.evidence != one.evidence:
            book.change_rule(rule.id, evidence=one.evidence)
    speaks = {_key(one) for one in taught}
    for key, rule in known.items():
        if rule.state == "proposed" and key not in speaks:
            # Never decided about by anybody: what speaks against it has come, or its letters have become secret.
            book.forget_rule(rule.id)
            book.note(namnd, "regel borttagen", now=now, data={"regel": rule.id})


def _key(one: lessons.Lesson | LearnedRule) -> tuple[str, str, str, str]:
    return (one.shape, one.condition, one.field, one.value)


def _own_domains(book: Book, namnd: str, now: dt.datetime) -> set[str]:
    """Return the mail domains of the nämnd's own people: a colleague passes on letters of every kind."""
    held = book.roles(on=now.astimezone(STOCKHOLM).date(), namnd=namnd)
    return {r.person.email.rpartition("@")[2] for r in held}


def _holds(book: Book, namnd: str, one: lessons.Lesson | LearnedRule, now: dt.datetime) -> bool:
    """Say whether nothing in the register speaks against a lesson: "always" must be true of what nobody corrected too."""
    if one.shape == "sender":
        return all(_stands_as(x.kind, x.matter, one) for x in book.letters_from(namnd, one.condition))
    person = int(one.value)
    today = now.astimezone(STOCKHOLM).date()
    if not any(r.person.id == person for r in book.roles(on=today, namnd=namnd, role="handlaggare")):
        return False
    cases = [c for c in book.handled_cases(namnd, one.condition) if lessons.speaks_of(c.title, one.condition)]
    return all(c.handlaggare_id == person for c in cases)


def _stands_as(kind: str, matter: str | None, one: lessons.Lesson | LearnedRule) -> bool:
    # A letter that joined a case has no matter of its own.
    return kind == one.value if one.field == "kind" else matter in (None, one.value)


# deciding


def accept(book: Book, rule_id: int, person: Person, *, now: dt.datetime) -> LearnedRule:
    """Let a rule act from now on. Raises NotAllowed, and TooLate when somebody has decided about it before."""
    rule = _decidable(book, rule_id, person, ("proposed",), now)
    if not _holds(book, rule.namnd, rule, now):
        raise Invalid("Något som säger emot regeln har kommit in sedan den föreslogs. Den gäller inte längre.", "regel")
    book.change_rule(rule_id, kept_after=times_wrong(book, rule))
    return _decide(book, rule, person, "accepted", "regel godtagen", now)


def decline(book: Book, rule_id: int, person: Person, *, now: dt.datetime) -> LearnedRule:
    """Say no to a rule; it is offered again only when there is twice as much to show."""
    rule = _decidable(book, rule_id, person, ("proposed",), now)
    return _decide(book, rule, person, "declined", "regel avböjd", now)


def retire(book: Book, rule_id: int, person: Person, *, now: dt.datetime) -> LearnedRule:
    """End a rule that acts; what it has done stands."""
    rule = _decidable(book, rule_id, person, ("accepted",), now)
    return _decide(book, rule, person, "retired", "regel avslutad", now)


def keep(book: Book, rule_id: int, person: Person, *, now: dt.datetime) -> LearnedRule:
    """Let a rule act on although its result has been put right; it is asked about again after as many times more."""
    rule = _decidable(book, rule_id, person, ("accepted",), now)
    book.change_rule(rule_id, kept_after=times_wrong(book, rule))
    _note(book, rule, "regel behållen", f"person:{person.id}", now)
    return book.learned_rule(rule_id)


def _decide(
    book: Book, rule: LearnedRule, person: Person, becomes: RuleState, what: str, now: dt.datetime
) -> LearnedRule:
    book.change_rule(rule.id, state=becomes, decided_by=person.id, decided_at=now)
    _note(book, rule, what, f"person:{person.id}", now)
    return book.learned_rule(rule.id)


def _decidable(
    book: Book, rule_id: int, person: Person, states: tuple[RuleState, ...], now: dt.datetime
) -> LearnedRule:
    rule = book.learned_rule(rule_id, lock=True)
    today = now.astimezone(STOCKHOLM).date()
    if not any(r.role in DECIDES for r in book.roles(on=today, namnd=rule.namnd, person_id=person.id)):
        raise NotAllowed("Sidan finns inte, eller så får du inte se den.")
    if rule.state not in states:
        who = book.person(rule.decided_by) if rule.decided_by else None
        when = f" {clock(rule.decided_at)}" if rule.decided_at else ""
        raise TooLate(f"{who.name if who else 'Någon annan'} hann före{when}. Regeln är redan avgjord.")
    return rule


def _note(book: Book, rule: LearnedRule, what: str, actor: str, now: dt.datetime) -> None:
    data = {"regel": rule.id, "rättelser": list(rule.evidence)}
    book.note(rule.namnd, what, now=now, actor=actor, data=data, personal={"rad": line_of(book, rule)})


# acting


def ruled(book: Book, namnd: str, reading: Reading) -> Reading:
    """Return a reading with what the nämnd's accepted rules say of its sender, each with a finding that names the rule.

    What the reader holds as secret, as a machine's or as unreadable is left as it is. Of the reasons to look only
    "Osäkert vad brevet är" is answered.
    """
    if reading.secret or reading.unreadable or not reading.register or reading.kind in lessons.NEVER - {"other"}:
        return reading
    if reading.envelope.automatic not in (None, "list"):
        return reading
    sender = sender_of(reading)
    rules = book.learned_rules((namnd,), states=("accepted",), shape="sender")
    for field in ("kind", "matter"):
        mine = [r for r in rules if r.field == field and lessons.comes_from(sender, r.condition)]
        # An address says more than a domain.
        for rule in sorted(mine, key=lambda r: r.condition[:1] == "*")[:1]:
            reading = _overridden(book, reading, rule)
    return reading


def _overridden(book: Book, reading: Reading, rule: LearnedRule) -> Reading:
    read = getattr(reading, rule.field) or ""
    unsure = rule.field == "kind" and _UNSURE_KIND in reading.review
    if read == rule.value and not unsure:
        return reading
    told = f"{line_of(book, rule)}."
    if read != rule.value:
        told += f" Boten läste {kinds.kind_of(read).label.lower() if read else 'ingen'}."
    why = Finding(rule.field, rule.value, 1.0, told, f"{RULED}{rule.id}")
    rest = tuple(f for f in reading.findings if f.field != rule.field)
    made = dataclasses.replace(reading, findings=(why, *rest))
    if rule.field == "matter":
        return dataclasses.replace(made, matter=rule.value)
    review = tuple(r for r in reading.review if r != _UNSURE_KIND)
    return dataclasses.replace(made, kind=rule.value, certainty=1.0, review=review)


def named_for(book: Book, case: Case) -> Mapping[int, LearnedRule]:
    """Return whom the accepted rules name for a case, and by which rule; the longest word first."""
    if case.secret:
        return {}
    rules = book.learned_rules((case.namnd,), states=("accepted",), shape="word")
    named: dict[int, LearnedRule] = {}
    for rule in sorted(rules, key=lambda r: -len(r.condition)):
        if lessons.speaks_of(case.title, rule.condition):
            named.setdefault(int(rule.value), rule)
    return named


# showing


def line_of(book: Book, rule: LearnedRule) -> str:
    """Return a rule as the line that a person accepts."""
    if rule.shape == "word":
        person = book.person(int(rule.value))
        return lessons.line(rule, person.name if person else "någon som inte finns")
    return lessons.line(rule, kinds.kind_of(rule.value).label)


def stands_by_itself(book: Book, rule: LearnedRule) -> int:
    """Count the letters or cases that stand as a rule says although nobody put them right: they speak for it too."""
    put_right = book.corrections((rule.namnd,), ids=rule.evidence)
    if rule.shape == "word":
        cases = {
            c.id for c in book.handled_cases(rule.namnd, rule.condition) if lessons.speaks_of(c.title, rule.condition)
        }
        return len(cases - {c.case_id for c in put_right})
    letters = {
        x.arrival_id
        for x in book.letters_from(rule.namnd, rule.condition)
        if x.kind == rule.value or x.matter == rule.value
    }
    return len(letters - {c.arrival_id for c in put_right})


def times_wrong(book: Book, rule: LearnedRule) -> int:
    """Count the letters that somebody put right what a rule had said of."""
    found = book.corrections((rule.namnd,), rule_id=rule.id)
    return len({(c.arrival_id, c.case_id) for c in found if c.became != rule.value})


def is_doubtful(book: Book, rule: LearnedRule) -> bool:
    """Say whether a rule is to be offered to be ended: put right twice since it was accepted or last kept."""
    return rule.state == "accepted" and times_wrong(book, rule) - rule.kept_after >= lessons.WRONG_TOO_OFTEN


def to_decide(book: Book, namnder: Sequence[str], *, now: dt.datetime) -> list[LearnedRule]:
    """Return the rules that wait for a person: those that are offered and still hold, and those that may have to end."""
    rules = book.learned_rules(namnder, states=("proposed", "accepted")) if namnder else []
    return [r for r in rules if is_doubtful(book, r) or (r.state == "proposed" and _holds(book, r.namnd, r, now))]
