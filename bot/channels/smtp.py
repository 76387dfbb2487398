"""Mail out through an SMTP server, with what the server said as evidence and a copy to ourselves as proof."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from bot.doors import SmtpDoor, is_loopback
from handlers.ports import Away, DoorError, Mailbox, Shut, TooBig, Undelivered, Unknown

# Before DATA nothing is sent, so it may be broken off; together with the wait for the answer it stays under the time
# that the courier has for one message.
_BEFORE = 45.0
_AFTER = 60.0
_BYTES_A_SECOND = 100_000  # what a slow line carries: a big message gets so much more time
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,250}")


@runtime_checkable
class Finds(Protocol):
    """A mailbox that can look for a letter by its Message-ID beside its other work."""

    def has(self, message_id: str) -> bool:
        """Say whether a letter with that Message-ID lies in it."""
        ...


class SmtpSender:
    """A nämnd's way out. It connects for each message; the envelope sender is the nämnd, so that bounces come to it.

    RFC 3834 would leave the sender of an automatic message empty. Then nobody hears that an address does not exist;
    loops are stopped by Auto-Submitted and by the gates instead.
    """

    def __init__(
        self,
        door: SmtpDoor,
        mailbox: Mailbox | Finds | None,
        own_address: str,
        *,
        before: float = _BEFORE,
        after: float = _AFTER,
    ) -> None:
        self._door = door
        self._mailbox = mailbox
        self._own = own_address
        self._before = before
        self._after = after

    def send(self, message_id: str, raw: bytes, to: str) -> str:
        """Send a finished message; return the server's last line. See handlers.ports.Sender for what it raises."""
        if not _ADDRESS.fullmatch(to):
            raise Undelivered("Mottagarens adress är ingen e-postadress. Rätta den i personregistret.")
        if self._door.tls == "none" and not is_loopback(self._door.host):
            raise self._shut('nås över nätet utan kryptering. Skriv tls = "starttls" eller "tls".')
        return asyncio.run(self._send(raw, to))

    def was_sent(self, message_id: str) -> bool | None:
        """Look for the copy in the nämnd's own mailbox; None where none was sent, or where nobody can look.

        The copy may take a while: no is certain only some minutes after the message. Raises Away and Shut.
        """
        if not self._door.copy or not isinstance(self._mailbox, Finds):
            return None
        return self._mailbox.has(message_id)

    def close(self) -> None:
        """Do nothing: no connection is held between messages."""

    # How it is done

    async def _send(self, raw: bytes, to: str) -> str:
        async with self._connected() as client:
            try:
                async with asyncio.timeout(self._before):
                    await self._envelope(client, raw, to)
            except TimeoutError:
                raise self._away("svarade för långsamt") from None
            return await self._hand_over(client, raw)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        door = self._door
        client = SMTP(
            hostname=door.host,
            port=door.port,
            timeout=self._before,
            use_tls=door.tls == "tls",
            start_tls=door.tls == "starttls",
            tls_context=self._trust() if door.tls != "none" else None,
        )
        try:
            yield client
        finally:
            client.close()
            await asyncio.sleep(0)  # the line closes in the loop's next turn

    async def _envelope(self, client: SMTP, raw: bytes, to: str) -> None:
        """Do all that comes before the message: until it is through, nothing is sent."""
        try:
            await client.connect()
            await client.ehlo()
            if self._door.user:
                await self._log_in(client)
            abroad = not (to + self._own).isascii()
            if abroad and not client.supports_extension("smtputf8"):
                raise Undelivered("Adressen har andra tecken än a till z, och det tar servern inte emot.")
            options = [f"SIZE={len(raw)}"] if client.supports_extension("size") else []
            options += ["SMTPUTF8"] if abroad else []
            options += ["BODY=8BITMIME"] if not raw.isascii() and client.supports_extension("8bitmime") else []
            encoding = "utf-8" if abroad else "ascii"
            await client.mail(self._own, options=options, encoding=encoding)
            await self._receiver(client, to, encoding)
            if self._door.copy and self._own.lower() != to.lower():
                await self._own_copy(client, encoding)
            told = await client.execute_command(b"DATA")
            if told.code != 354:
                raise self._answered(told.code, told.message, "tog inte emot meddelandet")
        except DoorError:
            raise
        except aiosmtplib.SMTPAuthenticationError as error:
            if 400 <= error.code < 500:
                raise self._away(f"kunde inte pröva lösenordet just nu ({error.code})") from None
            raise self._shut(
                f"tog inte emot kontot {self._door.user} med sitt lösenord ({error.code}). Kontrollera user och "
                "password i inställningarna, och att kontot får skicka med SMTP."
            ) from None
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code == 552:
                raise TooBig("Meddelandet är för stort för servern.") from None
            raise self._answered(error.code, error.message, "låter inte boten skicka från nämndens adress") from None
        except SMTPResponseException as error:
            raise self._answered(error.code, error.message, "släppte inte in boten") from None
        except (SMTPException, OSError, UnicodeError, ValueError) as error:
            raise self._broken(error) from None

    async def _log_in(self, client: SMTP) -> None:
        # One way only: each try with a wrong password counts towards the account being locked.
        user, password = self._door.user, self._door.password
        offered = [m.lower() for m in client.supported_auth_methods]
        if "plain" in offered:
            await client.auth_plain(user, password)
        elif "login" in offered:
            await client.auth_login(user, password)
        elif "cram-md5" in offered:
            await client.auth_crammd5(user, password)
        else:
            raise self._shut("tar inte emot inloggning. Ta bort user och password, eller kontrollera port och tls.")

    async def _receiver(self, client: SMTP, to: str, encoding: str) -> None:
        try:
            await client.rcpt(to, encoding=encoding)
        except aiosmtplib.SMTPRecipientRefused as error:
            if error.code < 500:
                raise self._away(f"tar inte emot post till adressen just nu ({_codes(error)})") from None
            if "relay" in error.message.lower() or error.code == 530:
                raise self._shut(
                    f"skickar inte vidare till andra ({_codes(error)}). Låt kontot, eller botens dator, skicka genom den."
                ) from None
            raise Undelivered(f"Servern tar inte emot post till adressen ({_codes(error)}). Rätta adressen.") from None

    async def _own_copy(self, client: SMTP, encoding: str) -> None:
        try:
            await client.rcpt(self._own, encoding=encoding)
        except aiosmtplib.SMTPRecipientRefused as error:
            # Without the copy nobody could say afterwards whether a message went out: a person decides to do without.
            raise self._answered(
                error.code,
                error.message,
                "tar inte emot kopian till nämndens egen brevlåda; rätta det eller skriv copy = false",
            ) from None

    async def _hand_over(self, client: SMTP, raw: bytes) -> str:
        """Send the message itself. From here on a broken line says nothing of what the server did."""
        lines = [b"." + line if line.startswith(b".") else line for line in raw.splitlines()]
        body = b"\r\n".join([*lines, b".", b""])
        try:
            if client.protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("gone")
            client.protocol.write(body)
            told = await client.protocol.read_response(timeout=self._after + len(body) / _BYTES_A_SECOND)
        except (SMTPException, OSError) as error:
            raise Unknown(
                "Förbindelsen bröts medan meddelandet lämnades: det kan ha skickats. Boten letar efter kopian."
            ) from error
        if told.code == 250:
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                await client.quit(timeout=2)
            return f"{told.code} {' '.join(told.message.split())}"[:500]
        if 400 <= told.code < 500:
            raise self._away(f"tog inte emot meddelandet just nu ({told.code})")
        if told.code == 552:
            raise TooBig("Meddelandet är för stort för servern.")
        if told.code >= 500:
            raise Undelivered(
                f"Servern tog inte emot meddelandet ({told.code}). Den säger inte ja till det senare heller."
            )
        raise Unknown("Servern svarade obegripligt sedan meddelandet hade lämnats: det kan ha skickats.")

    # What goes wrong, by name. The server's own words are left out: they may hold an address.

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self._door.ca) if self._door.ca else None)
        except OSError:
            raise Shut(
                f"Filen {self._door.ca} med certifikat går inte att läsa. Ange en PEM-fil med utfärdarens certifikat."
            ) from None

    def _broken(self, error: Exception) -> DoorError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._shut(
                    f"har ett certifikat som boten inte litar på ({cause.verify_message}). Låt servern få ett giltigt "
                    "certifikat, eller ange kommunens egen utfärdare med ca."
                )
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                return self._shut(
                    f"går inte att tala krypterat med ({cause.reason or 'TLS'}). Kontrollera port och tls."
                )
            cause = cause.__cause__
        text = str(error)
        if "STARTTLS extension" in text:
            return self._shut("erbjuder ingen kryptering (STARTTLS). Kontrollera port och tls.")
        if isinstance(error, TimeoutError):
            return self._away("svarade för långsamt")
        return self._away("går inte att nå, eller bröt förbindelsen")

    def _answered(self, code: int, message: str, what: str) -> DoorError:
        told = f"{what} ({code})"
        if 400 <= code < 500 or code < 0:
            return self._away(told)
        if "STARTTLS" in message.upper():
            return self._shut(f'{told}: den kräver kryptering. Skriv tls = "starttls" eller "tls".')
        return self._shut(f"{told}. Låt den som sköter servern tillåta det.")

    def _away(self, why: str) -> Away:
        return Away(f"Postservern {self._door.host} {why}. Boten försöker igen; inget har skickats.")

    def _shut(self, why: str) -> Shut:
        return Shut(f"Postservern {self._door.host} {why}")


def _codes(error: SMTPResponseException) -> str:
    found = re.match(r"\d\.\d{1,3}\.\d{1,3}", error.message)
    return f"{error.code} {found[0]}" if found else str(error.code)
