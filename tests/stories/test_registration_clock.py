"""A letter that waits for its number has a clock of its own: the next working day (OSL 5 kap. 1 §)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.channels import email
from handlers import mornings
from handlers.notices import facts, render
from storage.records import Person
from storage.store import Store
from tests.bot.pages_browser import Browser, House, browse
from tests.bot.pages_letters import other
from tests.builders import SN, STOCKHOLM, found, reading, take_in

LAW = "offentlighets- och sekretesslagen 5 kap. 1 §"


def _at(day: str, hour: int = 8) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), STOCKHOLM)


def _digests(store: Store, day: str) -> dict[str, str]:
    with store.book() as book:
        mornings.work(book, SN, now=_at(day))
        told = {}
        for notice in book.notices(state="queued"):
            message = render(book, notice, SN, now=_at(day))
            book.notice_sent(notice, now=_at(day))
            if message and notice.kind in ("morgon", "veckan"):
                told[notice.kind] = f"{message.subject} {' '.join(email.as_text(message).split())}"
    return told


def test_a_letter_in_review_is_late_the_day_after_the_next_working_day(store: Store) -> None:
    people: dict[str, Person] = found(store)
    assert "ylva" in people
    # A Friday's letter is to be registered on Monday.
    asked = reading("Skrivelse", kind="other", review=("Hör det till nämnden?",))
    take_in(store, asked, received=_at("2026-11-27", 15), now=_at("2026-11-27", 15))
    monday = _digests(store, "2026-11-30")
    assert "försenat" not in monday["morgon"]
    assert "Inte registrerat" not in monday["veckan"]
    tuesday = _digests(store, "2026-12-01")["morgon"]
    assert "Socialnämnden: 1 försenat brev, 1 att granska" in tuesday
    assert "▲ Skulle ha registrerats senast måndag 30 november 2026." in tuesday
    assert LAW in tuesday
    week = _digests(store, "2026-12-07")["veckan"]
    assert "1 brev har legat sedan fredag 27 november 2026 utan diarienummer" in week
    assert LAW in week


def test_what_is_registered_or_secret_has_no_such_clock(store: Store) -> None:
    found(store)
    take_in(store, reading("Remiss"), received=_at("2026-11-24"), now=_at("2026-11-24"))
    hidden = reading("Oro", kind="orosanmalan", secret=True, secret_reasons=("personnummer",))
    take_in(store, hidden, received=_at("2026-11-24"), now=_at("2026-11-24"))
    with store.look() as book:
        assert facts.unregistered(book, SN, dt.date(2026, 12, 4)) == []
    assert "försenat" not in _digests(store, "2026-12-04")["morgon"]


def test_the_desk_shows_a_late_letter_as_late(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.letter(other("Sen skrivelse", review=("Hör det till nämnden?",)), received=_at("2026-11-20", 9))
    house.letter(other("Ny skrivelse", review=("Hör det till nämnden?",)), received=_at("2026-11-24", 7))

    async def steps(b: Browser) -> None:
        text = (await b.get("/granska", "Ylva")).text
        assert text.count("Sen: skulle ha registrerats") == 1
        assert "Sen: skulle ha registrerats 23 nov" in text
        assert "Skulle ha registrerats senast måndag 23 november 2026." in text
        assert "Offentlighets- och sekretesslagen 5 kap. 1 §." in text

    browse(house, steps)
    house.close()
