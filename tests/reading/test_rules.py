"""Single rules of the reading: days, corrections, titles, signatures, matters that only look alike."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.texts import extract
from handlers.reading import read, relate
from handlers.reading.dates import find_days
from handlers.reading.languages import foreign
from handlers.reading.polish import polish
from handlers.reading.reading import Context, Extracted, Reading
from handlers.reading.signatures import shared


def _read(subject: str, body: str, sender: str = "KS kansli <ks@ekeby.example>") -> Reading:
    head = (
        f"From: {sender}\nTo: socialnamnden@ekeby.example\nSubject: {subject}\nDate: Mon, 2 Nov 2026 09:00:00 +0100\n"
    )
    mime = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return read(f"{head}{mime}{body}".encode(), Context(), extract)[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("senast fredag vecka 4", "2027-01-29"),
        ("senast måndag i vecka 47", "2026-11-16"),
        ("senast tisdagen den 8 december", "2026-12-08"),
        ("senast fredag 11 december 2026", "2026-12-11"),
        ("senast fredag, den 29 januari 2027", "2027-01-29"),
        ("senast fredag v. 50", "2026-12-11"),
        ("vecka 45", "2026-11-06"),
        ("vecka 44", "2027-11-05"),
        ("senast på torsdag", "2026-11-05"),
    ],
)
def test_a_weekday_belongs_to_the_date_or_week_behind_it(text: str, day: str) -> None:
    assert [d.date.isoformat() for d in find_days(text, dt.date(2026, 11, 2))] == [day]


@pytest.mark.parametrize(
    "body",
    [
        "I vår remiss angavs fel svarsdag. Rätt dag är den 12 februari 2027 i stället. Yttrandet skickas hit.",
        "Svarstiden för remissen förlängs till den 12 februari 2027.",
        "Ny svarstid: yttrandet ska vara oss tillhanda senast den 12 februari 2027.",
        "Vi beviljar nämnden anstånd med yttrandet till den 12 februari 2027.",
    ],
)
def test_a_correction_replaces_also_where_the_old_day_is_not_told(body: str) -> None:
    reading = _read("Remiss om bad, KS 2026/12", body)
    assert [(str(d.date), d.replaces, d.moved_from) for d in reading.deadlines] == [("2027-02-12", True, None)]


def test_a_first_remiss_about_changed_days_replaces_nothing() -> None:
    reading = _read(
        "Remiss: ändrade öppettider", "Förslaget ändrar tiderna. Yttrande ska lämnas senast den 12 februari 2027."
    )
    assert [d.replaces for d in reading.deadlines] == [False]


def test_a_day_that_has_passed_counts_only_where_no_new_one_is_given() -> None:
    late = "Nämndens yttrande skulle ha lämnats senast 1 oktober."
    assert [str(d.date) for d in _read("Påminnelse om remiss", late).deadlines] == ["2026-10-01"]
    both = f"{late} Vi ber er lämna yttrandet senast 20 november."
    assert [str(d.date) for d in _read("Påminnelse om remiss", both).deadlines] == ["2026-11-20"]


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Rättelse: ny svarstid, Remiss: Handlingsplan", "Remiss: Handlingsplan"),
        ("Nytt medborgarförslag: Fler bänkar", "Medborgarförslag: Fler bänkar"),
        ("OBS! Påminnelse: Remiss av badplan", "Remiss av badplan"),
        ("KF § 12 motion om fler träd", "Motion om fler träd"),
        ("Motion av Rut Sand (MP) om gröna tak", "Motion om gröna tak"),
        ("Motion om bad från Rut Sand (MP), Bo Ek (L) till kultur- och fritidsnämnden", "Motion om bad"),
        ("Kulturplan 2027 - för yttrande", "Kulturplan 2027"),
        ("samråd om plan för Kvarnen m.fl", "Samråd om plan för Kvarnen m.fl."),
    ],
)
def test_a_title_is_without_what_only_says_how_the_letter_came(subject: str, title: str) -> None:
    assert polish(subject) == title


def test_a_subject_that_says_nothing_is_never_the_title() -> None:
    assert "bifogad" not in _read("Se bifogad fil", "Hej").title.lower()


@pytest.mark.parametrize(
    ("foot", "people"),
    [
        (["Karin Ås och Nils Ek", "Vänsterpartiet och Liberalerna"], ["Karin Ås (V)", "Nils Ek (L)"]),
        (["Liberalerna, Karin Ås och Nils Ek"], ["Karin Ås (L)", "Nils Ek (L)"]),
        (["För Centerpartiet", "Karin Ås, Nils Ek"], ["Karin Ås (C)", "Nils Ek (C)"]),
        (["Karin Ås, Moderaterna"], ["Karin Ås (M)"]),
        (["Stora Torget", "Med vänlig hälsning"], []),
    ],
)
def test_names_that_share_a_line_or_a_party_are_told_apart(foot: list[str], people: list[str]) -> None:
    assert shared(["att badet öppnar", *foot]) == people


def test_titles_that_differ_only_in_figures_are_two_matters() -> None:
    one = _read("Motion om detaljplan Lärkan 1:23", "Vi yrkar\natt planen antas\n\nBo Ek (L)", "bo@mejl.example")
    two = _read("Motion om detaljplan Lärkan 1:24", "Vi yrkar\natt planen antas\n\nBo Ek (L)", "bo@mejl.example")
    assert relate([one, two]) == [(None, None), (None, None)]


def test_a_letter_that_is_too_big_for_the_child_is_no_unreadable_letter() -> None:
    def out_of_memory(media_type: str, name: str, data: bytes) -> Extracted:
        raise MemoryError

    raw = b'From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: application/pdf; name="a.pdf"\n\n%PDF\n--x--\n'
    with pytest.raises(MemoryError):
        read(raw, Context(), out_of_memory)


def test_an_ordinary_letter_is_registered_without_asking() -> None:
    assert not _read("Inbjudan till dialogdag", "Välkommen den 3 mars. Anmäl dig senast 1 februari.").review
    assert not _read("Cirkulär 26:12 om avgifter", "Nya regler gäller.", "SKR <info@skr.example>").review


@pytest.mark.parametrize(
    "text",
    [
        "Hyvä sosiaalilautakunta, äitini asuu yksin eikä hän enää pärjää kotona, voisitteko auttaa häntä pian.",
        "مرحبا، أنا والد لثلاثة أطفال وأحتاج إلى مساعدة",
    ],
)
def test_a_language_that_we_do_not_read_is_known_as_such(text: str) -> None:
    assert foreign(text)
