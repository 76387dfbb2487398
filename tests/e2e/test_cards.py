"""Every card that people get in a week, and the first time somebody speaks with the bot; pictures are kept of all."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from bot.example.pdf import scanned_pdf
from tests.e2e.town import BEGIN, BOT, Town, code_in

pytestmark = pytest.mark.e2e
ANDERS, KARIN, SAMIRA, YLVA, BIRGITTA, NILS = (
    "Anders Wikström",
    "Karin Ödman",
    "Samira Haddad",
    "Ylva Hedlund",
    "Birgitta Falk",
    "Nils Utanför",
)
_REMISS = (
    "Till kommunerna i länet\n\nRegionen har tagit fram ett förslag till plan för nära vård 2027–2030 och skickar det på "
    "remiss.\n\nRemissvaret ska vara regionen tillhanda senast den {day} 2026.\n\nMed vänlig hälsning\nRegionen"
)
_REGION = "Region Mittlanda <remisser@mittlanda.example>"
_MOTION = (
    "Motion om avgiftsfria trygghetslarm för personer över 80 år\n\nJag föreslår\natt trygghetslarm ska vara "
    "avgiftsfria för alla över 80 år.\n\nEbba Påhitt (XP)"
)
_WORRY = (
    "Orosanmälan enligt 19 kap. 1 § socialtjänstlagen\n\nAnmälan gäller: Testa Exempelsson, personnummer 20990101-0000, "
    "årskurs 4\n\nVi är oroliga för Testa.\n\nDisa Påhittad\nKurator, Hagaskolan"
)


def test_a_week_of_cards(ekeby: Town) -> None:
    ekeby.tie(ANDERS, KARIN, YLVA, BIRGITTA)
    ekeby.start(BEGIN)
    anders, karin, ylva, birgitta = (ekeby.window(name) for name in (ANDERS, KARIN, YLVA, BIRGITTA))
    karin.card("nu kan du svara här")
    karin.picture("hej", "nu kan du svara här")

    inside = "ylva.hedlund@ekeby.example"
    ekeby.post("a", "Remiss: regionens plan för nära vård 2027–2030", _REMISS.format(day="27 november"), _REGION)
    ekeby.post("b", "Motion om avgiftsfria trygghetslarm för personer över 80 år", _MOTION, "kansli@ekeby.example")
    ekeby.post(
        "c",
        "VB: Remiss: regionens cykelplan",
        _REMISS.format(day="18 december").replace("nära vård", "cykling"),
        inside,
    )
    ekeby.post("d", "VB: Underlag", "Se bifogad fil.\n", inside, (("Skannat.pdf", scanned_pdf()),))
    ekeby.post("e", "Orosanmälan", _WORRY, "expedition@hagaskolan.example")

    anders.card("Vem ska ha det här ärendet", "nära vård")
    anders.picture("chef-fraga", "nära vård")
    anders.press("Välj handläggare", "nära vård")
    anders.choose(KARIN, "nära vård")
    anders.picture("chef-valj", "nära vård")
    anders.press("Skicka frågan", "nära vård")
    anders.card("Frågan har gått vidare", "nära vård")
    anders.picture("chef-vidare", "nära vård")
    anders.card("Vem ska ha det här ärendet", "trygghetslarm")
    anders.picture("chef-motion", "trygghetslarm")
    anders.press("Jag tar det själv", "trygghetslarm")
    anders.card("har tagit ärendet", "trygghetslarm")

    karin.card("Kan du ta det här ärendet, Karin?", "nära vård")
    karin.picture("handlaggare-fraga", "nära vård")
    karin.press("Nej, jag kan inte", "nära vård")
    karin.picture("handlaggare-nej", "nära vård")
    karin.press("Ja, jag tar det", "nära vård")
    karin.card("Karin Ödman har tagit ärendet", "nära vård")
    karin.picture("handlaggare-tagit", "nära vård")

    ylva.card("Registrerat som")
    ylva.picture("registrator-kvitto", "Registrerat som")
    assert ylva.buttons("Registrerat som") == ["Stämmer", "Rätta på sidan"]
    ylva.press("Stämmer", "Registrerat som")
    ylva.card("är granskat")
    ylva.picture("registrator-granskat", "är granskat")
    ylva.card("väntar på dig")
    ylva.picture("registrator-granska", "väntar på dig")

    secret = birgitta.card("Misstänkt individärende")
    birgitta.picture("sekretess", "Misstänkt individärende")
    for window in (anders, karin, ylva, birgitta):
        said = window.said()
        assert not any(word in said for word in ("Testa", "Exempelsson", "Hagaskolan", "20990101")), window.who
    assert "A-5" in secret

    ekeby.stop()
    ekeby.start(BEGIN + dt.timedelta(days=1))
    karin.card("Är det här klart, Karin?")
    karin.picture("paminnelse", "Är det här klart")
    karin.press("Behöver anstånd", "Är det här klart")
    karin.picture("paminnelse-anstand", "Är det här klart")
    karin.press("Pågår", "Är det här klart")
    karin.card("Det pågår")
    karin.picture("paminnelse-pagar", "Det pågår")

    ekeby.stop()
    ekeby.start((BEGIN + dt.timedelta(days=6)).replace(hour=7, minute=40))  # a Monday
    anders.card("Sedan förra veckan")
    anders.picture("chef-veckan", "Sedan förra veckan")
    time.sleep(3)
    for window in (anders, karin, ylva, birgitta):
        window.picture(f"mandag-{window.who.split()[0].lower()}")
    ekeby.stop()


def test_somebody_proves_who_they_are_by_a_code_in_their_mail(ekeby: Town) -> None:
    ekeby.start(BEGIN)
    samira, nils = ekeby.window(SAMIRA), ekeby.window(NILS)
    samira.card("Vem är du?")
    samira.picture("vem-ar-du", "Vem är du?")
    samira.press("Mejla en kod till samira.haddad@ekeby.example", "Vem är du?")
    told = samira.card("Skriv koden från mejlet")
    nils.card("Vem är du?")
    nils.write("nils.utanfor@ekeby.example")
    assert nils.card("Skriv koden från mejlet").replace("nils.utanfor", "samira.haddad") == told
    until = time.monotonic() + 20
    while not (found := [m for m in ekeby.mails() if "Din kod" in m]) and time.monotonic() < until:
        time.sleep(0.1)
    (mail,) = found  # who has no role gets none
    samira.press("Skriv koden", "Skriv koden från mejlet")
    samira.fill(code_in(mail), "Skriv koden från mejlet")
    samira.picture("kod", "Skriv koden från mejlet")
    samira.press("Koppla kontot", "Skriv koden från mejlet")
    samira.card("Hej Samira, nu kan du svara här")
    ekeby.stop()


def test_in_a_group_and_a_channel_nothing_is_shown_that_not_all_may_see(ekeby: Town) -> None:
    ekeby.tie(ANDERS, KARIN)
    ekeby.start(BEGIN)
    anders = ekeby.window(ANDERS)
    ekeby.post("a", "Remiss: regionens plan för nära vård 2027–2030", _REMISS.format(day="27 november"), _REGION)
    anders.card("Vem ska ha det här ärendet", "nära vård")
    anders.press("Jag tar det själv", "nära vård")
    anders.card("har tagit ärendet", "nära vård")
    karin = ekeby.window(KARIN)
    karin.card("nu kan du svara här")
    anders.write("hjälp")
    time.sleep(2)
    anders.picture("hjalp")
    anders.write("mina ärenden")
    time.sleep(2)
    anders.picture("mina-arenden")
    assert sum("nära vård" in card for card in anders.cards()) >= 1
    for place, name in (("Budget", "grupp"), ("Nämndärenden", "kanal")):
        anders.go(place)
        anders.card("Nämndbot")
        before = len(anders.cards())
        for text in ("hjälp", "mina ärenden", "SN 2026-1"):
            anders.write(text, mention=BOT)
            before = _answered(anders.cards, before)
        anders.picture(name)
        assert not any("nära vård" in card for card in anders.cards()), anders.cards()
        assert "nära vård" not in anders.said().replace("Remiss: regionens plan", "")
    ekeby.stop()


def _answered(cards: object, before: int) -> int:
    assert callable(cards)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        now = len(cards())
        if now > before:
            return now
        time.sleep(0.1)
    raise AssertionError("no answer")
