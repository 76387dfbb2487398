"""How the bot logs in to Microsoft 365 as an application; the only file that knows msal."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from handlers.ports import Away, DoorError, Shut

if TYPE_CHECKING:
    import msal
    import requests

_SECONDS = 20.0  # for one request to the login
_EARLY = 300.0  # seconds before its end a token is no longer used
_CODE = re.compile(r"AADSTS(\d+)")

# What Entra answers, by its own number, and what a person is to do about it.
_REFUSALS = {
    "7000215": "Microsoft 365 godtar inte hemligheten (AADSTS7000215). Kontrollera att det är hemlighetens värde, "
    "inte dess id, som står i secret.",
    "7000222": "Appens hemlighet har gått ut (AADSTS7000222). Skapa en ny i Entra, eller byt till certifikat, och "
    "ändra secret.",
    "700016": "Appen finns inte i kommunens Entra (AADSTS700016). Kontrollera client_id och tenant.",
    "90002": "Det finns ingen sådan tenant (AADSTS90002). Kontrollera tenant: kommunens tenant-id i Entra.",
    "900023": "Tenant är inte skrivet så som Entra vill (AADSTS900023). Skriv kommunens tenant-id.",
    "700027": "Entra känner inte certifikatet (AADSTS700027). Ladda upp dess öppna del på appen, eller kontrollera "
    "certificate.",
    "700024": "Entra tycker att inloggningen är för gammal eller för ny (AADSTS700024). Ställ datorns klocka rätt.",
    "7000112": "Appen är avstängd i Entra (AADSTS7000112). Slå på den igen.",
    "53003": "En regel för villkorad åtkomst stänger ute appen (AADSTS53003). Undanta den, eller tillåt den här datorn.",
}


class Application(Protocol):
    """What logs in: an app in a directory, with a secret or a certificate, and the service that the token is for."""

    @property
    def url(self) -> str: ...
    @property
    def login(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def certificate(self) -> Path | None: ...
    @property
    def ca(self) -> Path | None: ...


class Login:
    """Fetches tokens and keeps them while they last. Blocking: called from one thread of its own."""

    def __init__(self, box: Application) -> None:
        self._box = box
        self._app: msal.ConfidentialClientApplication | None = None
        self._session: requests.Session | None = None
        self._token = ""
        self._until = 0.0

    def token(self, refused: str = "") -> str:
        """Return a token that is good for a while yet; not the one that was refused. Raises Away and Shut."""
        if self._token and self._token != refused and time.monotonic() < self._until:
            return self._token
        app = self._application()
        if refused:
            app.remove_tokens_for_client()
        origin = "/".join(self._box.url.split("/")[:3])
        found = self._asked(lambda: app.acquire_token_for_client(scopes=[f"{origin}/.default"]))
        if "access_token" not in found:
            raise _refusal(str(found.get("error", "")), str(found.get("error_description", "")))
        self._token = str(found["access_token"])
        self._until = time.monotonic() + max(0.0, float(found.get("expires_in", 0)) - _EARLY)
        return self._token

    def close(self) -> None:
        """Forget the token and let the connection go."""
        self._token, self._app = "", None
        if self._session is not None:
            self._session.close()
            self._session = None

    def _application(self) -> msal.ConfidentialClientApplication:
        if self._app is None:
            # Half a second and twenty megabytes: only where a mailbox needs it.
            import msal

            credential = self._credential()
            box = self._box
            self._session = _session(str(box.ca) if box.ca else None)
            # msal asks for the tenant's addresses as it is made. Its own check of who Microsoft is would ask another
            # host than the one in the settings.
            self._app = self._asked(
                lambda: msal.ConfidentialClientApplication(
                    box.client_id,
                    client_credential=credential,
                    authority=f"{box.login}/{box.tenant}",
                    instance_discovery=False,
                    http_client=self._session,
                )
            )
        return self._app

    def _asked(self, ask: Any) -> Any:
        import requests  # msal's own
        from msal.exceptions import MsalError

        try:
            return ask()
        except requests.exceptions.TooManyRedirects:
            raise Shut(f"{self._box.login} skickar vidare till en annan adress. Kontrollera login.") from None
        except requests.exceptions.SSLError:
            raise Shut(
                f"Certifikatet hos {self._box.login} går inte att lita på. Ange kommunens eget i ca om trafiken går "
                "genom en proxy som öppnar den."
            ) from None
        except requests.exceptions.RequestException as error:
            raise Away(f"Inloggningen till Microsoft 365 svarar inte ({type(error).__name__}).") from None
        except ValueError as error:
            # msal's way to say that the tenant's own page does not exist.
            text = str(error) + str(error.__context__ or "")
            if "configuration" in text:
                raise _refusal("", text if _CODE.search(text) else "AADSTS90002") from None
            raise Shut(
                "Appens nyckel går inte att använda. Kontrollera certificate och secret i inställningarna."
            ) from None
        except (MsalError, RuntimeError) as error:  # it answers, but not as it should
            raise Away(f"Inloggningen till Microsoft 365 är ur funktion ({type(error).__name__}).") from None

    def _credential(self) -> str | dict[str, str]:
        path = self._box.certificate
        if path is None:
            return self._box.secret
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise Shut(
                f"Certifikatet {path.name} går inte att läsa ({error.strerror}). Kontrollera certificate."
            ) from None
        return _from_pem(pem, path.name)


def _session(ca: str | None) -> requests.Session:
    import requests

    session = requests.Session()
    session.max_redirects = 0  # the secret goes to the address in the settings and nowhere else
    plain: Any = session.request
    # The file goes with each request: the environment's certificates would go before the session's.
    more = {"timeout": _SECONDS} | ({"verify": ca} if ca else {})

    def request(*given: Any, **named: Any) -> requests.Response:
        answer: requests.Response = plain(*given, **more, **named)
        if answer.status_code == 429 or answer.status_code >= 500:
            # Told before msal keeps it, which would answer the same to whoever asks again.
            wait = answer.headers.get("Retry-After", "")
            raise Away("Inloggningen till Microsoft 365 har inte tid just nu.", float(wait) if wait.isdigit() else None)
        return answer

    session.request = request  # type: ignore[method-assign]
    return session


def _from_pem(pem: bytes, name: str) -> dict[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as out

    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = out.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise Shut(f"{name} ska innehålla både certifikat och privat nyckel utan lösenord, i formatet PEM.") from None
    form = (out.Encoding.DER, out.PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        raise Shut(f"Nyckeln i {name} hör inte till certifikatet. Lägg dem som hör ihop i samma fil.")
    if certificate.not_valid_after_utc.timestamp() < time.time():
        raise Shut(f"Certifikatet {name} gick ut {certificate.not_valid_after_utc:%Y-%m-%d}. Skapa ett nytt.")
    # msal computes the thumbprint of the certificate that it is given (SHA-256, with cryptography).
    return {
        "private_key": key.private_bytes(out.Encoding.PEM, out.PrivateFormat.PKCS8, out.NoEncryption()).decode(),
        "public_certificate": certificate.public_bytes(out.Encoding.PEM).decode(),
    }


def _refusal(error: str, description: str) -> DoorError:
    found = _CODE.search(description)
    code = found[1] if found else ""
    if code in _REFUSALS:
        return Shut(_REFUSALS[code])
    if error in ("temporarily_unavailable", "server_error") or code in ("90033", "90006", "50196"):
        return Away("Inloggningen till Microsoft 365 har inte tid just nu.", 60.0)
    what = f"AADSTS{code}" if code else error or "utan att säga varför"
    return Shut(
        f"Microsoft 365 nekar appen inloggning ({what}). Kontrollera tenant, client_id och secret eller certificate."
    )
