"""What a fault of Exchange means to the house: whether to wait, to call a person, or to look for what was sent."""

from __future__ import annotations

from handlers.ports import Away, DoorError, Shut, TooBig, Undelivered, Unknown

_SHUT = {
    "ErrorAccessDenied": "Exchange låter inte kontot öppna brevlådan. Ge kontot full åtkomst till den "
    "(Add-MailboxPermission) eller rätt att personifiera den, och kontrollera access i inställningarna.",
    "ErrorImpersonateUserDenied": "Exchange låter inte kontot personifiera brevlådan. Ge det rollen "
    'ApplicationImpersonation för den, eller skriv access = "delegate".',
    "ErrorNonExistentMailbox": "Exchange hittar ingen brevlåda med adressen. Kontrollera nämndens adress.",
    "ErrorNonPrimarySmtpAddress": "Adressen är inte brevlådans huvudadress. Skriv huvudadressen.",
    "ErrorSendAsDenied": "Exchange låter inte kontot skicka som brevlådan. Ge kontot rätten Send As för den.",
    "ErrorQuotaExceeded": "Brevlådan är full. Gör plats i den eller höj dess gräns.",
    "ErrorPasswordExpired": "Kontots lösenord har gått ut. Byt det och skriv det nya i inställningarna.",
    "ErrorPasswordChangeRequired": "Kontots lösenord måste bytas. Byt det och skriv det nya i inställningarna.",
    "ErrorAccountDisabled": "Kontot är avstängt. Öppna det, eller skriv ett annat konto i inställningarna.",
    "ErrorInvalidSchemaVersionForMailboxVersion": "Exchange förstår inte botens frågor. Servern måste vara "
    "Exchange 2013 SP1 eller nyare.",
    "ErrorCreateFolderAccessDenied": "Exchange låter inte kontot göra mappar i brevlådan. Ge kontot full åtkomst, "
    "eller gör mapparna för hand.",
}
_SHUT |= {
    "ErrorInvalidServerVersion": _SHUT["ErrorInvalidSchemaVersionForMailboxVersion"],
    "ErrorImpersonationDenied": _SHUT["ErrorImpersonateUserDenied"],
    "ErrorImpersonationFailed": _SHUT["ErrorImpersonateUserDenied"],
}
_STATUS = {
    401: "Exchange godtog inte inloggningen. Kontrollera user, password och auth i inställningarna, "
    "och att kontot inte är låst.",
    403: "Exchange släpper inte in kontot. Kontrollera att kontot, eller appen, får använda EWS.",
    404: "Servern har inget EWS på adressen. Kontrollera server i inställningarna.",
}
# What says of the message itself that it will never be accepted.
_REFUSED = frozenset(
    {
        "ErrorInvalidRecipients",
        "ErrorMissingRecipients",
        "ErrorInvalidRecipientSubfilter",
        "ErrorMailRecipientNotFound",
        "ErrorRecipientNotFound",
        "ErrorInvalidSmtpAddress",
        "ErrorMimeContentInvalid",
        "ErrorMimeContentInvalidBase64String",
        "ErrorSchemaValidation",
    }
)
_AWAY = {
    "ErrorTimeoutExpired": "Exchange svarade inte i tid. Boten försöker igen.",
    "Cut": "Svaret från Exchange kom inte helt fram. Boten försöker igen.",
}
# The folder that the copy is to lie in: nothing has been done.
_NO_FOLDER = frozenset({"ErrorFolderNotFound", "ErrorToFolderNotFound", "ErrorSavedItemFolderNotFound"})
_LATER = frozenset({"ErrorSubmissionQuotaExceeded", "ErrorMessagePerFolderCountReceiveQuotaExceeded"})


class Status(Exception):
    """An answer that is no SOAP."""

    def __init__(self, status: int, retry_after: float | None = None, locked: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = retry_after
        self.locked = locked


class Cut(Exception):
    """An answer whose end is missing."""


class NotEws(Exception):
    """An answer of something else than Exchange: a login page, or a wall on the way."""


class NotReached(Exception):
    """Nothing was handed over: no connection, or a certificate that is not trusted."""

    def __init__(self, certificate: bool) -> None:
        super().__init__(certificate)
        self.certificate = certificate


class LoginRefused(Exception):
    """The place where an app logs in does not know it."""


class Busy(Exception):
    """Exchange asks to be left alone for a while, and has done nothing."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def door(error: Exception, *, sending: bool) -> DoorError:
    """Say in the house's words what a fault means. sending: whether a message may have been accepted all the same."""
    name = type(error).__name__
    made = _certain(error, name) or (_of_message(name) if sending else None)
    if made is None and isinstance(error, Status):
        made = _of_status(error, sending)
    if made is None and isinstance(error, NotEws) and not sending:
        made = Shut("På adressen svarar något annat än Exchange. Kontrollera server i inställningarna.")
    if made is None and sending:
        made = Unknown(f"Ingen vet om Exchange tog emot brevet ({name}). Boten letar efter det bland det skickade.")
    made = made or Away(_AWAY.get(name) or f"Exchange svarade med ett fel ({name}). Boten försöker igen.")
    made.add_note(name)
    return made


def code_of(error: DoorError) -> str:
    """Return what Exchange called a fault."""
    notes: list[str] = getattr(error, "__notes__", [])
    return notes[0] if notes else ""


def _certain(error: Exception, name: str) -> DoorError | None:
    # What says for certain that nothing was done.
    if isinstance(error, NotReached) and error.certificate:
        return Shut("Serverns certifikat är inte betrott. Skriv filen med kommunens certifikat: ca = …")
    if isinstance(error, NotReached):
        return Away("Exchange går inte att nå. Boten försöker igen; kontrollera server och nätet om det dröjer.")
    if isinstance(error, LoginRefused):
        return Shut(
            "Microsoft godtog inte appen. Kontrollera tenant, client_id och secret, och att hemligheten gäller."
        )
    if isinstance(error, Busy):
        return Away("Exchange har mycket att göra och ber boten vänta.", error.seconds)
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return Shut("Filen med kommunens certifikat (ca) går inte att läsa. Kontrollera sökvägen.")
    return Shut(_SHUT[name]) if name in _SHUT else None


def _of_message(name: str) -> DoorError | None:
    if name == "ErrorMessageSizeExceeded":
        return TooBig("Utskicket är för stort för Exchange.")
    if name in _REFUSED:
        return Undelivered(
            f"Exchange tar inte emot brevet ({name}). Kontrollera mottagarens adress och brevets storlek."
        )
    if name in _NO_FOLDER:
        return Away("Mappen för det skickade finns inte längre. Boten letar efter den på nytt.")
    if name in _LATER:
        return Away("Kontot har skickat så mycket som Exchange tillåter för stunden. Boten försöker igen.", 600.0)
    return None


def _of_status(error: Status, sending: bool) -> DoorError:
    if error.locked:
        return Shut("Kontot är låst. Lås upp det, och kontrollera lösenordet.")
    if error.status in _STATUS:
        return Shut(_STATUS[error.status])
    if 300 <= error.status < 400:
        return Shut("Servern skickar boten vidare till en annan adress. Skriv EWS egen adress: server = …")
    if error.status == 429:
        return Away("Exchange ber boten vänta.", error.retry_after)
    if sending and error.status == 413:
        return TooBig("Brevet är för stort för Exchange.")
    if sending:
        return Unknown(f"Servern framför Exchange svarade {error.status}: brevet kan ha gått iväg ändå.")
    return Away(f"Servern framför Exchange svarade {error.status}. Boten försöker igen.", error.retry_after)
