"""The eight real letters, registered in order into their nämnder: what comes of each is what was expected."""

from __future__ import annotations

import datetime as dt
import email
import json
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import Any

import pytest

from handlers import intake, review
from handlers.reading.reading import Context, Reading
from handlers.registering import open_case
from storage.records import Case, Namnd, Person, Series
from storage.store import Store
from tests.fakes import HereReader

INPUTS = Path(__file__).parents[3] / "shared" / "inputs"
pytestmark = pytest.mark.skipif(not INPUTS.is_dir(), reason="the real letters lie beside the checkout, and do not here")

LINKOPING = Namnd("linkoping", "Social- och omsorgsnämnden", "Linköpings kommun", ("zzzsocomsnamnd@linkoping.se",))
ESKILSTUNA = Namnd("eskilstuna", "Socialnämnden", "Eskilstuna kommun", ("socialnamnden@eskilstuna.se",))
MALMO = Namnd("malmo", "Arbetsmarknads- och socialnämnden", "Malmö stad", ("asn@malmo.se",))
STOCKHOLM = Namnd("stadsdel", "Stadsdelsnämnden", "Stockholms stad", ("registrator@stadsdel.example",))
HOMES = {
    "01": LINKOPING,
    "02": LINKOPING,
    "03": LINKOPING,
    "04": ESKILSTUNA,
    "05": ESKILSTUNA,
    "06": ESKILSTUNA,
    "07": MALMO,
    "08": STOCKHOLM,
}
SERIES = (
    Series("linkoping", 2021, "SON", "{prefix} {year}-{number}", 457),
    Series("eskilstuna", 2023, "SOCN", "{prefix}/{year}:{number}", 31),
    Series("malmo", 2021, "ASN", "{prefix}-{year}-{number}", 11670),
    Series("stadsdel", 2024, "SDN", "{prefix} {year}/{number}", 1),
)


@dataclass
class Walk:
    """What came of the eight letters, by their first two figures."""

    store: Store
    outcomes: dict[str, intake.Outcome]
    readings: dict[str, Reading]
    expected: dict[str, dict[str, Any]]
    registrator: Person

    def case(self, number: str) -> Case:
        case = self.outcomes[number].case
        assert case is not None
        return case


@pytest.fixture
def walk(store: Store) -> Walk:
    """Register all eight; where the bot asks, the registrator confirms its proposal."""
    with store.book() as book:
        for series in SERIES:
            book.put_series(series)
        ylva = book.put_person("Ylva Hedlund", "ylva@x.example")
        for namnd in (LINKOPING, ESKILSTUNA, MALMO, STOCKHOLM):
            book.put_role(ylva.id, namnd.key, "registrator", dt.date(2020, 1, 1), None)
    _earlier_initiative(store)
    made = Walk(store, {}, {}, {}, ylva)
    for folder in sorted(INPUTS.glob("0*")):
        number = folder.name[:2]
        made.expected[number] = json.loads((folder / "expected.json").read_text("utf-8"))
        made.readings[number], made.outcomes[number] = _come(store, folder / "mail.eml", HOMES[number], ylva)
    return made


def _earlier_initiative(store: Store) -> None:
    # Letter 07 answers a matter that Malmö has; it was raised on 23 September 2021.
    came = dt.datetime(2021, 9, 22, 10, tzinfo=dt.UTC)
    title = "Nämndinitiativ angående en trygg och rättssäker socialtjänst"
    with store.book() as book:
        arrival, _ = book.arrive("malmo", "hand", raw_sha256="0", reference="-", received_at=came, now=came)
        reading = Reading(kind="namndinitiativ", matter="namndinitiativ", title=title)
        case, document = open_case(book, arrival, reading, MALMO, now=came)
        book.settle(
            arrival.id, "registered", folder="registrerat", case_id=case.id, document_id=document.id, moved_at=came
        )


def _come(store: Store, path: Path, namnd: Namnd, registrator: Person) -> tuple[Reading, intake.Outcome]:
    raw = path.read_bytes()
    received = email.message_from_bytes(raw, policy=policy.default)["Date"].datetime
    with store.book() as book:
        arrival = intake.arrived(book, namnd, path.parent.name, path.parent.name, "x", received, received)
    prefixes = tuple(s.prefix for s in SERIES if s.namnd == namnd.key)
    context = Context((namnd.name,), namnd.organisation, namnd.addresses, prefixes, received)
    reading = HereReader().read(raw, context).reading
    with store.book() as book:
        outcome = intake.register(book, arrival.id, reading, namnd, received)
    if outcome.state == "review":
        with store.book() as book:
            if outcome.arrival.proposed_case_id:
                outcome = review.join(
                    book, arrival.id, outcome.arrival.proposed_case_id, registrator, namnd, now=received
                )
            else:
                outcome = review.confirm(book, arrival.id, registrator, namnd, now=received)
    return reading, outcome


def test_what_is_to_be_registered_is_and_what_is_not_is_not(walk: Walk) -> None:
    for number, expected in walk.expected.items():
        assert (walk.outcomes[number].state == "registered") == expected["register"], number


def test_each_kind_and_matter_is_right(walk: Walk) -> None:
    for number, expected in walk.expected.items():
        accept = [expected.get("kind"), *expected.get("kind_accept", [])]
        if expected.get("kind"):
            assert walk.readings[number].kind in accept, number
        if expected.get("matter"):
            assert walk.readings[number].matter == expected["matter"], number


def test_each_letter_lands_in_the_case_it_belongs_to(walk: Walk) -> None:
    for number, expected in walk.expected.items():
        if "belongs_to" in expected:
            assert walk.case(number).id == walk.case(expected["belongs_to"][:2]).id, number
        elif expected.get("new_case"):
            assert walk.outcomes[number].new_case, number
    assert walk.case("07").dnr == "ASN-2021-11670"


def test_nothing_is_secret_though_every_letter_speaks_of_orosanmalningar(walk: Walk) -> None:
    assert [n for n, r in walk.readings.items() if r.secret] == []


def test_titles_senders_numbers_and_deadlines_are_read(walk: Walk) -> None:
    for number, expected in walk.expected.items():
        reading = walk.readings[number]
        if "title_contains" in expected:
            assert expected["title_contains"] in reading.title, number
        for external in expected.get("external_dnr", []):
            assert external in reading.external_dnr, number
        if "deadlines" in expected:
            stated = sorted(d.date.isoformat() for d in reading.deadlines if d.date and d.clock != "law")
            assert stated == sorted(d["date"] for d in expected["deadlines"]), number
        if "demands" in expected or "recommendations" in expected:
            assert len(reading.demands) == expected.get("demands", expected.get("recommendations")), number
        if "outcome" in expected:
            assert reading.outcome == expected["outcome"], number
        if "paragraph" in expected:
            assert reading.meeting is not None
            assert reading.meeting.paragraph is not None
            assert reading.meeting.paragraph.replace(" ", "") == expected["paragraph"].replace(" ", ""), number
        if "letter_dated" in expected:
            assert reading.dated == dt.date.fromisoformat(expected["letter_dated"]), number


def test_the_referred_motion_carries_the_laws_year_and_its_condition(walk: Walk) -> None:
    case = walk.case("01")
    assert "Kvalitetskontroll av kommunens arbete med orosanmälningar" in case.title
    assert [m.split(" (")[0] for m in case.motionarer] == walk.expected["01"]["motionarer"]
    assert case.raised == dt.date(2021, 3, 16)
    with walk.store.look() as book:
        law = [d for d in book.deadlines(case.id) if d.clock == "law"]
    assert [d.date for d in law] == [dt.date(2022, 3, 16)]
    assert any("stab" in c for c in walk.readings["01"].conditions)


def test_the_internal_forward_is_one_more_receipt_and_no_new_document(walk: Walk) -> None:
    assert walk.outcomes["02"].state == "repetition"
    with walk.store.look() as book:
        states = [a.state for a in book.arrivals_of_case(walk.case("01").id)]
    assert "repetition" in states


def test_the_minutes_bring_a_proposal_to_reject_and_the_namnds_own_decision(walk: Walk) -> None:
    reading = walk.readings["03"]
    assert reading.outcome_is_proposal
    with walk.store.look() as book:
        decisions = book.decisions(walk.case("03").id)
    known = {(d.date.isoformat() if d.date else "", (d.paragraph or "").replace(" ", "")) for d in decisions}
    assert ("2022-05-03", "§145") in known
    assert ("2022-04-21", "§6") in known
    assert {s.rstrip(".") for s in reading.sent_to} == set(walk.expected["03"]["sent_to"])


def test_the_auditors_questions_are_no_demands(walk: Walk) -> None:
    reading = walk.readings["04"]
    assert len(reading.questions) == walk.expected["04"]["questions"]
    assert reading.demands == ()
    assert reading.sender is not None
    assert reading.sender.address == walk.expected["04"]["original_sender"]
    assert reading.forwarded_by is not None
    assert reading.forwarded_by.address == walk.expected["04"]["forwarded_by"]
    assert reading.original_received is not None
    assert reading.original_received.strftime("%Y-%m-%dT%H:%M") == walk.expected["04"]["original_received"]
    assert reading.asks_for


def test_the_memo_joins_its_case_and_meets_the_milestone(walk: Walk) -> None:
    with walk.store.look() as book:
        milestones = {m.kind: m.met_on for m in book.milestones(walk.case("07").id)}
    assert milestones == {"tjansteskrivelse": dt.date(2021, 11, 1)}
    plan = [p.date.isoformat() for p in walk.readings["07"].plan]
    assert plan == [p["date"] for p in walk.expected["07"]["plan"]]


def test_the_review_names_its_documents(walk: Walk) -> None:
    assert list(walk.readings["08"].documents) == walk.expected["08"]["documents_named"]


def test_the_memo_goes_to_review_where_its_case_is_unknown(store: Store) -> None:
    with store.book() as book:
        book.put_series(Series("malmo", 2021, "ASN", "{prefix}-{year}-{number}", 1))
    path = next(INPUTS.glob("07*")) / "mail.eml"
    received = dt.datetime(2021, 11, 1, 16, 44, tzinfo=dt.UTC)
    context = Context((MALMO.name,), MALMO.organisation, MALMO.addresses, ("ASN",), received)
    reading = HereReader().read(path.read_bytes(), context).reading
    with store.book() as book:
        arrival = intake.arrived(book, MALMO, "k", "k", "x", received, received)
        outcome = intake.register(book, arrival.id, reading, MALMO, received)
    assert outcome.state == "review"
    assert "ASN-2021-11670" in outcome.why[0]


def test_the_register_is_whole_afterwards(walk: Walk) -> None:
    with walk.store.look() as book:
        assert list(book.chain_faults()) == []
        assert book.number_faults() == []
