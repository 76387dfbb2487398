"""What storage refuses, in plain words.

StorageError                what was asked cannot be done; the next thing may
├── StorageUnusable         nothing can be done until somebody mends it: stop, and leave letters where they are
│   ├── StorageFull         the disk has no room: nothing was written
│   ├── StorageBusy         somebody else holds the database: nothing was written, try again
│   ├── StorageReadOnly     the database may not be written
│   ├── StorageUnreachable  the database does not answer
│   ├── StorageDamaged      the database or a kept letter is not what was written
│   ├── NumbersBehind       the database's numbers are lower than numbers given out (an old copy was read back)
│   ├── NoSeries            a nämnd has no series of numbers
│   └── LeaseLost           another copy of the bot has taken over the work
├── NotFound                what was asked for is not there
└── Taken                   a number or key is in use already
"""

from __future__ import annotations

from sqlalchemy import exc


class StorageError(Exception):
    """Something storage could not do; str() is Swedish and says what to do."""


class StorageUnusable(StorageError):
    """Nothing can be done until somebody mends it."""


class StorageFull(StorageUnusable):
    """The disk is full."""


class StorageBusy(StorageUnusable):
    """The database is locked by another process."""


class StorageReadOnly(StorageUnusable):
    """The database cannot be written."""


class StorageUnreachable(StorageUnusable):
    """The database does not answer."""


class StorageDamaged(StorageUnusable):
    """What is read is not what was written."""


class NumbersBehind(StorageUnusable):
    """Numbers higher than the database's have been given out before."""


class NoSeries(StorageUnusable):
    """A nämnd has no series of numbers."""


class LeaseLost(StorageUnusable):
    """The fencing token is no longer ours."""


class NotFound(StorageError):
    """No such row."""


class Taken(StorageError):
    """A unique value is in use."""


_SIGNS: tuple[tuple[str, type[StorageError], str], ...] = (
    ("disk is full", StorageFull, "Disken är full. Inget har sparats. Frigör plats och starta boten igen."),
    ("no space left", StorageFull, "Disken är full. Inget har sparats. Frigör plats och starta boten igen."),
    (
        "database is locked",
        StorageBusy,
        "Databasen är upptagen av ett annat program. Inget har sparats. Försök igen om en stund.",
    ),
    ("lock timeout", StorageBusy, "Databasen är upptagen. Inget har sparats. Försök igen om en stund."),
    ("deadlock detected", StorageBusy, "Databasen är upptagen. Inget har sparats. Försök igen om en stund."),
    (
        "readonly database",
        StorageReadOnly,
        "Databasen går inte att skriva i. Ge kontot som kör boten skrivrätt till filen och mappen den ligger i.",
    ),
    (
        "read-only transaction",
        StorageReadOnly,
        "Databasen tar bara emot läsning just nu. Kontrollera att boten pekar på huvudservern.",
    ),
    (
        "unable to open database file",
        StorageUnreachable,
        "Databasfilen kan inte öppnas. Kontrollera att mappen finns och att kontot som kör boten får skriva där.",
    ),
    (
        "malformed",
        StorageDamaged,
        "Databasen är skadad. Stoppa boten, ta undan filen och läs tillbaka den senaste säkerhetskopian.",
    ),
    (
        "file is not a database",
        StorageDamaged,
        "Filen är ingen databas. Kontrollera sökvägen i namndbot.toml, [database] url.",
    ),
    ("connection refused", StorageUnreachable, "Databasen svarar inte. Kontrollera att servern är igång."),
    ("server closed the connection", StorageUnreachable, "Databasen bröt förbindelsen. Boten försöker igen."),
    ("terminating connection", StorageUnreachable, "Databasen bröt förbindelsen. Boten försöker igen."),
    ("could not connect", StorageUnreachable, "Databasen svarar inte. Kontrollera adressen i [database] url."),
    ("connection failed", StorageUnreachable, "Databasen svarar inte. Kontrollera adressen i [database] url."),
)


def translated(error: exc.DBAPIError) -> StorageError:
    """Return the plain-worded refusal behind a driver's error; one that nobody knows keeps its own words."""
    text = str(error.orig or error).lower()
    for sign, kind, message in _SIGNS:
        if sign in text:
            return kind(message)
    if isinstance(error, exc.OperationalError | exc.InterfaceError) or error.connection_invalidated:
        return StorageUnreachable("Databasen svarade inte som den skulle. Boten försöker igen.")
    if isinstance(error, exc.IntegrityError):
        return Taken(f"Värdet finns redan ({str(error.orig).strip().splitlines()[0]}).")
    return StorageError(f"Databasen svarade med ett fel: {str(error.orig or error).strip().splitlines()[0]}")
