"""What the bot says back in a chat: each command for each role, in a chat of one's own and in a group."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from handlers import absences, assignment, confirming, reminding, showing, talking
from handlers.notices.message import Act, Acts, Button, Heading, Message, Paragraph, Rows
from handlers.reading.characters import fold
from storage.records import AskedQuestion, Case, Person
from storage.store import Store
from tests.builders import BUN, NOW, SN, found, reading, take_in
from tests.templates import sqlite_register

DAY = dt.timedelta(days=1)
TODAY = NOW.date()
NAMNDER = {"sn": SN, "bun": dataclasses.replace(BUN, url="http://nb")}
NOBODY = Person(0, "Okänd gäst", "")


class House:
    """A register with people and cases, and the bot to talk with."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = found(store)
        with store.book() as book:
            for name, namnder, role in (
                ("Samira Haddad", ("sn",), "handlaggare"),
                ("Åsa Ek", ("sn", "bun"), "handlaggare"),
                ("Stina Stab", ("sn",), "stab"),
            ):
                person = book.put_person(name, f"{fold(name.split()[0])}@ekeby.example")
                for namnd in namnder:
                    book.put_role(person.id, namnd, role, dt.date(2026, 1, 1), None)  # type: ignore[arg-type]
                self.people[fold(name.split()[0])] = person

    def case(
        self, title: str, *, to: str = "", day: dt.date | None = None, clock: str = "stated", namnd: str = "sn"
    ) -> Case:
        """Register a case, give it a day and a handläggare."""
        made = take_in(
            self.store, reading(title, sender=f"{title.split()[-1]}@kansli.example"), namnd=NAMNDER[namnd]
        ).case
        assert made is not None
        with self.store.book() as book:
            if day:
                book.put_deadline(
                    made.id,
                    document_id=None,
                    date=day,
                    purpose="yttrande",
                    clock=clock,
                    sentence="senast",
                    source="brevet",
                )
            if to:
                registrator = self.people["ylva" if namnd == "sn" else "amina"]
                assignment.assign(book, made.id, self.people[to], registrator, NAMNDER[namnd], now=NOW)
            return book.case(made.id)

    def asks(
        self, case: Case, who: str, *, about: bool = True, kind: str = reminding.KIND, sent: bool = True
    ) -> AskedQuestion:
        """Ask somebody how it goes with a case; sent: the question has gone out to them."""
        with self.store.book() as book:
            deadline = book.deadlines(case.id, active=True)[0] if about else None
            question = book.put_question(
                case.namnd, case.id, kind, now=NOW, deadline_id=deadline.id if deadline else None
            )
            person, message_id = self.people[who], f"<{question.id}@x>"
            book.put_asking(question.id, person.id, 0, TODAY, message_id)
            book.queue("paminnelse", message_id, namnd=case.namnd, address=person.email, message_id=message_id, now=NOW,
                       person_id=person.id, case_id=case.id, sent=sent)  # fmt: skip
            return question

    def carry(self) -> None:
        """Let everything that waits go out."""
        with self.store.book() as book:
            later = NOW + DAY
            while notice := book.claim_notice("test", now=later, seconds=60):
                book.notice_sent(notice, now=later)

    def hide(self, case: Case) -> None:
        with self.store.book() as book:
            book.change_case(case.id, secret=True)

    def says(self, who: str, text: str, seen_by: Sequence[str | Person] = (), now: dt.datetime = NOW) -> Message:
        people = [self.people[p] if isinstance(p, str) else p for p in seen_by] or [self.people[who]]
        with self.store.book() as book:
            return talking.hear(book, text, self.people[who], people, NAMNDER, now=now)

    def look(self, case: Case) -> Case:
        with self.store.look() as book:
            return book.case(case.id)

    def noted(self, case: Case | None = None) -> list[tuple[str, str, str]]:
        """What stands in the journal: what, who, and how."""
        with self.store.look() as book:
            lines = book.entries(case_id=case.id) if case else [*book.entries(namnd="sn"), *book.entries(namnd="bun")]
            return [(e.what, e.actor, str(e.data.get("svar", ""))) for e in lines]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = sqlite_register(tmp_path / "namndbot.db")
    yield House(store)
    store.close()


def words(said: Message) -> str:
    """All that can be read in a message."""
    made = [said.subject, said.preheader, said.foot]
    for block in said.blocks:
        match block:
            case Heading(text) | Paragraph(text):
                made.append(text)
            case Rows(rows):
                made += [part for r in rows for part in (r.label, r.value, r.quote, repr(r.line))]
            case Button(label, url):
                made += [label, url]
            case Acts(acts):
                made += [repr(a) for a in acts]
            case _:
                raise AssertionError(block)
    return "\n".join(made)


def head(said: Message) -> str:
    assert isinstance(said.blocks[0], Heading)
    return said.blocks[0].text


def lines(said: Message) -> list[tuple[str, str, str, str]]:
    rows = [r.line for b in said.blocks if isinstance(b, Rows) for r in b.rows if r.line]
    return [(line.title, line.about, line.state, line.tone) for line in rows]


def acts(said: Message) -> list[Act]:
    return [a for b in said.blocks if isinstance(b, Acts) for a in b.acts]


def offered(said: Message) -> list[str]:
    return [a.data["text"] for a in acts(said) if a.verb == "sag"]


# what is shown


def test_my_cases_come_the_most_urgent_first_with_their_day_in_words(house: House) -> None:
    house.case("Remiss om parker", to="karin", day=TODAY + 30 * DAY)
    house.case("Remiss om bussar", to="karin", day=TODAY - 4 * DAY)
    house.case("Motion om larm", to="karin", day=TODAY - DAY, clock="law")
    house.case("Motion om katter", to="karin")
    house.case("Någon annans", to="samira", day=TODAY)
    said = house.says("karin", "Hej, kan du visa mina arenden tack?")
    assert head(said) == "Du har 4 öppna ärenden"
    assert lines(said) == [
        ("Motion om larm", "SN 2026-3, lagens tid måndag 23 november", "■ 1 dag efter lagens tid", "law"),
        ("Remiss om bussar", "SN 2026-2, svar senast fredag 20 november", "▲ 4 dagar efter svarsdagen", "goal"),
        ("Remiss om parker", "SN 2026-1, svar senast torsdag 24 december", "30 dagar till svarsdagen", ""),
        ("Motion om katter", "SN 2026-4, ingen svarsdag", "Ingen svarsdag", ""),
    ]
    assert offered(said) == ["SN 2026-3", "SN 2026-2", "SN 2026-1"]


def test_who_has_no_cases_is_told_so(house: House) -> None:
    assert head(house.says("karin", "mina ärenden")) == "Du har inga öppna ärenden"


def test_a_long_list_says_how_many_more_there_are(house: House) -> None:
    for i in range(18):
        house.case(f"Remiss nummer {i}", to="karin", day=TODAY + i * DAY)
    said = house.says("karin", "mina ärenden")
    assert len(lines(said)) == 15
    assert "Och 3 till." in words(said)


def test_a_case_tells_its_clocks_its_handlaggare_and_what_may_be_answered(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 30 * DAY)
    question = house.asks(case, "karin")
    said = house.says("karin", "sn2026/1")
    told = words(said)
    assert head(said) == "SN 2026-1, socialnämnden"
    assert "30 dagar till svarsdagen." in told
    assert "Torsdag 24 december 2026 (yttrande)" in told
    assert "Karin Ödman" in told
    assert "http://nb/arende/1" in told
    assert [(a.label, a.verb, a.data) for a in acts(said)] == [
        (label, "svara", {"q": question.id, "r": 1, "svar": word})
        for label, word in (
            ("Klart", "klart"),
            ("Pågår", "pagar"),
            ("Anstånd", "anstand"),
            ("Fel person", "fel_person"),
        )
    ]
    assert "Yttrande senast torsdag 24 december. Hur går det?" in told
    assert acts(house.says("samira", "SN 2026-1")) == []  # it is not hers to answer


@pytest.mark.parametrize("text", ["SN 2026-1", "sn-2026-00001", "2026-1", "1", "ärende 1", "är SN 2026-1 klar?"])
def test_a_number_is_found_however_it_is_written(house: House, text: str) -> None:
    house.case("Remiss om parker", to="karin")
    assert "Remiss om parker" in words(house.says("samira", text))


def test_a_bare_number_is_shown_where_one_namnd_has_it_and_asked_about_where_two_have(house: House) -> None:
    house.case("Remiss om parker", to="asa")
    house.case("Remiss om skolor", namnd="bun")
    house.case("Remiss om bänkar", namnd="bun")
    said = house.says("asa", "1")
    assert offered(said) == ["SN 2026-1", "BUN 2026-1"]
    assert "Remiss om bänkar" in words(house.says("asa", "2026-2"))
    assert offered(house.says("asa", "klar 2026-2")) == ["klar BUN 2026-2"]  # an act wants to know which nämnd
    assert offered(house.says("asa", "klar 2"))[0] == "klar BUN 2026-2"  # and a small figure may be of anything
    assert "Remiss om parker" in words(house.says("karin", "1"))


def test_what_does_not_exist_is_told_like_what_is_not_ones_own(house: House) -> None:
    house.case("Remiss om skolor", namnd="bun")
    missing, others = house.says("karin", "BUN 2026-7"), house.says("karin", "BUN 2026-1")
    assert words(missing).replace("2026-7", "2026-1") == words(others)
    assert head(others) == "Inget ärende har numret BUN 2026-1, eller så får du inte se det"


def test_who_leads_the_work_sees_all_that_is_late_and_the_others_their_own(house: House) -> None:
    house.case("Remiss om bussar", to="karin", day=TODAY - 4 * DAY)
    house.case("Motion om larm", to="samira", day=TODAY - DAY, clock="law")
    house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    for who in ("anders", "ylva"):
        said = house.says(who, "forsenade")
        assert head(said) == "2 ärenden är sena"
        assert [line[:2] for line in lines(said)] == [
            ("Motion om larm", "SN 2026-2, Samira Haddad"),
            ("Remiss om bussar", "SN 2026-1, Karin Ödman"),
        ]
    assert head(house.says("karin", "försenade")) == "Ett av dina ärenden är sent"
    assert head(house.says("anders", "mina försenade ärenden")) == "Inget av dina ärenden är sent"
    assert head(house.says("birgitta", "försenade")) == "Inget av dina ärenden är sent"


def test_the_week_is_the_digests_for_who_leads_and_ones_own_for_the_others(house: House) -> None:
    house.case("Remiss om bussar", to="karin", day=TODAY - 4 * DAY)
    house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    house.case("Remiss om katter")
    said = house.says("anders", "veckan")
    assert head(said) == "Socialnämnden, vecka 48"
    assert "2 saker behöver dig. Av 3 öppna ärenden." in words(said)
    assert [b.text for b in said.blocks if isinstance(b, Heading)][1:] == [
        "▲ Efter målet eller svarsdagen",
        "Ingen har tagit",
        "De här två veckorna",
    ]
    own = house.says("karin", "hur ser veckan ut?")
    assert head(own) == "2 av dina ärenden behöver dig de här två veckorna"
    assert head(house.says("samira", "veckan")).startswith("Inget av dina ärenden")


def test_a_search_finds_by_words_and_never_in_another_namnd(house: House) -> None:
    house.case("Remiss om bussar", to="karin")
    house.case("Remiss om skolans bussar", namnd="bun")
    assert [line[0] for line in lines(house.says("karin", "sök bussar"))] == ["Remiss om bussar"]
    assert len(lines(house.says("asa", "sök bussar"))) == 2
    assert head(house.says("karin", "sök skolans")) == "Inget ärende matchar ”skolans”"


def test_a_search_with_more_hits_than_are_counted_says_so_and_shows_the_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        house.case(f"Remiss om buss {number}")
    monkeypatch.setattr(showing, "COUNTED_HITS", 2)
    said = house.says("karin", "sök buss")
    assert head(said) == "Mer än 2 ärenden matchar ”buss”"
    assert len(lines(said)) == 4
    assert "De första visas. Skriv fler ord." in words(said)


def test_help_tells_who_leads_how_to_assign_and_nobody_else(house: House) -> None:
    assert "tilldela" in words(house.says("anders", "hjälp"))
    assert "tilldela" not in words(house.says("karin", "hjälp"))
    assert offered(house.says("karin", "hej")) == ["mina ärenden", "försenade", "veckan"]


def test_what_is_not_understood_gets_three_buttons_and_changes_nothing(house: House) -> None:
    case = house.case("Remiss om parker")
    before = house.noted()
    said = house.says("anders", "tildlea SN 2026-1 Karin")
    assert offered(said) == ["tilldela SN 2026-1 Karin", "SN 2026-1", "klar SN 2026-1"]
    assert (house.look(case).handlaggare_id, house.noted()) == (None, before)
    assert head(house.says("anders", offered(said)[0])) == "Antecknat"


def test_who_has_no_role_and_a_function_mailbox_are_told_nothing(house: House) -> None:
    house.case("Remiss om parker", to="karin")
    with house.store.book() as book:
        house.people["gast"] = book.put_person("Gäst Gästsson", "gast@annan.example")
    for who in ("gast", "stina"):
        for text in ("SN 2026-1", "mina ärenden", "sök parker", "hjälp", "veckan"):
            assert head(house.says(who, text)) == "Du har ingen roll i någon nämnd här"


# acts


@pytest.mark.parametrize(
    ("text", "word", "told"),
    [
        ("klar SN 2026-1", "klart", "SN 2026-1: antecknat som klart. Du får inga fler påminnelser."),
        ("SN 2026-1 pågår", "pagar", "SN 2026-1: antecknat som pågående."),
        (
            "anstånd SN 2026-1 18/12 väntar på ekonomi",
            "anstand",
            "SN 2026-1: antecknat, ny dag fredag 18 december 2026 i stället för fredag 27 november 2026.",
        ),
    ],
)
def test_an_answer_is_the_same_as_by_mail_and_on_the_page(house: House, text: str, word: str, told: str) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    question = house.asks(case, "karin")
    said = house.says("karin", text)
    assert (head(said), said.subject) == ("Antecknat", told)
    with house.store.look() as book:
        answered = book.question(question.id)
    assert (answered.state, answered.answer, answered.answered_how) == ("answered", word, "teams")
    assert (f"svar: {word}", f"person:{house.people['karin'].id}", "teams") in house.noted(case)


def test_done_is_done_once_and_then_nothing_is_asked(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    house.asks(case, "karin")
    house.says("karin", "klar SN 2026-1")
    before = house.noted(case)
    said = house.says("karin", "klar SN 2026-1")
    assert "Ingen fråga om SN 2026-1 väntar på dig." in words(said)
    assert "http://nb/arende/1" in words(said)
    assert house.noted(case) == before


def test_an_answer_is_not_another_persons_to_give(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    question = house.asks(case, "karin")
    for who in ("samira", "anders", "birgitta"):
        assert "Karin Ödman är handläggare för SN 2026-1, så frågan går dit." in words(
            house.says(who, "klar SN 2026-1")
        )
    with house.store.look() as book:
        assert book.question(question.id).state == "open"


def test_respite_wants_a_day_and_the_laws_time_stays(house: House) -> None:
    case = house.case("Motion om larm", to="karin", day=TODAY + 3 * DAY, clock="law")
    question = house.asks(case, "karin")
    assert "Den dagen går inte att flytta." in words(house.says("karin", "anstånd SN 2026-1"))
    said = house.says("karin", "anstånd SN 2026-1 18/12")
    assert head(said) == "Inget är gjort"
    assert "Lagens tid går inte att flytta." in words(said)
    with house.store.look() as book:
        assert book.question(question.id).state == "open"  # and can still be answered
    assert "svar: anstand" not in [line[0] for line in house.noted(case)]


def test_an_earlier_day_is_no_respite_and_leaves_the_question_open(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 20 * DAY)
    house.asks(case, "karin")
    assert "senare dag" in words(house.says("karin", "anstånd SN 2026-1 1/12"))
    assert head(house.says("karin", "klar SN 2026-1")) == "Antecknat"


def test_an_act_without_a_number_asks_which(house: House) -> None:
    for title in ("Remiss om parker", "Remiss om bussar"):
        house.asks(house.case(title, to="karin", day=TODAY + 3 * DAY), "karin")
    said = house.says("karin", "anstånd till 18/12")
    assert offered(said) == ["anstånd SN 2026-2 till 18 december 2026", "anstånd SN 2026-1 till 18 december 2026"]
    assert offered(house.says("karin", "klart")) == ["klar SN 2026-2", "klar SN 2026-1"]
    assert head(house.says("samira", "klart")) == "Ingen fråga väntar på dig"


def test_two_questions_about_one_case_are_chosen_between(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    first, second = house.asks(case, "karin"), house.asks(case, "karin", about=False)
    for text in ("klar SN 2026-1", "SN 2026-1"):
        said = house.says("karin", text)
        asked = [
            (b.text, said.blocks[i + 1])
            for i, b in enumerate(said.blocks)
            if isinstance(b, Paragraph) and "Hur går" in b.text
        ]
        assert [told for told, _ in asked] == ["Yttrande senast fredag 27 november. Hur går det?", "Hur går det?"]
        made = [[(a.label, a.data["q"]) for a in block.acts] for _, block in asked if isinstance(block, Acts)]
        assert made == [
            [(label, first.id) for label in ("Klart", "Pågår", "Anstånd", "Fel person")],
            [(label, second.id) for label in ("Klart", "Pågår", "Fel person")],
        ]
    assert "Vi har frågat dig om flera saker" in words(house.says("karin", "klar SN 2026-1"))
    assert head(house.says("karin", "anstånd SN 2026-1 18/12")) == "Antecknat"  # only one has a day to move


@pytest.mark.parametrize(
    "text", ["tilldela SN 2026-1 Karin", "ge SN 2026-1 till karin ödman", "tilldela karin@ekeby.example SN 2026-1"]
)
def test_who_leads_the_work_assigns_as_on_the_page(house: House, text: str) -> None:
    case = house.case("Remiss om parker")
    said = house.says("anders", text)
    assert said.subject == "SN 2026-1 är tilldelat Karin Ödman."
    assert house.look(case).handlaggare_id == house.people["karin"].id
    assert ("handläggare utsedd", f"person:{house.people['anders'].id}", "teams") in house.noted(case)
    assert "Karin Ödman har redan ärendet." in words(house.says("ylva", text))


def test_a_name_may_be_written_without_its_marks(house: House) -> None:
    case = house.case("Remiss om parker")
    house.says("anders", "TILLDELA SN 2026-1 ASA")
    assert house.look(case).handlaggare_id == house.people["asa"].id


def test_an_assignment_is_refused_in_plain_words(house: House) -> None:
    case = house.case("Remiss om parker")
    assert "Bara chefer och registratorer tilldelar ärenden." in words(house.says("karin", "tilldela SN 2026-1 Samira"))
    assert "Ingen i nämnden heter Nils. Välj Anders Wikström," in words(house.says("anders", "tilldela SN 2026-1 Nils"))
    assert offered(house.says("anders", "tilldela SN 2026-1"))[0].startswith("tilldela SN 2026-1 ")
    assert "Skriv vilket ärende" in words(house.says("anders", "tilldela"))
    assert house.look(case).handlaggare_id is None


def test_the_one_who_is_asked_takes_it_and_the_first_yes_wins(house: House) -> None:
    case = house.case("Remiss om parker")  # the manager is asked
    assert "har gått till Anders Wikström" in words(house.says("karin", "jag tar SN 2026-1"))
    assert house.says("anders", "jag tar SN 2026-1").subject == "Du har tagit SN 2026-1."
    assert house.look(case).handlaggare_id == house.people["anders"].id
    assert "Du har redan SN 2026-1." in words(house.says("anders", "tar SN 2026-1"))
    late = house.says("ylva", "tar SN 2026-1")
    assert "Anders Wikström har redan SN 2026-1." in words(late)
    assert offered(late) == ["tilldela SN 2026-1 mig"]


SAYS_YES = ("ja", "Ja tack!", "ok", "japp", "stämmer", "nej", "det stämmer inte", "det kan jag", "mina frågor")


@pytest.mark.parametrize("text", SAYS_YES)
def test_a_bare_yes_or_no_shows_what_has_been_asked_and_changes_nothing(house: House, text: str) -> None:
    case = house.case("Remiss om parker")
    assert head(house.says("karin", text)) == "Ingen fråga väntar"
    assert head(house.says("anders", text)) == "Ingen fråga väntar"  # it lies and waits for the morning
    house.carry()
    before = house.noted()
    said = house.says("anders", text)
    assert head(said) == "SN 2026-1, socialnämnden"
    assert "Inget är gjort. Välj ett svar." in words(said)
    assert "Tar du ärendet?" in words(said)
    assert [a.data for a in acts(said)] == [{"q": 1, "r": 1, "svar": word} for word in ("ta", "registratorn")]
    assert (house.look(case).handlaggare_id, house.noted()) == (None, before)


def test_several_questions_are_shown_each_with_its_buttons(house: House) -> None:
    for title in ("Remiss om parker", "Remiss om bussar"):
        house.case(title)
    mine = house.case("Remiss om katter", to="anders", day=TODAY + 3 * DAY)
    house.carry()
    waits = house.asks(mine, "anders", sent=False)
    said = house.says("anders", "ja")
    assert head(said) == "Flera frågor väntar på dig"
    assert [b.text for b in said.blocks if isinstance(b, Heading)][1:] == [
        "SN 2026-2: Remiss om bussar",
        "SN 2026-1: Remiss om parker",
    ]
    assert len([b for b in said.blocks if isinstance(b, Acts)]) == 2
    assert waits.id not in {a.data["q"] for a in acts(said)}


def test_more_questions_than_a_card_has_room_for_are_counted(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    for _ in range(6):
        house.asks(case, "karin")
    other = house.case("Remiss om bussar", to="karin", day=TODAY + 3 * DAY)
    said = house.says("karin", "ja")
    assert len([b for b in said.blocks if isinstance(b, Acts)]) == 4
    assert "Och 2 till." in words(said)
    house.asks(other, "karin")
    assert "Och 3 till." in words(house.says("karin", "ja"))


@pytest.mark.parametrize("text", ["tar den", "Jag tar det", "Ja, jag tar den!", "det tar jag"])
def test_who_takes_it_takes_the_one_that_was_asked_about(house: House, text: str) -> None:
    case = house.case("Remiss om parker")
    assert head(house.says("anders", text)) == "Ingen fråga väntar"
    assert house.look(case).handlaggare_id is None
    house.carry()
    assert house.says("anders", text).subject == "Du har tagit SN 2026-1."
    assert house.look(case).handlaggare_id == house.people["anders"].id


def test_who_takes_it_among_several_or_others_is_shown_what_was_asked(house: House) -> None:
    case = house.case("Remiss om parker")
    house.carry()
    for text in ("tar den", "ja", "godkänner"):
        said = house.says("anders", text, ["anders", "karin"])
        assert head(said) == "Svara i din egen chatt"
        assert acts(said) == []
    house.case("Remiss om bussar")
    house.carry()
    said = house.says("anders", "tar den")
    assert [(a.data["q"], a.data["svar"]) for a in acts(said)] == [
        (2, "ta"),
        (2, "registratorn"),
        (1, "ta"),
        (1, "registratorn"),
    ]
    assert house.look(case).handlaggare_id is None
    mine = house.case("Remiss om katter", to="samira", day=TODAY + 3 * DAY)
    question = house.asks(mine, "samira")
    assert head(house.says("samira", "tar den")) == "Ingen fråga väntar"  # it was asked how it goes
    assert [a.data["svar"] for a in acts(house.says("samira", "ja"))] == ["klart", "pagar", "anstand", "fel_person"]
    with house.store.look() as book:
        assert book.question(question.id).state == "open"


def test_a_question_that_was_passed_on_is_no_longer_ones_own(house: House) -> None:
    case = house.case("Remiss om parker")
    house.carry()
    with house.store.book() as book:
        question = book.questions(case_id=case.id, state="open")[0]
        assignment.pass_on(book, question.id, house.people["anders"], "Karin", SN, how="sidan", now=NOW)
    assert head(house.says("anders", "tar den")) == "Ingen fråga väntar"
    assert head(house.says("karin", "tar den")) == "Ingen fråga väntar"
    house.carry()
    assert [a.data["r"] for a in acts(house.says("karin", "ja"))] == [2, 2]
    assert house.says("karin", "tar den").subject == "Du har tagit SN 2026-1."


@pytest.mark.parametrize("text", ["godkänner SN 2026-1", "Godkänt SN 2026-1", "godkänner", "ja, jag godkänner"])
def test_who_is_asked_to_approve_does_it_by_a_word(house: House, text: str) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 20 * DAY)
    question = house.asks(case, "anders", kind="chef", about=False)
    said = house.says("anders", text)
    assert said.subject == "SN 2026-1: antecknat som godkänt."
    with house.store.look() as book:
        assert book.question(question.id).answer == "godkann"


def test_nothing_is_approved_that_was_not_asked_or_where_it_is_not_clear_what(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 20 * DAY)
    said = house.says("anders", "godkänner SN 2026-1")
    assert "Ingen fråga om att godkänna det väntar på dig." in words(said)
    waits = house.asks(case, "anders", kind="chef", about=False, sent=False)
    assert head(house.says("anders", "godkänner")) == "Ingen fråga väntar"
    said = house.says("anders", "godkänner SN 2026-1")  # not on the screen: it is shown, and then it is
    assert "Inget är gjort." in words(said)
    assert "Godkänner du tjänsteskrivelsen?" in words(said)
    (field,) = acts(said)[1].fields
    assert (acts(said)[1].label, field.name) == ("Ska ändras", f"text{waits.id}")
    other = house.case("Remiss om bussar", to="karin", day=TODAY + 20 * DAY)
    house.asks(case, "anders", kind="chef", about=False)
    house.asks(other, "anders", kind="chef", about=False)
    assert head(house.says("anders", "godkänner")) == "Flera frågor väntar på dig"
    assert "Inget är gjort." in words(house.says("karin", "godkänner SN 2026-1"))
    with house.store.look() as book:
        assert {q.state for q in book.questions(kind="chef")} == {"open"}


def test_the_wrong_person_says_so_where_it_was_asked(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    assert "Ingen fråga om SN 2026-1 väntar på dig." in words(house.says("karin", "fel person SN 2026-1"))
    house.asks(case, "karin")
    house.asks(case, "karin", about=False)
    assert "så frågan går dit" in words(house.says("samira", "fel person SN 2026-1"))
    assert offered(house.says("karin", "fel person")) == ["fel person SN 2026-1"]
    assert house.look(case).handlaggare_id == house.people["karin"].id
    assert head(house.says("karin", "fel person SN 2026-1")) == "Antecknat"
    assert house.look(case).handlaggare_id is None


@pytest.mark.parametrize("text", ["anstånd SN 2026-1", "jag behöver mer tid för SN 2026-1", "ny dag SN 2026-1"])
def test_a_respite_without_a_day_gets_the_form(house: House, text: str) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    question = house.asks(case, "karin")
    said = house.says("karin", text)
    assert head(said) == "Till vilken dag?"
    (act,) = acts(said)
    assert (act.data, [f.name for f in act.fields]) == (
        {"q": question.id, "r": 1, "svar": "anstand"},
        [f"dag{question.id}", f"text{question.id}"],
    )
    assert act.fields[0].least == (TODAY + 4 * DAY).isoformat()
    assert acts(house.says("karin", text, ["karin", "anders"])) == []
    assert head(house.says("karin", "ny dag SN 2026-1 18/12")) == "Antecknat"


@pytest.mark.parametrize(
    "text",
    [
        "anstånd SN 2026-1 5/12 eller 6/12",
        "anstånd SN 2026-1 5/12, om Karin godkänner",
        "anstånd SN 2026-1 5/12 var förra dagen",
        '"klar SN 2026-1"',
        "> klar SN 2026-1",
        "ja SN 2026-1",
        "jag hinner inte SN 2026-1",
    ],
)
def test_what_is_not_clear_shows_the_case_with_its_buttons(house: House, text: str) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    question = house.asks(case, "karin")
    before = house.noted()
    said = house.says("karin", text)
    assert [a.data["svar"] for a in acts(said)] == ["klart", "pagar", "anstand", "fel_person"]
    with house.store.look() as book:
        assert book.question(question.id).state == "open"
    assert house.noted() == before


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tar 1", "tar SN 2026-1"),
        ("jag tar 1", "tar SN 2026-1"),
        ("ge SN 2026-1 mer tid", "SN 2026-1"),
        ("ge SN 2026-1 hög prioritet", "SN 2026-1"),
        ("tilldela SN 2026-1 Karin nästa vecka", "SN 2026-1"),
        ("klar 1", "klar SN 2026-1"),
        ("tar 9", "tar 2026-9"),
    ],
)
def test_what_may_be_of_something_else_is_suggested(house: House, text: str, first: str) -> None:
    case = house.case("Remiss om parker")
    house.carry()
    before = house.noted()
    said = house.says("anders", text)
    assert (head(said), offered(said)[0]) == ("Vi förstod inte vad du menar", first)
    assert (house.look(case).handlaggare_id, house.noted()) == (None, before)


def test_in_a_group_a_case_is_shown_without_buttons_that_answer(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    house.asks(case, "karin")
    house.asks(case, "karin", about=False)
    for text in ("SN 2026-1", "är SN 2026-1 klar?", "klar SN 2026-1", "anstånd SN 2026-1", "fel person", "ja"):
        said = house.says("karin", text, ["karin", "anders"])
        assert [a for a in acts(said) if a.verb == "svara"] == [], text
    assert "Svara i din egen chatt med boten." in words(house.says("karin", "SN 2026-1", ["karin", "anders"]))
    assert len(acts(house.says("karin", "SN 2026-1"))) == 7


def test_what_is_asked_is_told_in_words_whatever_it_is(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + 3 * DAY)
    with house.store.book() as book:
        for kind, data in (
            (absences.KIND, {"person": house.people["karin"].id, "från": "2026-11-24", "till": "2026-12-07"}),
            (confirming.KIND, {"vad": "möte", "steg": "beslut", "dag": "2026-11-19"}),
        ):
            question = book.put_question("sn", case.id, kind, now=NOW, data=data)
            book.put_asking(question.id, house.people["anders"].id, 0, TODAY, f"<{question.id}@x>")
        step = book.put_question("sn", case.id, "chef", now=NOW)
        book.put_asking(step.id, house.people["anders"].id, 0, TODAY, f"<{step.id}@x>")
    said = house.says("anders", "SN 2026-1")
    told = [b.text for b in said.blocks if isinstance(b, Paragraph)][1:]
    assert told == [
        "Är Karin Ödman borta till måndag 7 december 2026?",
        "Stämmer det att nämnden beslutade i SN 2026-1 den 19 november?",
        "Godkänner du tjänsteskrivelsen?",
    ]
    assert [len(b.acts) for b in said.blocks if isinstance(b, Acts)] == [2, 3, 2]


def test_coming_back_on_a_day_ends_the_days_away_the_day_before(house: House) -> None:
    samira = house.people["samira"].id

    def away() -> list[tuple[dt.date, dt.date, int | None]]:
        with house.store.look() as book:
            found = book.absences([samira], TODAY, TODAY + 90 * DAY)
            return [(a.from_day, a.to_day, a.substitute_id) for a in found]

    before = house.noted()
    assert "Du är inte antecknad som borta före 7 januari 2027." in words(house.says("samira", "jag är åter 7/1"))
    assert (away(), house.noted()) == ([], before)
    house.says("samira", "borta 20/12–10/1 ersättare karin")
    said = house.says("samira", "jag är åter 7/1")
    assert said.subject == "Antecknat: du är borta till 6 januari 2027 och åter torsdag 7 januari 2027."
    karin = house.people["karin"].id
    assert away() == [(dt.date(2026, 12, 20), dt.date(2027, 1, 6), karin)]
    before = house.noted()
    assert "Du är redan antecknad som borta till 6 januari 2027." in words(house.says("samira", "tillbaka 7/1"))
    assert head(house.says("samira", "tillbaka 15/12")) == "Inget är gjort"
    assert head(house.says("samira", "tillbaka 20/12")) == "Inget är gjort"
    house.says("samira", "borta 1/12")
    assert head(house.says("samira", "tillbaka 9/1")) == "Inget är gjort"  # of two it is not clear which
    assert away()[1] == (dt.date(2026, 12, 20), dt.date(2027, 1, 6), karin)
    house.says("samira", "tillbaka 4/1")
    assert away()[1] == (dt.date(2026, 12, 20), dt.date(2027, 1, 3), karin)
    assert before != house.noted()


def test_days_away_are_noted_with_who_answers_and_ended_by_being_back(house: House) -> None:
    said = house.says("samira", "borta 20/11–7/1 ersättare karin")
    assert said.subject == "Antecknat: du är borta 20 november 2026 till 7 januari 2027, Karin Ödman svarar."
    with house.store.look() as book:
        away = book.absence(house.people["samira"].id, TODAY)
    assert away is not None
    assert (away.to_day, away.substitute_id) == (dt.date(2027, 1, 7), house.people["karin"].id)
    assert ("frånvaro ändrad", f"person:{house.people['samira'].id}", "") in house.noted()
    assert head(house.says("samira", "nu är jag tillbaka")) == "Antecknat"
    with house.store.look() as book:
        assert book.absence(house.people["samira"].id, TODAY) is None
    assert head(house.says("samira", "tillbaka")) == "Inget är gjort"


def test_days_away_that_cannot_be_are_refused(house: House) -> None:
    assert "Välj någon annan i nämnden." in words(house.says("karin", "borta 20/12-7/1 ersättare Karin"))
    assert "Ingen i nämnden heter Amina." in words(house.says("karin", "borta 20/12-7/1 ersättare Amina"))
    assert head(house.says("karin", "borta")) == "Vilka dagar är du borta?"
    with house.store.look() as book:
        assert book.absences([house.people["karin"].id], TODAY, TODAY + 90 * DAY) == []


def test_a_persons_cases_and_questions_are_found_in_both_databases(store: Store) -> None:
    house = House(store)
    house.case("Remiss om parker")
    house.case("Remiss om bussar", to="karin", day=TODAY + DAY)
    assert [line[0] for line in lines(house.says("karin", "mina ärenden"))] == ["Remiss om bussar"]
    house.carry()
    assert head(house.says("karin", "ja")) == "Ingen fråga väntar"
    assert [a.data["svar"] for a in acts(house.says("anders", "ja"))] == ["ta", "registratorn"]
    assert house.says("anders", "tar den").subject == "Du har tagit SN 2026-1."


# groups


def test_a_group_sees_what_all_there_may_see(house: House) -> None:
    house.case("Remiss om parker", to="asa", day=TODAY - DAY)
    house.case("Remiss om skolor", to="asa", day=TODAY - DAY, namnd="bun")
    own = words(house.says("asa", "mina ärenden"))
    assert "parker" in own
    assert "skolor" in own
    for text in ("mina ärenden", "försenade", "veckan", "sök remiss"):
        said = words(house.says("asa", text, ["asa", "karin"]))
        assert "parker" in said, text
        assert "skolor" not in said, text
        assert "Här visas bara det som alla i chatten får se." in said
    assert "Remiss om parker" in words(house.says("asa", "SN 2026-1", ["karin", "asa"]))


@pytest.mark.parametrize("stranger", [NOBODY, "amina", "stina"])
@pytest.mark.parametrize(
    "text",
    ["SN 2026-1", "SN 2026-9", "mina ärenden", "försenade", "veckan", "sök parker", "klar SN 2026-1", "tilldela SN 2026-1 Samira",
     "jag tar SN 2026-1", "ja", "nej", "tar den", "godkänner SN 2026-1", "fel person SN 2026-1", "klart",
     "borta 20/12-7/1 ersättare Karin", "tillbaka", "tillbaka 7/1", "1"],
)  # fmt: skip
def test_where_somebody_may_see_nothing_no_fact_is_told_and_nothing_done(
    house: House, stranger: str | Person, text: str
) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY - DAY)
    house.asks(case, "karin")
    before = house.noted()
    for who in ("karin", "anders"):
        said = house.says(who, text, [who, stranger])
        assert head(said) == "Skriv det i en egen chatt med boten"
        assert "parker" not in words(said)
    assert house.noted() == before


def test_where_nobody_is_known_to_see_it_nothing_is_told(house: House) -> None:
    house.case("Remiss om parker", to="karin")
    with house.store.book() as book:
        said = talking.hear(book, "SN 2026-1", house.people["karin"], [], NAMNDER, now=NOW)
    assert head(said) == "Skriv det i en egen chatt med boten"


def test_in_a_group_another_namnds_number_is_told_in_the_same_words_whether_it_exists(house: House) -> None:
    house.case("Remiss om skolor", to="asa", namnd="bun")
    there, missing = (house.says("asa", n, ["asa", "karin"]) for n in ("BUN 2026-1", "BUN 2026-8"))
    assert words(there) == words(missing)


def test_acts_are_done_in_a_group_where_all_may_see_them(house: House) -> None:
    case = house.case("Remiss om parker")
    house.says("anders", "tilldela SN 2026-1 Karin", ["anders", "karin", "samira"])
    assert house.look(case).handlaggare_id == house.people["karin"].id


def test_letters_without_a_number_are_told_of_only_among_those_who_lead(house: House) -> None:
    take_in(house.store, reading("Otydligt brev", review=("oklart",)), received=NOW - 10 * DAY, now=NOW - 10 * DAY)
    told = "Ett brev har inget diarienummer"
    assert told in words(house.says("anders", "veckan"))
    assert told in words(house.says("anders", "veckan", ["anders", "ylva"]))
    said = words(house.says("anders", "veckan", ["anders", "karin"]))
    assert told not in said
    assert "saker behöver" not in said
    assert "En sak behöver" not in said


# secrecy

CANARY = "Kanariehemligheten"
EVERYBODY = ("ylva", "karin", "anders", "birgitta", "samira", "asa", "amina")
SAID = (
    "mina ärenden", "försenade", "mina försenade", "veckan", "hjälp", f"sök {CANARY[:9]}", "sök SN", "klart", "pågår", "ja", "nej", "tar den", "godkänner", "fel person", "mina frågor",
    "anstånd till 18/12", "borta 20/12-7/1 ersättare Nils", "tillbaka", "tillbaka 7/1", "obegripligt",
)  # fmt: skip
ABOUT = (
    "SN 2026-{n}", "2026-{n}", "{n}", "klar SN 2026-{n}", "pågår SN 2026-{n}", "anstånd SN 2026-{n} 18/12", "tar SN 2026-{n}",
    "tilldela SN 2026-{n} Karin", "tilldela SN 2026-{n}", "är SN 2026-{n} klar?", "inte klar SN 2026-{n}", "klar {n}", "tar {n}",
    "jobbar med {n}", "godkänner SN 2026-{n}", "fel person SN 2026-{n}", "ny dag SN 2026-{n} 18/12", "anstånd SN 2026-{n} 18/12 om det går",
    "jag behöver mer tid för SN 2026-{n}", "ja SN 2026-{n}",
)  # fmt: skip


@pytest.fixture
def secret(house: House) -> Case:
    """A secret case that is late, has a handläggare, and that several are asked about; and an open one beside it."""
    house.case("Remiss om parker", to="karin", day=TODAY - DAY)
    case = house.case(f"{CANARY} om vite", to="karin", day=TODAY - 5 * DAY, clock="law")
    for who in ("karin", "samira", "anders"):
        house.asks(case, who)
        house.asks(case, who, kind=assignment.KIND, about=False)
    house.hide(case)
    return case


@pytest.mark.parametrize("group", [(), ("karin", "anders", "birgitta")])
def test_a_secret_case_is_in_no_answer(house: House, secret: Case, group: tuple[str, ...]) -> None:
    before = house.noted(secret)
    for who in EVERYBODY:
        for text in SAID:
            told = words(house.says(who, text, (who, *group) if group else ()))
            assert "vite@" not in told, (who, text)
            assert "SN 2026-2" not in told, (who, text)
            assert CANARY not in told, (who, text)
    assert house.noted(secret) == before


@pytest.mark.parametrize("text", ABOUT)
def test_a_secret_number_is_told_in_the_words_of_one_that_does_not_exist(house: House, secret: Case, text: str) -> None:
    before, stood = house.noted(secret), house.look(secret)
    for who in EVERYBODY:
        for group in ((), (who, "karin", "ylva")):
            there, missing = (words(house.says(who, text.format(n=n), group)) for n in (2, 77))
            assert there == missing.replace("2026-77", "2026-2").replace("77", "2"), (who, text)
            assert CANARY not in there
    assert (house.noted(secret), house.look(secret)) == (before, stood)


def test_no_answer_is_without_end(house: House) -> None:
    with house.store.book() as book:
        for i in range(60):
            person = book.put_person(f"Namn Namnsson{i} Med Ett Långt Efternamn", f"n{i}@ekeby.example")
            book.put_role(person.id, "sn", "handlaggare", dt.date(2026, 1, 1), None)
    house.case("Remiss " + "lång " * 400)
    for text in (
        "SN 2026-1",
        "tilldela SN 2026-1 Nils",
        "veckan",
        "x" * 5000,
        "sök " + "remiss " * 50,
        "tilldela SN 2026-1",
    ):
        assert len(words(house.says("anders", text))) < 4000, text


def test_nothing_is_said_with_an_exclamation_mark(house: House) -> None:
    case = house.case("Remiss om parker", to="karin", day=TODAY + DAY)
    house.asks(case, "karin")
    for text in (*SAID, *(a.format(n=1) for a in ABOUT)):
        assert "!" not in words(house.says("karin", text))
