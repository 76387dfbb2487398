"""What people do at the desk, by keyboard alone: the window has no mouse, and says so if a page is touched by one."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.records import CaseFilter
from tests.e2e.desk.town import GUNNAR, KARIN, MONA, YLVA, DeskWindow, Ekeby

pytestmark = pytest.mark.e2e
Filled = tuple[Ekeby, dict[str, str]]
_ABOUT = "taket golvet köket hissen gården porten räcket trappan fönstret källaren".split()
_LETTER = "Hej,\n\nTitta på {what} när ni hinner.\n\nVänliga hälsningar\nStina Påhittad"


def _whole(*windows: DeskWindow) -> None:
    """Nothing was said in the console, stopped by the policy, asked of others or pointed at."""
    assert [fault for window in windows for fault in window.faults()] == []


def _post(town: Ekeby, *names: str) -> None:
    for name in names:
        town.post(name, f"Om {name}", _LETTER.format(what=name), "stina@foreningen.example")
    town.settle()


def _turn_to(window: DeskWindow, subjects: set[str]) -> str:
    """Go to one of these letters in the queue, if none of them lies on the desk already; return its subject."""
    if not window.at().startswith("/granska"):
        window.go("/granska")
    if (lies := set(window.texts(".envelope h2")) & subjects) == set():
        chosen = next(one for one in window.texts(".queue .subject") if one in subjects)
        window.tab(chosen)
        window.turn("Enter")
        lies = {chosen}
    return lies.pop()


def _register(window: DeskWindow) -> list[str]:
    window.go("/diariet?vy=alla")
    return window.texts("table.cases a.title")


def test_somebody_logs_in_by_a_link_from_their_mail_goes_where_they_were_going_and_leaves(filled: Filled) -> None:
    town, _ = filled
    window = town.desk(cookie=False)
    window.go("/granska")
    assert window.at() == "/in"
    window.tab("e-postadress")
    window.type(town.people[YLVA].email)
    window.press("Enter")
    window.sees("Om adressen finns hos oss får du ett mejl.")
    link = town.link(r"/in/[\w-]+")
    window.go(link)
    window.tab("button “Logga in”")
    window.turn("Enter")
    assert window.at() == "/granska"
    window.sees(YLVA)
    window.tab("Logga ut")
    window.turn("Enter")
    assert window.at() == "/in"
    window.go("/granska")
    assert window.at() == "/in"
    assert window.go(link)[0] == 404
    window.sees("Länken fungerar inte längre")
    _whole(window)


def test_ten_letters_are_reviewed_by_keyboard_alone_and_stand_in_the_register(filled: Filled) -> None:
    town, _ = filled
    window, subjects = town.desk(YLVA), {f"Om {name}" for name in _ABOUT}
    _post(town, *_ABOUT)
    window.go("/granska")
    left = set(subjects)
    while left:
        left.remove(_turn_to(window, left))
        window.turn("Enter")
        window.sees("klart")
    assert subjects <= set(_register(window))
    numbers = [one for one in window.texts("table.cases td.dnr") if one.startswith("SN ")]
    assert len(numbers) == len(set(numbers))
    _whole(window)


def test_a_letter_is_put_right_by_keyboard_and_the_case_tells_who_did(filled: Filled) -> None:
    town, _ = filled
    window = town.desk(YLVA)
    _post(town, "soprummet")
    window.go("/granska")
    _turn_to(window, {"Om soprummet"})
    window.press("e")
    window.tab("input “Ärendemening”")
    window.press("Control+a")
    window.type("Klagomål på soprummet")
    window.turn("Enter")
    assert "Klagomål på soprummet" in _register(window)
    window.tab("Klagomål på soprummet")
    window.turn("Enter")
    window.sees(f"{YLVA} bekräftade uppgifterna och rättade ärendemeningen")
    _whole(window)


def test_a_letter_is_joined_to_a_case_by_keyboard(filled: Filled) -> None:
    town, _ = filled
    window = town.desk(YLVA)
    _post(town, "balkongen")
    window.go("/granska")
    _turn_to(window, {"Om balkongen"})
    window.press("m")
    window.type("motion")
    window.turn("Enter")
    (choice, *_) = window.texts("#brev ~ * label.choice, label.choice")
    window.tab(choice[:12])
    window.press("Space")
    window.tab("Lägg till i ärendet")
    window.turn("Enter")
    assert window.texts(".toast")
    number = " ".join(choice.split()[:2])
    assert "Om balkongen" not in _register(window)
    window.go(f"/diariet?vy=alla&q={number.replace(' ', '%20')}")
    window.press("j")
    window.turn("Enter")
    assert any("Om balkongen" in paper for paper in window.texts("ul.docs li"))
    _whole(window)


def test_a_letter_of_two_matters_is_parted_by_keyboard(filled: Filled) -> None:
    town, _ = filled
    window = town.desk(YLVA)
    _post(town, "vinden och grunden")
    window.go("/granska")
    _turn_to(window, {"Om vinden och grunden"})
    window.press("d", "Control+a")
    window.type("Vinden läcker")
    window.tab("input “Ärendemening")
    window.type("Grunden sjunker")
    window.tab("Dela upp och registrera")
    window.turn("Enter")
    window.sees("klar")
    assert {"Vinden läcker", "Grunden sjunker"} <= set(_register(window))
    _whole(window)


def test_what_was_done_at_the_desk_is_taken_back_by_a_key(filled: Filled) -> None:
    town, _ = filled
    window = town.desk(YLVA)
    _post(town, "staketet", "grinden")
    window.go("/granska")
    _turn_to(window, {"Om staketet"})
    window.turn("Enter")
    window.sees("klar")
    window.turn("u")
    assert "Om staketet" in window.texts(".queue .subject")
    # The number stays, and the letter can be dealt with once more.
    _turn_to(window, {"Om staketet"})
    window.turn("Enter")
    window.sees("klar")
    _whole(window)


def test_what_an_answer_by_mail_did_is_taken_back_by_keyboard(filled: Filled) -> None:
    town, links = filled
    window = town.desk()
    window.go(links["undo"])
    window.tab("button “Ångra”")
    window.press("Enter")
    window.sees("Ångrat")
    window.go(links["undo"])
    window.sees("Det är redan ångrat")
    _whole(window)


def test_a_question_is_answered_by_keyboard_from_its_link(filled: Filled) -> None:
    town, links = filled
    window = town.desk()
    window.go(links["chef"])
    window.sees("Godkänner du tjänsteskrivelsen")
    window.tab("button “Godkänner”")
    window.press("Enter")
    window.sees("Tack, antecknat som godkänt")
    _whole(window)


def test_a_moved_meeting_moves_the_plan_of_its_case(filled: Filled) -> None:
    town, _ = filled
    store = town.store()
    with store.look() as book:
        held = {m.day: m for m in book.meetings(("sn",)) if m.namnd == "sn" and m.body == "namnd"}
        steps = [
            (row.case.id, step.planned)
            for row in book.cases(CaseFilter(namnder=("sn",), states=("open",)))
            for step in book.milestones(row.case.id)
            if step.kind == "beslut" and step.planned in held and step.planned > town.at().date()
        ]
    store.close()
    case, day = steps[0]
    moved = day + dt.timedelta(days=1)
    window = town.desk(YLVA)
    window.go(f"/arende/{case}")
    before = window.texts("table.steps tbody tr")
    window.go(f"/moten?ar={day.year}&andra={held[day].id}")
    window.day("input “Dag", moved)
    window.turn("Enter")
    window.sees("Mötet är ändrat.")
    window.go(f"/arende/{case}")
    after = window.texts("table.steps tbody tr")
    assert after != before
    store = town.store()
    with store.look() as book:
        assert day not in [step.planned for step in book.milestones(case)]
    store.close()
    _whole(window)


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        (KARIN, ("/granska", "/granska/14", "/registrera", "/regler", "/oversikt", "/moten", "/brev/1/original")),
        (GUNNAR, ("/granska", "/granska/14", "/registrera", "/brev/1/original")),
        (MONA, ("/granska/14", "/registrera", "/regler", "/oversikt", "/moten")),
    ],
)
def test_what_somebody_may_not_see_looks_as_if_it_did_not_exist(
    filled: Filled, name: str, paths: tuple[str, ...]
) -> None:
    town, _ = filled
    window = town.desk(name)
    nowhere = window.go("/finns-inte-alls")
    for path in paths:
        assert window.go(path) == nowhere, path
    _whole(window)


def test_a_secret_case_looks_to_the_registrator_as_if_it_did_not_exist(filled: Filled) -> None:
    town, _ = filled
    store = town.store()
    with store.look() as book:
        (secret,) = (r.case.id for r in book.cases(CaseFilter(namnder=("sn",), include_secret=True)) if r.case.secret)
    store.close()
    window = town.desk(YLVA)
    assert window.go(f"/arende/{secret}") == window.go("/arende/999999")
    assert town.desk(MONA).go(f"/arende/{secret}")[0] == 200
    _whole(window, town.desk(MONA))
