"""Founds an installation: a commented settings file, the database, its first series and people."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from bot import example
from bot.settings import Settings
from handlers import calendars, lists
from handlers.meeting_lists import MeetingLine
from storage.raw.files import sync_folder, write_durably
from storage.records import Series
from storage.store import Store

_TEMPLATE = """\
# Nämndbots inställningar. Rader som börjar med # är förklaringar.
# Sökvägar räknas från mappen som den här filen ligger i. Kontrollera filen med: namndbot check
# Personer, roller och nummerserier står inte här utan i databasen: namndbot people, namndbot series.

organisation = "{organisation}"

# Adressen som sidorna nås på. Den står i länkarna i botens mejl.
url = "http://127.0.0.1:8710"

[database]
# En fil på den här datorn, eller "postgresql://namn@server/databas" när flera kopior av boten ska gå samtidigt.
url = "sqlite:///namndbot.db"
# Lösenord skrivs aldrig här. Ange var det finns: {{ env = "NAMN" }} eller {{ file = "sökväg" }}
# password = {{ env = "NAMNDBOT_DATABASE_PASSWORD" }}

[raw]
# Breven och bilagorna som de kom. "files" är en mapp, "postgresql" är databasen.
driver = "files"
folder = "raw"

[register]
# De högsta numren som delats ut. Lägg filen bredvid säkerhetskopiorna, på en annan disk än databasen.
high_water = "hogsta-nummer.json"

[pages]
host = "127.0.0.1"
port = 8710

[reading]
# Brev läses i egna processer med gräns för tid (sekunder) och minne (megabyte) per brev.
children = 2
seconds = 30
megabytes = 1024

[mail]
# Så ofta tittar boten i brevlådorna, i sekunder.
poll_seconds = 10
# Nyckeln till svar per mejl. Utan rad gör boten en själv, i filen svarsnyckel. På PostgreSQL måste den anges.
# token_key = {{ file = "sökväg" }}

# Inloggning på sidorna med kommunens konton: se docs/inloggning.md för varje värde. Utan det: länkar per mejl.
# [login]
# links = true
# [login.entra]
# tenant = "katalogens id i Entra"
# client_id = "programmets id i Entra"
# secret = {{ env = "NAMNDBOT_LOGIN_SECRET" }}

# Frågor och påminnelser som kort i Microsoft Teams: se docs/teams.md för varje värde.
# [teams]
# app_id = "programmets id i Entra"
# tenant = "katalogens id i Entra"
# secret = {{ env = "NAMNDBOT_TEAMS_SECRET" }}
{namnder}"""

_NAMND = """
[[namnd]]
# Ett kort namn som aldrig ändras; det står i databasen.
key = "{key}"
name = "{name}"
# Brevlådans adresser. Den första står som avsändare i botens mejl.
addresses = ["{address}"]
# "own": boten ger diarienumren. "external": ett annat system ger dem och registratorn skriver in dem.
diarium = "own"
# true: den som skriver till nämnden får en neutral bekräftelse. Aldrig för sekretess och aldrig till maskiner.
confirm_senders = false
# Så heter er e-postserver i Authentication-Results. Då räknas bara svar som den intygar.
# authserv_id = "mx.ekeby.se"
# true: Exchange intygar era egna (AuthAs: Internal), och gränsen tar bort andras sådana huvuden.
# trust_exchange_internal = true
# true: brevlådan tar emot namn+vad-som-helst@domän; då hittar svar rätt också när Message-ID byts på vägen.
# reply_plus = true
# true: vem som helst får läsa diariets nummer och dagar på /diarium/{key}. Se docs/it.md innan ni öppnar det.
# public_register = true
# true: också avsändare som är myndigheter, och vad ärendena gäller.
# public_senders = true
# public_titles = true
# En mapp som brevlåda: brev läggs i inkorg/ och utskick hamnar i utkorg/.
mailbox = {{ kind = "folder", folder = "mailbox/{key}" }}
"""


def write_settings(path: Path, organisation: str, namnder: list[tuple[str, str, str]]) -> None:
    """Write a commented settings file; namnder are (key, name, address). An existing file is never written over."""
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = "".join(_NAMND.format(key=_quoted(k), name=_quoted(n), address=_quoted(a)) for k, n, a in namnder)
    write_durably(path, _TEMPLATE.format(organisation=_quoted(organisation), namnder=blocks).encode())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def seed(store: Store, settings: Settings, *, now: dt.datetime) -> list[str]:
    """Give each nämnd that has none a series of its own; return what was done, for people."""
    said = []
    with store.book() as book:
        have = {s.namnd for s in book.all_series()}
        missing = [
            Series(n.key, now.year, n.key.upper(), "{prefix} {year}-{number}", 1)
            for n in settings.namnder
            if n.key not in have
        ]
        lists.enter_series(book, missing, now=now, actor="init")
        said += [f"Nummerserie för {s.namnd}: {s.prefix} {s.from_year}-1 och framåt." for s in missing]
    return said


def seed_example(store: Store, settings: Settings, *, now: dt.datetime) -> None:
    """Enter the invented municipality's series, people and meetings, and put its letters in the folder mailboxes."""
    with store.book() as book:
        lists.enter_series(
            book,
            [Series(n.key, now.year - 1, n.prefix, n.template, 1) for n in example.NAMNDER],
            now=now,
            actor="init",
        )
        start = dt.date(now.year - 1, 1, 1)
        lists.enter_people(
            book,
            [lists.PersonLine(p.namnd, p.role, p.name, p.email, start, None) for p in example.PEOPLE],
            now=now,
            actor="init",
        )
        calendars.enter(
            book,
            [MeetingLine(m.namnd, m.body, m.day, m.stop) for m in example.calendar(now.date())],
            [n.key for n in example.NAMNDER],
            now=now,
            actor="init",
        )
    for letter in example.letters(now):
        inbox = settings.folder(letter.namnd) / "inkorg"
        inbox.mkdir(parents=True, exist_ok=True)
        write_durably(inbox / letter.name, letter.raw)
        stamp = letter.received.timestamp()
        os.utime(inbox / letter.name, (stamp, stamp))
        sync_folder(inbox)


def example_namnder() -> list[tuple[str, str, str]]:
    """Return the invented municipality's nämnder as `write_settings` takes them."""
    return [(n.key, n.name, n.address) for n in example.NAMNDER]
