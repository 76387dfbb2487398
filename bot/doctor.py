"""Tries everything that the settings name, and says in Swedish what is wrong and what to ask IT for."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Literal

from bot import checking, own_mail, wiring
from bot.channels import trying
from bot.doors import EwsBox, FolderBox, GraphBox
from bot.entrances import NotLetIn, OutOfReach
from bot.settings import Settings
from bot.texts import ocr
from handlers.ports import Clock, DoorError, Gone, Incoming, Mailbox, Sender
from handlers.reading.reading import Context
from storage.errors import StorageError
from storage.records import Folder, Namnd
from storage.store import Store, sqlite_version

Verdict = Literal["ok", "note", "fault"]
_GIGABYTE = 1024**3
_CLOCK = 120.0  # seconds that two clocks may differ
_LETTER = 60.0  # seconds to wait for the test letter
# The first versions without a fault that this program would meet (the fault in a word behind each).
_FLOORS: dict[str, tuple[tuple[int, ...], str]] = {
    "aiohttp": ((3, 14, 4), "säkerhetshål i webbservern"),
    "apscheduler": ((3, 11, 3), "fastnar när klockan ställs om"),
    "lxml": ((6, 1, 0), "säkerhetshål i XML-läsaren"),
}
# CVE-2026-1299: a header with a line break in it goes out as two.
_PYTHONS: dict[tuple[int, int], int] = {(3, 11): 15, (3, 12): 13, (3, 13): 12, (3, 14): 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one trial showed: in order, good to know, or wrong; and what to do about it."""

    verdict: Verdict
    what: str
    do: str = ""
    commands: tuple[str, ...] = ()  # for who administers the mail server, to be copied as they stand


def examine(settings: Settings, clock: Clock, *, letter: bool = True, wait: float = _LETTER) -> Iterator[Finding]:
    """Try each thing in turn, and tell of it as soon as it is known.

    letter: send a letter from each mailbox to itself and see it come. wait: seconds to wait for it.
    """
    yield from _programs()
    yield from _disk(settings)
    yield from _database(settings, clock)
    yield from _children(settings)
    for fault in _seeds(settings, clock):
        yield Finding("fault", fault)
    for namnd in settings.namnder:
        yield from _doors(settings, namnd, clock, letter, wait)
    yield from _login(settings)
    yield from _teams(settings)


def _login(settings: Settings) -> Iterator[Finding]:
    accounts = wiring.accounts(settings)
    if accounts is None:
        return
    try:
        keys = accounts.examine()
        told = f"Inloggning med {accounts.name}: utfärdaren svarar och visar sina nycklar ({keys}). Hemligheten prövas först när någon loggar in"
        yield Finding("ok", told)
    except (NotLetIn, OutOfReach) as error:
        do = "Jämför [login] i inställningarna med docs/inloggning.md, och be IT öppna för https utåt."
        yield Finding("fault", f"Inloggning med {accounts.name}: {error}", do)


def _teams(settings: Settings) -> Iterator[Finding]:
    door = settings.teams
    if door is None:
        return
    for right, told in trying.run(door):
        do = "" if right else "Jämför [teams] i inställningarna med docs/teams.md, och be IT öppna för https utåt."
        yield Finding("ok" if right else "fault", told, do)


def _programs() -> Iterator[Finding]:
    running = sys.version_info[:3]
    needed = _PYTHONS.get(running[:2])
    version = ".".join(map(str, running))
    if needed is not None and running[2] < needed:
        yield Finding(
            "note",
            f"Python {version} har ett känt fel i e-postbiblioteket (CVE-2026-1299). Boten skyddar sig själv mot det.",
            f"Be IT uppdatera till {running[0]}.{running[1]}.{needed} eller senare.",
        )
    else:
        yield Finding("ok", f"Python {version}")
    for name, (floor, why) in _FLOORS.items():
        found = importlib.metadata.version(name)
        if tuple(int(p) for p in found.split(".")[:3] if p.isdecimal()) < floor:
            yield Finding("fault", f"{name} {found} har ett känt fel: {why}.", "Installera om med: make setup")
    sqlite, safe = sqlite_version()
    if not safe:
        yield Finding(
            "note",
            f"SQLite {sqlite} har ett känt fel i sitt snabba läge. Boten använder det säkra läget.",
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    places = {"databasen": settings.file.parent, "temporära filer": Path(tempfile.gettempdir())}
    if settings.on_sqlite:
        places["databasen"] = Path(settings.database_url.removeprefix("sqlite:///")).parent
    if settings.raw_driver == "files":
        places["originalbreven"] = settings.raw_folder
    for what, folder in places.items():
        nearest = folder
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        try:
            free = shutil.disk_usage(nearest).free
            with tempfile.TemporaryFile(dir=nearest) as file:
                file.write(b"prov")
        except OSError as error:
            yield Finding(
                "fault",
                f"Det går inte att skriva i {nearest} ({what}): {error.strerror}.",
                "Ge kontot som kör boten skrivrätt i mappen, eller frigör plats.",
            )
            continue
        told = f"{free / _GIGABYTE:.1f} GB ledigt för {what} ({nearest})".replace(".", ",", 1)
        if free < _GIGABYTE / 10:
            yield Finding("fault", f"Bara {told}.", "Frigör plats nu: boten slutar registrera när disken är full.")
        else:
            yield Finding("note" if free < _GIGABYTE else "ok", told, "Frigör plats." if free < _GIGABYTE else "")


def _database(settings: Settings, clock: Clock) -> Iterator[Finding]:
    kind = "SQLite" if settings.on_sqlite else "PostgreSQL"
    try:
        store = wiring.open_store(settings)
    except StorageError as error:
        yield Finding("fault", f"Databasen ({kind}) går inte att öppna. {error}")
        return
    try:
        store.self_test()
        yield Finding("ok", f"Databasen ({kind}) går att läsa och skriva i")
        yield from _clock(store, clock)
    except StorageError as error:
        yield Finding("fault", str(error))
    finally:
        store.close()


def _clock(store: Store, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    newest = store.newest_stamp()
    if newest is not None and now < newest - dt.timedelta(seconds=_CLOCK):
        yield Finding(
            "fault",
            f"Klockan visar {now:%Y-%m-%d %H.%M}, men journalen har en rad från {newest.astimezone(now.tzinfo):%Y-%m-%d %H.%M}.",
            "Be IT ställa maskinens klocka (NTP) innan boten startas.",
        )
        return
    theirs = store.clock()
    if theirs is not None and abs((theirs - now).total_seconds()) > _CLOCK:
        yield Finding(
            "fault",
            f"Klockan här går {_apart(now, theirs)} fel mot databasens.",
            "Be IT ställa klockorna på båda maskinerna (NTP).",
        )
    else:
        yield Finding("ok", f"Klockan visar {now:%Y-%m-%d %H.%M} i Stockholm")


def _apart(one: dt.datetime, other: dt.datetime) -> str:
    minutes = round(abs((one - other).total_seconds()) / 60)
    return f"{minutes} minuter" if minutes < 180 else f"{round(minutes / 60)} timmar"


def _children(settings: Settings) -> Iterator[Finding]:
    with wiring.readers(settings) as readers:
        try:
            reading = readers.read(b"Subject: Prov\r\n\r\nHej.\r\n", Context()).reading
        except Exception as error:  # noqa: BLE001  whatever is wrong with the children is to be told
            yield Finding("fault", f"Breven kan inte läsas. {error}", "Kontrollera gränserna under [reading].")
            return
    if reading.unreadable:
        yield Finding("fault", "Läsaren kunde inte läsa ett provbrev.", "Höj megabytes under [reading].")
    else:
        yield Finding("ok", "Läsaren läser")
    if ocr.program() is None:
        yield Finding(
            "note", "Inskannade papper läses inte.", "Be IT installera: apt-get install tesseract-ocr tesseract-ocr-swe"
        )


def _seeds(settings: Settings, clock: Clock) -> list[str]:
    try:
        return checking.check(settings, today=clock.now().date())
    except StorageError:
        return []  # told of above


def _doors(settings: Settings, namnd: Namnd, clock: Clock, letter: bool, wait: float) -> Iterator[Finding]:
    box = settings.mailboxes[namnd.key]
    mailbox, sender = wiring.doors_of(settings, namnd)
    try:
        yield from _mailbox(settings, namnd, mailbox)
        if isinstance(box, FolderBox):
            return
        if letter:
            yield from _there_and_back(settings, namnd, mailbox, sender, clock, wait)
    except DoorError as error:
        yield Finding("fault", f"{namnd.name}: {error}", *_ask_for(settings, namnd))
    finally:
        for close in (mailbox.close, sender.close):
            _quietly(close)


def _quietly(do: Callable[[], None]) -> None:
    try:
        do()
    except (DoorError, OSError):
        return


def _mailbox(settings: Settings, namnd: Namnd, mailbox: Mailbox) -> Iterator[Finding]:
    mailbox.open()
    yield Finding("ok", f"{namnd.name}: brevlådan {namnd.addresses[0]} är öppnad och mapparna finns")
    waiting = sum(1 for _ in mailbox.fetch(wiring.since(settings, namnd.key), everything=True))
    folders: tuple[Folder, ...] = ("registrerat", "granska", "hemligt", "ovrigt")
    lie = {folder: sum(1 for _ in mailbox.lying(folder)) for folder in folders}
    told = ", ".join(f"{number} i {folder}" for folder, number in lie.items())
    yield Finding("ok", f"{namnd.name}: {waiting} brev väntar i inkorgen, {told}")


def _there_and_back(
    settings: Settings, namnd: Namnd, mailbox: Mailbox, sender: Sender, clock: Clock, wait: float
) -> Iterator[Finding]:
    address = namnd.addresses[0]
    message_id = f"<prov.{secrets.token_hex(16)}@{namnd.domain}>"
    sent_at = clock.now()
    raw = _test_letter(namnd, message_id, sent_at)
    _remember(settings, namnd, message_id, raw, sent_at)
    sender.send(message_id, raw, address)
    yield Finding("ok", f"{namnd.name}: ett provbrev gick iväg till {address}")
    until = time.monotonic() + wait
    while True:
        came = _took(mailbox, message_id, sent_at)
        if came is not None:
            break
        if time.monotonic() > until:
            yield Finding(
                "fault",
                f"{namnd.name}: provbrevet har inte kommit fram till {address} på {wait:.0f} sekunder.",
                "Be IT följa meddelandet i e-postservern (message trace), och se efter om det fastnat som skräp.",
            )
            return
        time.sleep(min(1.0, wait / 10))
    received = came.received
    if not own_mail.says_the_same(own_mail.marks_of(raw), came.raw):
        yield Finding(
            "fault",
            f"{namnd.name}: en server ändrar i botens egna mejl på vägen, så att kopiorna inte går att känna igen.",
            f"Be IT undanta mejl från {address} till samma adress från sidfötter, varningstexter och ändrade ämnesrader. "
            "Annars visas varje kopia under Granska.",
        )
    apart = abs((received - sent_at).total_seconds())
    if apart > _CLOCK + wait:
        yield Finding(
            "fault",
            f"{namnd.name}: e-postservern säger att provbrevet kom {received:%Y-%m-%d %H.%M}. Klockorna går {_apart(received, sent_at)} isär.",
            "Be IT ställa klockorna (NTP): inkommen dag tas från e-postservern.",
        )
    else:
        yield Finding("ok", f"{namnd.name}: provbrevet kom fram, och boten fick flytta det")


def _remember(settings: Settings, namnd: Namnd, message_id: str, raw: bytes, now: dt.datetime) -> None:
    """Let the running bot, which may be faster, know the letter for its own. Without a database nothing runs."""
    to = namnd.addresses[0]
    with (
        contextlib.suppress(StorageError),
        contextlib.closing(wiring.open_store(settings)) as store,
        store.book() as book,
    ):
        book.queue("prov", f"prov:{message_id}", namnd=namnd.key, address=to, message_id=message_id, now=now)
        notice = book.notice_by_message([message_id])
        if notice is not None:
            book.notice_sent(book.notice_goes_as(notice, own_mail.marks_of(raw)), now=now)


def _took(mailbox: Mailbox, message_id: str, sent_at: dt.datetime) -> Incoming | None:
    """Find the test letter and put it where sent mail lies; return it as it came, None while it has not."""
    mark = message_id.encode()
    since = sent_at - dt.timedelta(days=1)
    for incoming in mailbox.fetch(since, everything=True):
        if mark in incoming.raw[:65_536]:
            mailbox.move(incoming.reference, "skickat", incoming.key)
            return incoming
    # The running bot may have been faster.
    folders: tuple[Folder, ...] = ("ovrigt", "granska", "skickat")
    for folder in folders:
        for lying in mailbox.lying(folder, since):
            if lying.message_id != message_id:
                continue
            with contextlib.suppress(Gone):
                found = mailbox.letter(lying.reference)
                # Among sent mail it is what came only if it has been through a server.
                if folder != "skickat" or b"\nreceived:" in found.raw[:65_536].lower():
                    return found
    return None


def _test_letter(namnd: Namnd, message_id: str, now: dt.datetime) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"] = made["To"] = namnd.addresses[0]
    made["Subject"] = "Prov från Nämndbot"
    made["Date"] = format_datetime(now)
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made["X-Namndbot"] = namnd.key
    made.set_content("Det här är ett prov av brevlådan (namndbot doctor). Det behöver ingen åtgärd.\n")
    return made.as_bytes()


def _ask_for(settings: Settings, namnd: Namnd) -> tuple[str, tuple[str, ...]]:
    """Return what to ask IT for when a mailbox does not open, and the commands for the mail server."""
    box = settings.mailboxes[namnd.key]
    asked = "Är det rätten som saknas, be den som sköter Exchange köra:"
    if isinstance(box, GraphBox):
        return asked, rbac(box.address, box.client_id, ("Application Mail.ReadWrite", "Application Mail.Send"))
    if isinstance(box, EwsBox) and box.auth == "oauth":
        return asked, rbac(box.address, box.client_id, ("Application EWS.AccessAsApp",))
    if isinstance(box, EwsBox) and box.access == "impersonation":
        return asked, (
            _scope(box.address),
            f"New-ManagementRoleAssignment -Name {_name(box.address)} -Role ApplicationImpersonation "
            f'-User "{box.user}" -CustomRecipientWriteScope {_name(box.address)}',
        )
    if isinstance(box, EwsBox):
        return asked, (
            f'Add-MailboxPermission -Identity {box.address} -User "{box.user}" -AccessRights FullAccess -AutoMapping $false',
            f'Get-Mailbox {box.address} | Add-ADPermission -User "{box.user}" -ExtendedRights "Send As"',
        )
    return "", ()


def _name(address: str) -> str:
    return f"Namndbot-{address.partition('@')[0]}"


def _scope(address: str) -> str:
    return (
        f"New-ManagementScope -Name {_name(address)} -RecipientRestrictionFilter \"PrimarySmtpAddress -eq '{address}'\""
    )


def rbac(address: str, client_id: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the commands that give an application one mailbox and no other (RBAC for Applications)."""
    return (
        # The object id is the enterprise application's, not the app registration's.
        f"New-ServicePrincipal -AppId {client_id} -ObjectId <objekt-id> -DisplayName Namndbot",
        _scope(address),
        *(
            f'New-ManagementRoleAssignment -App <objekt-id> -Role "{role}" -CustomResourceScope {_name(address)}'
            for role in roles
        ),
        f"Test-ServicePrincipalAuthorization -Identity <objekt-id> -Resource {address}",
    )


_MARKS: dict[Verdict, str] = {"ok": "Bra ", "note": "Obs ", "fault": "FEL "}


def line(finding: Finding) -> str:
    """Return a finding as lines for a terminal."""
    lines = [f"{_MARKS[finding.verdict]} {finding.what}{'' if finding.what.endswith(('.', ':')) else '.'}"]
    if finding.do:
        lines.append(f"     {finding.do}")
    return "\n".join([*lines, *(f"       {command}" for command in finding.commands)])
