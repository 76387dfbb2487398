"""What `namndbot check` looks at beyond the file itself: folders, database, series and people."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from bot import wiring
from bot.doors import FolderBox
from bot.settings import Settings
from bot.texts import ocr
from handlers import calendars
from handlers.rules import staffing
from storage.errors import StorageError
from storage.records import ROLES, RoleName
from storage.store import Book

_NEEDED: dict[RoleName, str] = {
    "registrator": "registrator",
    "handlaggare": "handläggare",
    "manager": "chef",
    "sekretess": "person med rollen sekretess",
    "administrator": "administratör",
}


def check(settings: Settings, *, today: dt.date) -> list[str]:
    """Return what is wrong with the installation, each in a sentence that says what to do."""
    faults = [
        f for f in (_folder_fault(b.folder) for b in settings.mailboxes.values() if isinstance(b, FolderBox)) if f
    ]
    if settings.raw_driver == "files":
        fault = _folder_fault(settings.raw_folder)
        faults += [fault] if fault else []
    try:
        store = wiring.open_store(settings)
    except StorageError as error:
        return [*faults, str(error)]
    try:
        store.self_test()
        with store.look() as book:
            faults += _seeded(book, settings, today)
    except StorageError as error:
        faults.append(str(error))
    finally:
        store.close()
    return faults


def notes(settings: Settings, *, today: dt.date) -> list[str]:
    """Return what is no fault but good to know, each in a sentence that says what to do."""
    said = []
    if ocr.program() is None:
        said.append("Inskannade papper läses inte: installera tesseract-ocr och tesseract-ocr-swe om ni får sådana.")
    said += [
        f"{n.name} har ingen authserv_id: svar per mejl godtas då på svarskoden och adressen, och ingen prövar om avsändaren "
        "är äkta. Se docs/it.md."
        for n in settings.namnder
        if not n.authserv_id and not n.trust_exchange_internal
    ]
    store = wiring.open_store(settings)
    try:
        with store.look() as book:
            missing = calendars.missing(book, {n.key: n.name for n in settings.namnder}, today)
            for namnd in settings.namnder:
                said += [
                    f"{namnd.name} har ingen {_NEEDED[gap.role]} från {gap.day}. Läs in med: namndbot people import FIL.csv"
                    for gap in staffing.gaps(book.roles(namnd=namnd.key), today)
                    if gap.day > today
                ]
                if not book.roles(on=today, namnd=namnd.key, role="stab"):
                    said.append(
                        f"{namnd.name} har ingen med rollen stab: det som kommundirektörens stab godkänner frågas registratorn om."
                    )
    finally:
        store.close()
    return said + [f"{one} Läs in med: namndbot meetings import FIL" for one in missing]


def _folder_fault(folder: Path) -> str | None:
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        return f"{nearest} är en fil, men ska vara en mapp."
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"Mappen {nearest} går inte att skriva i. Ge kontot som kör boten skrivrätt."
    return None


def _seeded(book: Book, settings: Settings, today: dt.date) -> list[str]:
    faults = []
    have = {s.namnd for s in book.all_series()}
    for namnd in settings.namnder:
        if namnd.key not in have:
            faults.append(f"{namnd.name} har ingen nummerserie. Kör: namndbot init --settings {settings.file}")
        roles = {r.role for r in book.roles(on=today, namnd=namnd.key)}
        faults += [
            f"{namnd.name} har ingen {_NEEDED[role]} i dag. Läs in med: namndbot people import FIL.csv"
            for role in ROLES
            if role not in roles
        ]
    return faults
