"""What people write to the bot in a chat, and what is made of it. An act is never guessed."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from handlers.reading.characters import fold
from handlers.rules.command_guesses import nearest, written
from handlers.rules.command_words import ACT_WORDS
from handlers.rules.commands import ACTS, ME, Command, parse

TODAY = dt.date(2026, 10, 20)  # a Tuesday
N = "SN 2026-123"


def day(iso: str) -> dt.date:
    return dt.date.fromisoformat(iso)


def away(first: str, last: str, name: str = "") -> Command:
    return Command("borta", day=day(first), last_day=day(last), name=name)


def until(iso: str | None, dnr: str = N) -> Command:
    return Command("anstand", dnr, day=day(iso) if iso else None)


SHOWN: list[tuple[str, Command]] = [
    ("mina ärenden", Command("mina")),
    ("Mina Ärenden", Command("mina")),
    ("mina arenden", Command("mina")),
    ("mina ärende", Command("mina")),
    ("ärenden mina", Command("mina")),
    ("mina äremden", Command("mina")),
    ("hej, kan du visa mina ärenden tack?", Command("mina")),
    ("Hej! Visa mina öppna ärenden, tack så mycket", Command("mina")),
    ("jag skulle vilja se mina ärenden", Command("mina")),
    ("vad har jag att göra?", Command("mina")),
    ("vad har jag på mitt bord", Command("mina")),
    ("min lista", Command("mina")),
    ("försenade", Command("forsenade")),
    ("forsenade", Command("forsenade")),
    ("FÖRSENADE!", Command("forsenade")),
    ("vilka ärenden är försenade?", Command("forsenade")),
    ("försenade ärenden", Command("forsenade")),
    ("försendae", Command("forsenade")),
    ("sena ärenden", Command("forsenade")),
    ("mina försenade ärenden", Command("forsenade", to=ME)),
    ("veckan", Command("veckan")),
    ("hur ser veckan ut?", Command("veckan")),
    ("visa veckan tack", Command("veckan")),
    ("hjälp", Command("hjalp")),
    ("hjalp!", Command("hjalp")),
    ("?", Command("hjalp")),
    ("hej", Command("hjalp")),
    ("Hej på dig!", Command("hjalp")),
    ("vad kan du göra?", Command("hjalp")),
    (N, Command("arende", N)),
    ("sn2026-123", Command("arende", N)),
    ("SN 2026/123", Command("arende", N)),
    ("SN-2026-00123", Command("arende", N)),
    ("sn 2026:123", Command("arende", N)),
    ("dnr SN 2026-123", Command("arende", N)),
    ("2026/SN 123", Command("arende", N)),
    ("2026-123", Command("arende", "2026-123")),
    ("123", Command("arende", "2026-123")),
    ("ärende 123", Command("arende", "2026-123")),
    ("visa SN 2026-123", Command("arende", N)),
    ("ge mig SN 2026-123", Command("arende", N)),
    ("hur går det med SN 2026-123?", Command("arende", N)),
    ("vem har SN 2026-123?", Command("arende", N)),
    ("Hej, vad händer med ärende SN 2026-123", Command("arende", N)),
    ("SN 2026-123-2", Command("arende", N)),
    ("sök biblioteksplan", Command("sok", to="biblioteksplan")),
    ("hitta motion om bussar", Command("sok", to="motion om bussar")),
    ("mina frågor", Command("fragor")),
    ("vad väntar på mig?", Command("fragor")),
    ("Vilka frågor väntar på mitt svar?", Command("fragor")),
    ("är 12 klar?", Command("arende", "2026-12")),
    ("visa 5 tack", Command("arende", "2026-5")),
]

DONE: list[tuple[str, Command]] = [
    ("tilldela SN 2026-123 Karin", Command("tilldela", N, "Karin")),
    ("Tilldela sn 2026/123 till Karin Ödman", Command("tilldela", N, "Karin Ödman")),
    ("tilldela Karin SN 2026-123", Command("tilldela", N, "Karin")),
    ("SN 2026-123 tilldela Karin", Command("tilldela", N, "Karin")),
    ("tildela SN 2026-123 Karin", Command("tilldela", N, "Karin")),
    ("kan du tilldela SN 2026-123 till Karin, tack", Command("tilldela", N, "Karin")),
    ("tilldela 123 Karin", Command("tilldela", "2026-123", "Karin")),
    ("tilldela mig SN 2026-123", Command("tilldela", N, ME)),
    ("ge SN 2026-123 till Karin", Command("tilldela", N, "Karin")),
    ("tilldela SN 2026-123 karin@ekeby.example", Command("tilldela", N, "karin@ekeby.example")),
    ("tilldela SN 2026-123", Command("tilldela", N)),
    ("tilldela", Command("tilldela")),
    ("klar SN 2026-123", Command("klart", N)),
    ("klart SN 2026-123", Command("klart", N)),
    ("SN 2026-123 klar", Command("klart", N)),
    ("SN 2026-123 är klart.", Command("klart", N)),
    ("jag är klar med SN 2026-123", Command("klart", N)),
    ("färdig med ärende SN 2026-123", Command("klart", N)),
    ("klar 123", Command("klart", "2026-123")),
    ("KLAR SN2026-123", Command("klart", N)),
    ("klart", Command("klart")),
    ("pågår SN 2026-123", Command("pagar", N)),
    ("pagar sn 2026-123", Command("pagar", N)),
    ("jag jobbar på SN 2026-123", Command("pagar", N)),
    ("tar SN 2026-123", Command("ta", N)),
    ("jag tar SN 2026-123", Command("ta", N)),
    ("ja, jag tar SN 2026-123", Command("ta", N)),
    ("SN 2026-123 tar jag", Command("ta", N)),
    ("jag tar den", Command("ta")),
    ("tar den", Command("ta")),
    ("anstånd SN 2026-123 5/11 väntar på ekonomi", until("2026-11-05")),
    ("anstand SN 2026-123 5/11", until("2026-11-05")),
    ("anstnd SN 2026-123 5/11", until("2026-11-05")),
    ("anstånd SN 2026-123 till 5 november", until("2026-11-05")),
    ("SN 2026-123 anstånd till 2026-11-05", until("2026-11-05")),
    ("SN 2026-123: anstånd till fredag, väntar på ekonomi", until("2026-10-23")),
    ("anstånd SN 2026-123 lördag", until("2026-10-24")),
    ("jag behöver anstånd för SN 2026-123 till den 5 november", until("2026-11-05")),
    ("anstånd till 5/11 för SN 2026-123", until("2026-11-05")),
    ("anstånd 123 5/11", until("2026-11-05", "2026-123")),
    ("anstånd SN 2026-123", until(None)),
    ("anstånd SN 2026-123 19/10", until(None)),  # was yesterday
    ("borta 20/12–7/1 ersättare Karin", away("2026-12-20", "2027-01-07", "Karin")),
    ("borta 20/12-7/1 ersattare Karin", away("2026-12-20", "2027-01-07", "Karin")),
    ("jag är borta 20/12 - 7/1, ersättare: Karin Ödman", away("2026-12-20", "2027-01-07", "Karin Ödman")),
    ("borta 20/12 till 7/1", away("2026-12-20", "2027-01-07")),
    ("borta 20/12 t.o.m. 7/1", away("2026-12-20", "2027-01-07")),
    ("borta 2026-12-20 till 2027-01-07", away("2026-12-20", "2027-01-07")),
    ("borta 20 december 2026 - 7 januari 2027", away("2026-12-20", "2027-01-07")),
    ("borta 20 dec 2026 - 7 jan 2027", away("2026-12-20", "2027-01-07")),
    ("borta 20/12-7/1, Karin ersätter mig", away("2026-12-20", "2027-01-07", "Karin")),
    ("ersättare Karin borta 20/12-7/1", away("2026-12-20", "2027-01-07", "Karin")),
    ("semester v 52-53", away("2026-12-21", "2027-01-03")),
    ("ledig fredag", away("2026-10-23", "2026-10-23")),
    ("borta imorgon", away("2026-10-21", "2026-10-21")),
    ("borta idag", away("2026-10-20", "2026-10-20")),
    ("borat 20/12-7/1", away("2026-12-20", "2027-01-07")),
    ("borta", Command("borta")),
    ("tillbaka", Command("ater")),
    ("jag är åter", Command("ater")),
    ("nu är jag tillbaka igen", Command("ater")),
    ("är åter", Command("ater")),
    ("jag är åter 7/1", Command("ater", day=day("2027-01-07"))),
    ("tillbaka 7/1", Command("ater", day=day("2027-01-07"))),
    ("Jag är tillbaka på måndag", Command("ater", day=day("2026-10-26"))),
    ("kommer tillbaka i morgon", Command("ater", day=day("2026-10-21"))),
    ("åter i tjänst den 7 januari", Command("ater", day=day("2027-01-07"))),
    ("godkänt SN 2026-123", Command("godkann", N)),
    ("Godkänner SN 2026-123", Command("godkann", N)),
    ("jag godkänner tjänsteskrivelsen i SN 2026-123", Command("godkann", N)),
    ("ok, godkänner SN 2026-123", Command("godkann", N)),
    ("godkänn SN 2026-123", Command("godkann", N)),
    ("SN 2026-123 godkänt", Command("godkann", N)),
    ("godkänner", Command("godkann")),
    ("ja, jag godkänner", Command("godkann")),
    ("fel person SN 2026-123", Command("fel_person", N)),
    ("SN 2026-123: fel person", Command("fel_person", N)),
    ("jag är fel person för SN 2026-123", Command("fel_person", N)),
    ("fel handläggare SN 2026-123", Command("fel_person", N)),
    ("fel person", Command("fel_person")),
    ("jag behöver mer tid för SN 2026-123", until(None)),
    ("SN 2026-123 behöver mer tid", until(None)),
    ("jag vill ha mer tid för SN 2026-123 till 5/11", until("2026-11-05")),
    ("ny dag SN 2026-123 5/11", until("2026-11-05")),
    ("SN 2026-123 ny svarsdag 5 november", until("2026-11-05")),
    ("anstånd SN 2026-123 om två veckor", until("2026-11-03")),
    ("anstånd SN 2026-123 till torsdag 5 november, väntar på underlag", until("2026-11-05")),
    ("anstånd SN 2026-123 5/11 remissen kräver mer underlag", until("2026-11-05")),
    ("anstånd SN 2026-123 till torsdag 5/11", until("2026-11-05")),
    ("anstånd SN 2026-123 i november", until(None)),
    ("anstånd SN 2026-123 v 45", until(None)),
    ("jobbar med SN 2026-12", Command("pagar", "SN 2026-12")),
    ("jobbar med 12", Command("pagar", "2026-12")),
    ("jag håller på med 7", Command("pagar", "2026-7")),
    ("SN 2026-123 håller jag på med", Command("pagar", N)),
    ("jag kan ta den", Command("ta")),
    ("Okej, jag tar det", Command("ta")),
    ("borta på fredag", away("2026-10-23", "2026-10-23")),
]

# What is no act, and what it is instead: a view, or nothing (then the nearest are offered).
NO_ACT: list[tuple[str, Command | None]] = [
    ("inte klar SN 2026-123", None),
    ("SN 2026-123 är inte klart", None),
    ("SN 2026-123 är ej klar", None),
    ("är SN 2026-123 klar?", Command("arende", N)),
    ("är SN 2026-123 klar", Command("arende", N)),
    ("klar SN 2026-123?", Command("arende", N)),
    ("SN 2026-123 klart?", Command("arende", N)),
    ("när är SN 2026-123 klart", Command("arende", N)),
    ("blir SN 2026-123 klart i tid?", Command("arende", N)),
    ("snart klar SN 2026-123", None),
    ("nästan klart SN 2026-123", None),
    ("klar SN 2026-123 och SN 2026-124", None),
    ("klar SN 2026-123 5/11", None),
    ("klara SN 2026-123", Command("arende", N)),
    ("vem är tilldelad SN 2026-123", Command("arende", N)),
    ("SN 2026-123 tilldelat Karin", None),
    ("tilldelad SN 2026-123 Karin", None),
    ("tilldela inte SN 2026-123 till Karin", None),
    ("tilldela SN 2026-123 Karin eller Samira", None),
    ("kan du tilldela SN 2026-123 till Karin?", None),
    ("tildlea SN 2026-123 Karin", None),
    ("Karin tar SN 2026-123", None),
    ("Karin ska ha SN 2026-123", None),
    ("tar Karin SN 2026-123?", Command("arende", N)),
    ("kan du ta SN 2026-123", None),
    ("jag tar inte SN 2026-123", None),
    ("jag kan inte ta SN 2026-123", None),
    ("ja, men jag hinner inte", None),
    ("ja till ett grönt Ekeby", None),
    ("ja?", None),
    # Yes, no and the like show what is asked.
    ("ja", Command("fragor")),
    ("Ja tack!", Command("fragor")),
    ("japp", Command("fragor")),
    ("stämmer", Command("fragor")),
    ("ja, det stämmer", Command("fragor")),
    ("Nej, det stämmer inte", Command("fragor")),
    ("nej", Command("fragor")),
    ("Nej tack", Command("fragor")),
    ("ok", Command("fragor")),
    ("Okej!", Command("fragor")),
    ("ja absolut", Command("fragor")),
    ("det kan jag", Command("fragor")),
    ("vet inte än", Command("fragor")),
    ("ja SN 2026-123", Command("arende", N)),
    ("nej SN 2026-123", Command("arende", N)),
    ("ja ja", Command("fragor")),
    # Two days, a condition, what has been, a question: the case is shown.
    ("anstånd SN 2026-123 5/12 eller 6/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/12, 6/12", Command("arende", N)),
    ("anstånd SN 2026-123 5 eller 6/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/12-6/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/11 ekonomi svarar 3/11", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 i stället för 1/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/12, om Karin godkänner", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 ifall det går", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 såvida ingen säger nej", Command("arende", N)),
    ("anstånd SN 2026-123 kanske 5/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 helst", Command("arende", N)),
    ("anstånd SN 2026-123 ungefär 5/12", Command("arende", N)),
    ("anstånd SN 2026-123 typ 5/12", Command("arende", N)),
    ("anstånd SN 2026-123 omkring 5/12", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 när Karin är tillbaka", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 var förra dagen", Command("arende", N)),
    ("anstånd SN 2026-123 till 5/12 beviljades", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 nekades", Command("arende", N)),
    ("anstånd SN 2026-123 till 5/12 skrev Karin", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 nästa år", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 är för sent", Command("arende", N)),
    ("anstånd SN 2026-123 till fredag 5/11", Command("arende", N)),
    ("anstånd SN 2026-123 till fredag 5 november", Command("arende", N)),
    ("fick anstånd SN 2026-123 till 5/11 i går", Command("arende", N)),
    ("anstånd SN 2026-123 5/12 eller senare", Command("arende", N)),
    ("anstånd SN 2026-123 från 5/12", Command("arende", N)),
    ("anstånd SN 2026-123 till 5/12 ok?", Command("arende", N)),
    ("kan jag få anstånd SN 2026-123 till 5/11", Command("arende", N)),
    ("kan jag få mer tid för SN 2026-123 till 5/11", Command("arende", N)),
    ("Karin skrev: anstånd SN 2026-123 5/12", Command("arende", N)),
    ("jag hinner inte SN 2026-123", Command("arende", N)),
    ("hinner inte med SN 2026-123 till 5/11", Command("arende", N)),
    ("ny dag", None),
    ("mer tid", None),
    # Somebody else's words.
    ('"klar SN 2026-123"', Command("arende", N)),
    ("”klar SN 2026-123”", Command("arende", N)),
    ("> klar SN 2026-123", Command("arende", N)),
    ("'klar SN 2026-123'", Command("arende", N)),
    ("»tilldela SN 2026-123 Karin»", None),
    ("”anstånd SN 2026-123 5/12”", Command("arende", N)),
    ("> tar den", None),
    ('"godkänner"', None),
    ("Karin skrev: klar SN 2026-123", None),
    ("Karin: klar SN 2026-123", None),
    ("Anders säger att SN 2026-123 är klart", None),
    ("> borta 20/12–7/1", None),
    # A figure of one or two digits may be of anything.
    ("tar 5", None),
    ("jag tar 2", None),
    ("klar 5", None),
    ("4 klart", None),
    ("tilldela 12 Karin", None),
    ("pågår 3", None),
    ("anstånd 12 5/11", None),
    ("jag tar 15 minuter lunch", None),
    # What is nobody's name.
    ("ge SN 2026-12 mer tid", None),
    ("ge SN 2026-12 hög prioritet", None),
    ("ge SN 2026-123 prio", None),
    ("ge SN 2026-123 en ny rubrik", None),
    ("tilldela SN 2026-12 Karin nästa vecka", None),
    ("tilldela SN 2026-123 Karin på måndag", None),
    ("tilldela SN 2026-123 Karin om hon kan", None),
    ("tilldela SN 2026-123 Karin kanske", None),
    ("tilldela SN 2026-123 förvaltningen", None),
    ("ge sekreteraren SN 2026-123", None),
    ("tilldela SN 2026-123 jag", None),
    ("tilldela SN 2026-123 Karin skrev Anders", None),
    ("borta 20/12–7/1 ersättare Karin kanske", None),
    ("ersättare någon annan borta 20/12–7/1", None),
    ("flytta SN 2026-123 till fredag", None),
    # Approvals, the wrong person and coming back that are none.
    ("godkänner inte SN 2026-123", None),
    ("godkänner du SN 2026-123?", Command("arende", N)),
    ("Karin godkänner SN 2026-123", None),
    ("SN 2026-123 godkänns på tisdag", None),
    ("godkänt SN 2026-123 om rubriken ändras", None),
    ("godkänd", None),
    ("har Anders godkänt SN 2026-123", Command("arende", N)),
    ("inte fel person SN 2026-123", None),
    ("är jag fel person för SN 2026-123?", Command("arende", N)),
    ("fel person eller SN 2026-123", None),
    ("tillbaka om en timme", None),
    ("jag är åter 7/1 om allt går bra", None),
    ("är du åter 7/1", None),
    ("jag är tillbaka v 2", None),
    ("jag är tillbaka 19/10", None),
    ("Karin är åter 7/1", None),
    ("jag kommer tillbaka", None),
    ("är jag tillbaka", None),
    ("tar den om ingen annan vill", None),
    ("jag tar det kanske", None),
    ("jag tar det sen", None),
    ("jobbar med 12 personer", None),
    ("avstånd SN 2026-123 5/11", None),
    ("inte anstånd SN 2026-123 5/11", Command("arende", N)),
    ("anstånd SN 2026-123 5/11 behövs inte", Command("arende", N)),
    ("anstånd SN 2026-123 beviljades av regionen till 5/11", Command("arende", N)),
    ("fick SN 2026-123 anstånd till 5/11?", Command("arende", N)),
    ("anstånd SN 2026-123 till 5/11 eller till 9/11", Command("arende", N)),
    ("Karin är borta 20/12–7/1", None),
    ("är Karin borta 20/12–7/1?", None),
    ("börja 20/12", None),
    ("Berta 20/12-7/1", None),
    ("inte borta 20/12-7/1", None),
    ("borta 20/12 eller kanske 23/12", None),
    ("borta 30 februari", None),
    ("när är du tillbaka?", None),
    ("är Karin tillbaka", None),
    ("skicka tillbaka SN 2026-123", None),
    ("klockan", None),
    ("tack", Command("hjalp")),
    ("vem tar hand om kaffet?", None),
    ("klar med lunchen", None),
]


@pytest.mark.parametrize(("text", "meant"), [*SHOWN, *DONE])
def test_what_people_write_is_understood(text: str, meant: Command) -> None:
    found = parse(text, TODAY)
    assert found == meant
    assert found is not None
    assert found.text == " ".join(text.split())


@pytest.mark.parametrize(("text", "shown"), NO_ACT)
def test_what_is_no_act_is_never_taken_for_one(text: str, shown: Command | None) -> None:
    assert parse(text, TODAY) == shown


def test_the_tables_are_as_large_as_they_are_meant_to_be() -> None:
    assert len(SHOWN) + len(DONE) + len(NO_ACT) >= 280
    assert len(NO_ACT) >= 140
    assert all(meant.word in ACTS for _, meant in DONE)
    assert not any(shown and shown.word in ACTS for _, shown in NO_ACT)


MARKS = "\"{}\"|”{}”|“{}”|»{}»|«{}»|'{}'|’{}’|`{}`|> {}|>{}|{} > ja|hej\n> {}|{}?|{} ?|?{}"
DENIALS = "inte {}|{} inte|nej, inte {}|{} eller inte|{} skrev Karin|Karin skrev: {}|Anders säger att {}"
ON_TERMS = (
    "om Karin vill {}|{} om Karin vill|{} om det går|{}, om hon godkänner|ifall det går {}|{} ifall det går|{} när det går|"
    "{} såvida ingen säger nej|{} kanske|kanske {}"
)
ROUND = st.sampled_from([*MARKS.split("|"), *DENIALS.split("|"), *ON_TERMS.split("|")])


@given(st.sampled_from([text for text, _ in DONE]), ROUND)
def test_an_act_that_is_quoted_asked_denied_or_depends_on_something_is_none(text: str, around: str) -> None:
    found = parse(around.format(text), TODAY)
    assert found is None or found.word not in ACTS


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tildlea SN 2026-123 Karin", "tilldela SN 2026-123 Karin"),
        ("kan du tilldela SN 2026-123 till Karin?", "tilldela SN 2026-123 Karin"),
        ("Karin ska ha SN 2026-123", "tilldela SN 2026-123 Karin"),
        ("lägg SN 2026-123 på Karin Ödman", "tilldela SN 2026-123 Karin Ödman"),
        ("avstånd SN 2026-123 5/11", "anstånd SN 2026-123 till 5 november 2026"),
        ("inte klar SN 2026-123", "SN 2026-123"),
        ("klar SN 2026-123 och SN 2026-124", "SN 2026-123"),
        ("kalr SN 2026-123", "klar SN 2026-123"),
        ("borta 20/12-7/1 Karin", "borta 20 december 2026 till 7 januari 2027 ersättare Karin"),
        ("biblioteksplan", "sök biblioteksplan"),
        ("tar 5", "tar 2026-5"),
        ("jag tar 2", "tar 2026-2"),
        ("klar 12", "klar 2026-12"),
        ("tilldela 12 Karin", "tilldela 2026-12 Karin"),
        ("ge SN 2026-12 mer tid", "SN 2026-12"),
        ("tilldela SN 2026-12 Karin nästa vecka", "SN 2026-12"),
        ("godkänd SN 2026-123", "godkänner SN 2026-123"),
        ("mina försenade ärenden i socialnämnden", "mina ärenden"),
        ("", "mina ärenden"),
    ],
)
def test_the_nearest_thing_is_offered_first(text: str, first: str) -> None:
    assert nearest(text, TODAY)[0] == first


def test_a_denied_act_is_not_among_what_is_offered() -> None:
    assert nearest("inte klar SN 2026-123", TODAY) == ("SN 2026-123", "pågår SN 2026-123", "mina ärenden")


TABLE = [text for text, _ in (*SHOWN, *DONE, *NO_ACT)]
PIECES = (
    "mina ärenden klar klart inte tar jag den tilldela Karin anstånd borta till ersättare 5/11 20/12–7/1 fredag och sök"
)
WORDS = st.sampled_from(
    [*PIECES.split(), N, "123", "2026-123", "?", "hej", "tack", "är", "vem", ",", "pågår", "åter", "ge"]
)
SOMETHING = st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=9).map(" ".join))


@given(SOMETHING)
def test_reading_never_raises_and_always_offers_three_that_are_understood(text: str) -> None:
    parse(text, TODAY)
    offered = nearest(text, TODAY)
    assert len(set(offered)) == 3
    assert all(parse(one, TODAY) is not None for one in offered)


_KNOWN = {
    *ACT_WORDS,
    *"klar ta tar ja ater tillbaka ge utse sjuk ledig franvaro franvarande vab pa gang jobbar arbetar".split(),
}
_KNOWN |= set(
    "haller plats tjanst stammer japp jada jajamansan javisst tjanstledig foraldraledig klarmarkera kan det den".split()
)
_KNOWN |= set(
    "avklarad avklarat klarmarkerad klarmarkerat markera satt godkanner godkant godkann fel mer langre ny".split()
)


@given(st.one_of(st.text(max_size=80), st.lists(st.text(string.ascii_lowercase, max_size=9), max_size=6).map(" ".join)))
def test_no_text_without_a_command_word_is_an_act(text: str) -> None:
    words = ["".join(c for c in word if c.isalnum()) for word in fold(text).split()]
    found = parse(text, TODAY)
    if found is not None and found.word in ACTS:
        assert any(OSA.distance(w, k) <= 1 for w in words for k in _KNOWN)


def _same(one: Command | None, other: Command | None) -> bool:
    if one is None or other is None:
        return one is other
    plain = [Command(c.word, c.dnr, fold(c.to), c.day, c.last_day, fold(c.name)) for c in (one, other)]
    return plain[0] == plain[1]


@given(st.one_of(st.sampled_from(TABLE), st.lists(WORDS, max_size=9).map(" ".join)))
def test_large_and_small_letters_and_marks_make_no_difference(text: str) -> None:
    meant = parse(text, TODAY)
    for other in (text.upper(), text.lower(), fold(text), f"  {text} ", text.replace(" ", "\n")):
        assert _same(meant, parse(other, TODAY)), other


@given(
    st.sampled_from(["SN", "KS", "BUN", "KSTN"]),
    st.integers(2000, 2099),
    st.integers(1, 9_999_999),
    st.sampled_from(
        ["{p} {y}-{n}", "{p}{y}-{n}", "{p} {y}/{n}", "{p}-{y}-{n:05d}", "{p}/{y}:{n}", "{p}.{y}-{n}", "dnr {p} {y}-{n}"]
    ),
    st.sampled_from(["{}", "klar {}", "tar {}", "{} pågår", "tilldela {} Karin", "visa {} tack"]),
)
def test_a_number_is_the_same_however_it_is_written(p: str, y: int, n: int, style: str, words: str) -> None:
    plain, other = f"{p} {y}-{n}", style.format(p=p, y=y, n=n)
    for one in (other, other.lower()):
        found = parse(words.format(one), TODAY)
        assert found == parse(words.format(plain), TODAY)
        assert found is not None
        assert found.dnr == plain


@given(SOMETHING)
def test_a_command_is_read_back_as_it_is_written(text: str) -> None:
    found = parse(text, TODAY)
    if found is not None:
        assert _same(parse(written(found), TODAY), found)
