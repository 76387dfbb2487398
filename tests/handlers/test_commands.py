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
    ("ja", Command("ja")),
    ("Ja tack!", Command("ja")),
    ("anstånd SN 2026-123 5/11 väntar på ekonomi", until("2026-11-05")),
    ("anstand SN 2026-123 5/11", until("2026-11-05")),
    ("anstnd SN 2026-123 5/11", until("2026-11-05")),
    ("anstånd SN 2026-123 till 5 november", until("2026-11-05")),
    ("SN 2026-123 anstånd till 2026-11-05", until("2026-11-05")),
    ("SN 2026-123: anstånd till fredag, väntar på ekonomi", until("2026-10-23")),
    ("anstånd SN 2026-123 lördag", until("2026-10-24")),
    ("jag behöver anstånd för SN 2026-123 till den 5 november", until("2026-11-05")),
    ("anstånd till 5/11 för SN 2026-123", until("2026-11-05")),
    ("kan jag få anstånd SN 2026-123 till 5/11", until("2026-11-05")),
    ("anstånd 123 5/11", until("2026-11-05", "2026-123")),
    ("anstånd SN 2026-123 5/11 ekonomi svarar 3/11", until("2026-11-05")),
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
    ("avstånd SN 2026-123 5/11", None),
    ("inte anstånd SN 2026-123 5/11", None),
    ("anstånd SN 2026-123 5/11 behövs inte", None),
    ("anstånd SN 2026-123 beviljades av regionen till 5/11", None),
    ("fick SN 2026-123 anstånd till 5/11?", Command("arende", N)),
    ("anstånd SN 2026-123 till 5/11 eller till 9/11", None),
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
    ("ok", None),
    ("nej", None),
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
    assert len(SHOWN) + len(DONE) + len(NO_ACT) >= 120
    assert len(NO_ACT) >= 45


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
_KNOWN |= set("avklarad avklarat klarmarkerad klarmarkerat markera satt".split())


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
